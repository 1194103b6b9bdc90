/** Output in the formats that Windows documents (sc, netstat, tasklist, wmic, certutil), and as Wine's cmd.exe of the lab printed it; none was recorded on Windows. */
import { describe, expect, it } from 'vitest';
import { checksumLook, installersLook, isCmd, packageFolder, quotedForCmd, readChecksum, readCommandLines, readInstallers, readListeners, readService, readTasks, startsAtBoot, windowsLooks, windowsServer, type WindowsSeen } from '../../../src/products/urbancode-deploy/windows.ts';

const HOST = { installDir: 'C:\\Program Files\\R&D 100%\\server\\', service: { name: 'ibm-ucd' } };
const PLAIN = { installDir: 'C:\\ucd\\server', service: { name: 'ibm-ucd' } };

it.each([
  ['C:\\ucd\\server', 'C:\\ucd\\server'], ['C:\\Program Files\\ucd', '"C:\\Program Files\\ucd"'], ['C:\\R&D', '"C:\\R&D"'], ['a^b|c', '"a^b|c"'],
  ['C:\\100%\\%PATH%', '"C:\\100"^%"\\"^%"PATH"^%""'],
])('the word %s is written %s', (word, written) => { expect(quotedForCmd(word)).toBe(written); });

it.each([['\r\nMicrosoft Windows [Version 10.0.17763.1]\r\n', true], ['\r\nMicrosoft Windows 10.0.19043\r\n', true], ['sh: 1: ver: not found\n', false], ['', false]])('%j is of cmd.exe: %s', (printed, is) => { expect(isCmd(printed)).toBe(is); });

it('looks change nothing and quote the folder', () => {
  expect(windowsLooks(HOST)).toMatchObject({
    service: 'sc query ibm-ucd', mark: 'type "C:\\Program Files\\R&D 100"^%"\\server\\conf\\installed.version"',
    pidFile: 'if exist "C:\\Program Files\\R&D 100"^%"\\server\\var\\server.pid" (type "C:\\Program Files\\R&D 100"^%"\\server\\var\\server.pid") else (echo absent)',
    starts: 'find "UDeployServer - " "C:\\Program Files\\R&D 100"^%"\\server\\var\\log\\deployserver.out"',
  });
  expect([checksumLook('C:\\my ucd\\ucd.zip'), installersLook('C:\\my ucd')]).toEqual(['certutil -hashfile "C:\\my ucd\\ucd.zip" SHA256', 'dir /b /s "C:\\my ucd\\install-server.bat"']);
});

it.each([['C:\\ucd\\server', 'C:\\ucd\\lockkeeper-7.3.2.1'], ['C:\\ucd\\server\\', 'C:\\ucd\\lockkeeper-7.3.2.1'], ['D:\\server', 'D:\\lockkeeper-7.3.2.1']])('a package for %s is brought into %s', (installDir, folder) => {
  expect(packageFolder({ installDir }, '7.3.2.1')).toBe(folder);
});

const RUNNING = '\r\nSERVICE_NAME: ibm-ucd \r\n        TYPE               : 10  WIN32_OWN_PROCESS  \r\n        STATE              : 4  RUNNING \r\n                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)\r\n';
const WINE = 'SERVICE_NAME: ucd-server\r\n        TYPE               : 10  WIN32_OWN_PROCESS\r\n        STATE              : 3  STOP_PENDING\r\n        WIN32_EXIT_CODE    : 0  (0x0)\r\n        SERVICE_EXIT_CODE  : 0  (0x0)\r\n        CHECKPOINT         : 0x0\r\n        WAIT_HINT          : 0xea60\r\n';
it.each([
  [RUNNING, 'RUNNING'], [RUNNING.replace('4  RUNNING', '1  STOPPED'), 'STOPPED'], [RUNNING.replace('STATE  ', 'STATUS '), 'RUNNING'], [WINE, 'STOP_PENDING'],
  ['[SC] EnumQueryServicesStatus:OpenService FAILED 1060:\r\n\r\nThe specified service does not exist as an installed service.\r\n', 'absent'], ['Access is denied.', null], ['', null],
])('sc\'s %j is %s', (printed, state) => { expect(readService(printed)).toBe(state); });

