/* What sshd starts: cmd.exe with the command as it came, in quotes, as OpenSSH for Windows does, in the user's own folder; without a command,
 * cmd.exe alone. */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    static char line[32768];
    const char *command = getenv("SSH_ORIGINAL_COMMAND");
    STARTUPINFOA start = {sizeof start};
    PROCESS_INFORMATION process;
    DWORD code = 1;
    if (command) snprintf(line, sizeof line, "C:\\windows\\system32\\cmd.exe /c \"%s\"", command);
    else snprintf(line, sizeof line, "C:\\windows\\system32\\cmd.exe");
    SetEnvironmentVariableA("SSH_ORIGINAL_COMMAND", NULL);
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    start.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, getenv("USERPROFILE"), &start, &process)) return 1;
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    return code;
}
