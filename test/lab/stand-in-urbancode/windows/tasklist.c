/* tasklist.exe, for Wine's prints nothing: all processes, as Windows lists them; `/fo csv` and `/nh` are understood, filters are not. */
#include <windows.h>
#include <tlhelp32.h>
#include <stdio.h>
#include <string.h>

int main(int count, char **given) {
    PROCESSENTRY32 each = {sizeof each};
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    int csv = 0, header = 1;
    for (int i = 1; i < count; i++) {
        if (!_stricmp(given[i], "csv")) csv = 1;
        if (!_stricmp(given[i], "/nh")) header = 0;
        if (!_stricmp(given[i], "/fi")) { fprintf(stderr, "ERROR: Invalid argument/option - '/fi'.\r\n"); return 1; }
    }
    if (header && csv) printf("\"Image Name\",\"PID\",\"Session Name\",\"Session#\",\"Mem Usage\"\n");
    if (header && !csv) printf("\nImage Name                     PID Session Name        Session#    Mem Usage\n========================= ======== ================ =========== ============\n");
    for (int more = Process32First(all, &each); more; more = Process32Next(all, &each))
        printf(csv ? "\"%s\",\"%lu\",\"Services\",\"0\",\"10,240 K\"\n" : "%-25.25s %8lu Services                   0     10,240 K\n", each.szExeFile, each.th32ProcessID);
    return 0;
}