it.each([['2   AUTO_START', 'yes'], ['2   AUTO_START  (DELAYED)', 'yes'], ['3   DEMAND_START', 'no'], ['4   DISABLED', 'no']])('a service of START_TYPE %s starts at boot: %s', (type, is) => {
  expect(startsAtBoot(`[SC] QueryServiceConfig SUCCESS\r\n\r\nSERVICE_NAME: ibm-ucd\r\n        TYPE               : 10  WIN32_OWN_PROCESS\r\n        START_TYPE         : ${type}\r\n        ERROR_CONTROL      : 1   NORMAL\r\n`)).toBe(is);
});
it('whether a service starts at boot is unknown where nothing is printed, as by Wine', () => { expect(startsAtBoot('')).toBe('unknown'); });

const NETSTAT = '\r\nActive Connections\r\n\r\n  Proto  Local Address          Foreign Address        State           PID\r\n  TCP    0.0.0.0:22             0.0.0.0:0              LISTENING       1204\r\n  TCP    0.0.0.0:8443           0.0.0.0:0              LISTENING       4242\r\n  TCP    10.0.0.1:22            10.0.0.9:50000         ESTABLISHED     1204\r\n  TCP    [::]:7919              [::]:0                 LISTENING       4242\r\n  UDP    0.0.0.0:500            *:*                                    900\r\n';
const WMIC = '\r\r\n\r\r\nCommandLine=C:\\Windows\\System32\\svchost.exe -k x\r\r\nProcessId=900\r\r\n\r\r\n\r\r\nCommandLine="C:\\jre\\bin\\java" -jar "C:\\ucd\\server\\bin\\launcher.jar" "C:\\ucd\\server\\bin\\classpath.conf" com.urbancode.ds.UDeployServer\r\r\nProcessId=4242\r\r\n';
const TASKS = '"System","4","Services","0","144 K"\r\n"java.exe","4242","Services","0","900,000 K"\r\n"sshd.exe","1204","Services","0","9,000 K"\r\n';

it('lists are read, and what is none is not taken for an empty one', () => {
  expect(readListeners(NETSTAT)).toEqual([{ port: 22, pid: 1_204 }, { port: 8_443, pid: 4_242 }, { port: 7_919, pid: 4_242 }]);
  expect(readListeners(NETSTAT.replaceAll('LISTENING', 'ABH\uFFFDREN'))).toHaveLength(3);
  expect(readCommandLines(WMIC)?.map(({ pid }) => pid)).toEqual([900, 4_242]);
  expect(readTasks(TASKS)).toEqual([{ pid: 4, args: 'System' }, { pid: 4_242, args: 'java.exe' }, { pid: 1_204, args: 'sshd.exe' }]);
  expect([readListeners('Access is denied.'), readCommandLines("'wmic' is not recognized as an internal or external command"), readTasks('ERROR: Access denied')]).toEqual([null, null, null]);
});

it('processes without their words, as wmic lists them to people who are no administrators, are no command lines', () => {
  expect(readCommandLines('\r\r\nCommandLine=\r\r\nProcessId=900\r\r\n\r\r\nCommandLine=\r\r\nProcessId=4242\r\r\n')).toBeNull();
});

it('PowerShell tells them in the same lines, and Wine\'s stub of it nothing', () => {
  expect(readCommandLines('CommandLine=\r\nProcessId=4\r\nCommandLine=C:\\ucd\\x.exe\r\nProcessId=9\r\n')).toEqual([{ pid: 4, args: '' }, { pid: 9, args: 'C:\\ucd\\x.exe' }]);
  expect(readCommandLines('')).toBeNull();
});

