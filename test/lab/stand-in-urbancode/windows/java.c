/*
 * java.exe on the Windows host: what the process list and the service manager see. Its work is done by the stand-in's own programs on
 * the Linux below (other-half.py): it tells them its words, passes what is typed and printed, and ends when they do; they end with it.
 */
#include <winsock2.h>
#include <windows.h>
#include <stdio.h>
#include <string.h>

static SERVICE_STATUS_HANDLE service;
static int words_count;
static char **words;

static void report(DWORD state) {
    SERVICE_STATUS status = {SERVICE_WIN32_OWN_PROCESS, state, SERVICE_ACCEPT_STOP, 0, 0, 0, 60000};
    SetServiceStatus(service, &status);
}

static SOCKET begin(const char *last_word) {
    struct sockaddr_in half = {AF_INET, htons(18000)};
    char folder[MAX_PATH], line[2 * MAX_PATH];
    SOCKET line_to_half = socket(AF_INET, SOCK_STREAM, 0);
    half.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(line_to_half, (struct sockaddr *)&half, sizeof half)) return INVALID_SOCKET;
    GetCurrentDirectoryA(sizeof folder, folder);
    snprintf(line, sizeof line, "%lu\n%s\n%s\n%d\n", GetCurrentProcessId(), folder, service ? "service" : getenv("UCD_SERVICE_SCRIPT") ? "script" : "", words_count - 1);
    send(line_to_half, line, strlen(line), 0);
    for (int i = 1; i < words_count; i++) {
        snprintf(line, sizeof line, "%s\n", last_word && i == words_count - 1 ? last_word : words[i]);
        send(line_to_half, line, strlen(line), 0);
    }
    return line_to_half;
}

static DWORD WINAPI pass_typed(void *line_to_half) {
    char text[512];
    DWORD length;
    while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), text, sizeof text, &length, NULL) && length) send((SOCKET)line_to_half, text, length, 0);
    shutdown((SOCKET)line_to_half, SD_SEND);
    return 0;
}

/* Passes on what is printed until the other half has ended; its exit code comes last, behind a mark. */
static int pass_printed(SOCKET line_to_half) {
    char text[512], code[16] = "", *mark;
    DWORD written;
    int length, marked = 0;
    while ((length = recv(line_to_half, text, sizeof text, 0)) > 0) {
        mark = marked ? text : memchr(text, 4, length);
        if (!marked) WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, mark ? mark - text : length, &written, NULL);
        if (!mark) continue;
        if (!marked) mark++;
        marked = 1;
        strncat(code, mark, (size_t)(text + length - mark) < sizeof code - strlen(code) - 1 ? (size_t)(text + length - mark) : sizeof code - strlen(code) - 1);
    }
    return marked ? atoi(code) : 1;
}

static DWORD WINAPI ask_to_stop(void *unused) {
    pass_printed(begin("com.urbancode.container.tomcat.ContainerShutdown"));
    return 0;
}

static void WINAPI control(DWORD what) {
    if (what != SERVICE_CONTROL_STOP) return;
    report(SERVICE_STOP_PENDING);
    CreateThread(NULL, 0, ask_to_stop, NULL, 0, NULL);
}

static void WINAPI serve(DWORD count, char **names) {
    service = RegisterServiceCtrlHandlerA(names[0], control);
    report(SERVICE_RUNNING);
    pass_printed(begin(NULL));
    report(SERVICE_STOPPED);
}

int main(int count, char **given) {
    SERVICE_TABLE_ENTRYA table[] = {{"", serve}, {NULL, NULL}};
    WSADATA data;
    SOCKET line_to_half;
    words_count = count;
    words = given;
    WSAStartup(MAKEWORD(2, 2), &data);
    if (count > 1 && !strcmp(given[count - 1], "com.urbancode.ds.UDeployServer") && StartServiceCtrlDispatcherA(table)) return 0;
    line_to_half = begin(NULL);
    if (line_to_half == INVALID_SOCKET) return 1;
    if (count > 1 && strcmp(given[count - 1], "com.urbancode.ds.UDeployServer")) CreateThread(NULL, 0, pass_typed, (void *)line_to_half, 0, NULL);
    return pass_printed(line_to_half);
}
