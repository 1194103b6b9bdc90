/*
 * netstat.exe, for Wine's shows nobody who listens: TCP as `netstat -ano` prints it on Windows, whatever is asked. The server's ports
 * are held by its other half on the Linux below; they are shown as of the process that server.pid names.
 */
#include <winsock2.h>
#include <iphlpapi.h>
#include <stdio.h>
#include <stdlib.h>

static const char *STATES[] = {"", "CLOSED", "LISTENING", "SYN_SENT", "SYN_RECEIVED", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT", "DELETE_TCB"};

static DWORD server(void) {
    char text[16] = "0";
    FILE *file = fopen("C:\\ucd\\server\\var\\server.pid", "r");
    if (file) fgets(text, sizeof text, file);
    return atoi(text);
}

static int is_servers(int port) { return port == 8443 || port == 7918 || port == 7919; }

static void address(char *text, DWORD ip, DWORD port) {
    struct in_addr in = {.s_addr = ip};
    sprintf(text, "%s:%d", inet_ntoa(in), ntohs((u_short)port));
}

int main(void) {
    DWORD size = 0;
    MIB_TCPTABLE_OWNER_PID *table = NULL;
    WSADATA data;
    WSAStartup(MAKEWORD(2, 2), &data);
    while (GetExtendedTcpTable(table, &size, TRUE, AF_INET, TCP_TABLE_OWNER_PID_ALL, 0) == ERROR_INSUFFICIENT_BUFFER) table = realloc(table, size);
    printf("\nActive Connections\n\n  Proto  Local Address          Foreign Address        State           PID\n");
    for (DWORD i = 0; table && i < table->dwNumEntries; i++) {
        MIB_TCPROW_OWNER_PID *row = &table->table[i];
        char here[32], there[32];
        address(here, row->dwLocalAddr, row->dwLocalPort);
        address(there, row->dwRemoteAddr, row->dwState == MIB_TCP_STATE_LISTEN ? 0 : row->dwRemotePort);
        printf("  TCP    %-22s %-22s %-15s %lu\n", here, there, STATES[row->dwState < 13 ? row->dwState : 0],
               row->dwOwningPid || !is_servers(ntohs((u_short)row->dwLocalPort)) ? row->dwOwningPid : server());
    }
    return 0;
}