const SUM = 'faeae8cdc5ff3c43e8d25e7e4c55ad7190f94a26be918ab6831b8bc4a68e1f3e';
it.each([
  [`SHA256 hash of C:\\ucd\\ucd.zip:\r\n${SUM}\r\nCertUtil: -hashfile command completed successfully.\r\n`, SUM],
  [`SHA256 hash of file C:\\ucd\\ucd.zip:\r\n${(SUM.match(/../g) ?? []).join(' ')}\r\nCertUtil: -hashfile command completed successfully.\r\n`, SUM],
  ['CertUtil: -hashfile command FAILED: 0x80070002 (WIN32: 2 ERROR_FILE_NOT_FOUND)\r\n', null],
])('certutil\'s %j is %s', (printed, sum) => { expect(readChecksum(printed)).toBe(sum); });

it('an installer is found in its folder, whatever that is called, and not where there is none', () => {
  expect(readInstallers('C:\\ucd\\lockkeeper-7.3.2.1\\ibm-ucd-install\\install-server.bat\r\n')).toEqual(['C:\\ucd\\lockkeeper-7.3.2.1\\ibm-ucd-install']);
  expect([readInstallers('File not found.\r\n\r\n'), readInstallers('File Not Found\r\n')]).toEqual([[], []]);
});

describe('the server', () => {
  const stopped: WindowsSeen = { service: 'STOPPED', listeners: [{ port: 22, pid: 1_204 }], commandLines: [{ pid: 900, args: 'svchost.exe' }], tasks: [{ pid: 900, args: 'svchost.exe' }], pidFile: 'absent\n' };
  const look = (seen: Partial<WindowsSeen>) => windowsServer(PLAIN, [8_443, 8_080, 7_918, 7_919], { ...stopped, ...seen });
  it('is stopped when service, ports, pid file and processes all say so', () => { expect(look({})).toMatchObject({ running: 'no', listening: '', pidFile: 'no' }); });
  it.each<[string, Partial<WindowsSeen>]>([
    ['its service runs', { service: 'RUNNING' }], ['its Java lives', { commandLines: readCommandLines(WMIC) }],
    ['its service program lives', { commandLines: [{ pid: 7, args: '"C:\\UCD\\server\\native\\x64\\winservice.exe" //RS//ibm-ucd' }] }],
    ['a Java without words holds its port', { commandLines: null, tasks: readTasks(TASKS), listeners: readListeners(NETSTAT) }],
  ])('runs when %s', (_, seen) => { expect(look(seen).running).toBe('yes'); });
  it.each<[string, Partial<WindowsSeen>]>([
    ['its service is on the way', { service: 'STOP_PENDING' }], ['its service was not seen', { service: null }], ['no process was seen', { commandLines: null, tasks: null }],
    ['some Java lives and no command line could be seen', { commandLines: null, tasks: readTasks(TASKS) }],
    ['its pid file names a Java that is not known', { tasks: readTasks(TASKS), pidFile: '4242\n' }],
  ])('is unknown when %s', (_, seen) => { expect(look(seen).running).toBe('unknown'); });

  it('of another folder is not this one', () => {
    expect(look({ commandLines: readCommandLines(WMIC.replaceAll('ucd\\server', 'ucd\\server2')) }).running).toBe('no');
  });

  it('is not taken for another program on one of its ports, and that one is named', () => {
    expect(look({ listeners: readListeners(NETSTAT), tasks: [{ pid: 4_242, args: 'w3wp.exe' }] })).toMatchObject({ running: 'no', listening: 'port 8443: process 4242, port 7919: process 4242', heldByOthers: ['port 8443 by w3wp.exe, process 4242', 'port 7919 by w3wp.exe, process 4242'] });
  });

  it('is no installer, and one that is at work is seen', () => {
    expect(look({ commandLines: [{ pid: 77, args: '"C:\\ucd\\java\\bin\\java.exe" -cp lib\\ant-launcher.jar  org.apache.tools.ant.launch.Launcher' }] })).toMatchObject({ running: 'no', installer: 77 });
  });

  it('that is gone may have left its pid file, of which it is told how it goes; one that cannot be read is unknown', () => {
    expect(look({ pidFile: '4242\n' })).toMatchObject({ running: 'no', pidFile: 'yes', why: expect.stringContaining('del C:\\ucd\\server\\var\\server.pid') as string });
    expect(look({ pidFile: 'Access is denied.' }).pidFile).toBe('unknown');
  });
});
