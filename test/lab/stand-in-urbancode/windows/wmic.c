/*
 * wmic.exe, for Wine's shows no command line but its own: what `wmic process get CommandLine,ProcessId /value` prints on Windows, into
 * a pipe and with its odd ends of lines, whatever is asked.
 */
#include <windows.h>
#include <winternl.h>
#include <tlhelp32.h>
#include <stdio.h>

/* The command line as the process keeps it; empty for one that may not be read. */
static void read_words(DWORD pid, WCHAR *words, DWORD size) {
    HANDLE process = OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE, pid);
    PROCESS_BASIC_INFORMATION basic;
    RTL_USER_PROCESS_PARAMETERS given;
    PEB peb;
    words[0] = 0;
    if (!process) return;
    if (!NtQueryInformationProcess(process, ProcessBasicInformation, &basic, sizeof basic, NULL)
        && ReadProcessMemory(process, basic.PebBaseAddress, &peb, sizeof peb, NULL)
        && ReadProcessMemory(process, peb.ProcessParameters, &given, sizeof given, NULL)
        && given.CommandLine.Length < size
        && ReadProcessMemory(process, given.CommandLine.Buffer, words, given.CommandLine.Length, NULL))
        words[given.CommandLine.Length / sizeof(WCHAR)] = 0;
    CloseHandle(process);
}

int main(void) {
    PROCESSENTRY32 each = {sizeof each};
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    for (int more = Process32First(all, &each); more; more = Process32Next(all, &each)) {
        static WCHAR words[8192];
        read_words(each.th32ProcessID, words, sizeof words - sizeof(WCHAR));
        printf("\r\n\r\nCommandLine=%ls\r\nProcessId=%lu\r\n", words, each.th32ProcessID);
    }
    printf("\r\n\r\n");
    return 0;
}
