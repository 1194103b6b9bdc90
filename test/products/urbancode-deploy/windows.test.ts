/** Output in the formats that Windows documents (sc, netstat, tasklist, wmic); none was recorded on Windows. */
import { describe, expect, it } from 'vitest';
import { commandsForPeople, quotedForCmd, readCommandLines, readListeners, readService, readTasks, windowsLooks, windowsServer, type WindowsSeen } from '../../../src/products/urbancode-deploy/windows.ts';

const HOST = { installDir: 'C:\\Program Files\\R&D 100%\\server\\', service: { name: 'ibm-ucd' } };
const PLAIN = { installDir: 'C:\\ucd\\server', service: { name: 'ibm-ucd' } };

it.each([
  ['C:\\ucd\\server', 'C:\\ucd\\server'], ['C:\\Program Files\\ucd', '"C:\\Program Files\\ucd"'], ['C:\\R&D', '"C:\\R&D"'], ['a^b|c', '"a^b|c"'],
  ['C:\\100%\\%PATH%', '"C:\\100"^%"\\"^%"PATH"^%""'],
])('the word %s is written %s', (word, written) => { expect(quotedForCmd(word)).toBe(written); });

it('looks change nothing and quote the folder', () => {
  expect(windowsLooks(HOST)).toMatchObject({
    service: 'sc query ibm-ucd', mark: 'type "C:\\Program Files\\R&D 100"^%"\\server\\conf\\installed.version"',
    pidFile: 'if exist "C:\\Program Files\\R&D 100"^%"\\server\\var\\server.pid" (echo there) else (echo absent)',
  });
  expect(windowsLooks({ installDir: 'C:\\ucd' }).service).toBeNull();
});

it('a person is shown what to type, with -fips where it is asked for, and -frontend on a front-end', () => {
  const typed = (host: Pick<Parameters<typeof commandsForPeople>[0], 'installDir' | 'service'>, fips: boolean, role: 'server' | 'front-end' = 'server') => commandsForPeople({ ...host, roles: [role] }, { fips });
  expect(typed(PLAIN, true)).toMatchObject({ stop: ['sc stop ibm-ucd', 'sc query ibm-ucd'], start: ['sc start ibm-ucd'] });
  expect(typed(PLAIN, true).install.join('\n')).toContain('install-server.bat -fips ');
  expect(typed(PLAIN, false, 'front-end').install.join('\n')).toContain('install-server.bat -frontend ');
  expect(typed(PLAIN, false).install.join('\n')).toContain('install-server.bat  (');
  expect(typed({ installDir: 'C:\\ucd' }, false).stop).toEqual(['C:\\ucd\\bin\\server.cmd stop']);
});

const RUNNING = '\r\nSERVICE_NAME: ibm-ucd \r\n        TYPE               : 10  WIN32_OWN_PROCESS  \r\n        STATE              : 4  RUNNING \r\n                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)\r\n';
it.each([[RUNNING, 'RUNNING'], [RUNNING.replace('4  RUNNING', '1  STOPPED'), 'STOPPED'], ['[SC] EnumQueryServicesStatus:OpenService FAILED 1060:\r\n\r\nThe specified service does not exist as an installed service.\r\n', 'absent'], ['Access is denied.', null]])('sc\'s %j is %s', (printed, state) => {
  expect(readService(printed)).toBe(state);
});

const NETSTAT = '\r\nActive Connections\r\n\r\n  Proto  Local Address          Foreign Address        State           PID\r\n  TCP    0.0.0.0:22             0.0.0.0:0              LISTENING       1204\r\n  TCP    0.0.0.0:8443           0.0.0.0:0              LISTENING       4242\r\n  TCP    10.0.0.1:22            10.0.0.9:50000         ESTABLISHED     1204\r\n  UDP    0.0.0.0:500            *:*                                    900\r\n';
const WMIC = '\r\r\n\r\r\nCommandLine=C:\\Windows\\System32\\svchost.exe -k x\r\r\nProcessId=900\r\r\n\r\r\n\r\r\nCommandLine="C:\\jre\\bin\\java" -jar "C:\\ucd\\server\\bin\\launcher.jar" "C:\\ucd\\server\\bin\\classpath.conf" com.urbancode.ds.UDeployServer\r\r\nProcessId=4242\r\r\n';
const TASKS = '"Image Name","PID","Session Name","Session#","Mem Usage","Status","User Name","CPU Time","Window Title"\r\n"System","4","Services","0","144 K","Unknown","N/A","0:00:01","N/A"\r\n"java.exe","4242","Services","0","900,000 K","Unknown","N/A","0:01:00","N/A"\r\n';

it('lists are read, and what is none is not taken for an empty one', () => {
  expect(readListeners(NETSTAT)).toEqual([{ port: 22, pid: 1_204 }, { port: 8_443, pid: 4_242 }]);
  expect(readCommandLines(WMIC)?.map(({ pid }) => pid)).toEqual([900, 4_242]);
  expect(readTasks(TASKS)).toEqual([{ pid: 4, args: 'System' }, { pid: 4_242, args: 'java.exe' }]);
  expect([readListeners('Access is denied.'), readCommandLines("'wmic' is not recognized as an internal or external command"), readTasks('ERROR: Access denied')]).toEqual([null, null, null]);
});

describe('the server', () => {
  const stopped: WindowsSeen = { service: 'STOPPED', listeners: [{ port: 22, pid: 1_204 }], commandLines: [{ pid: 900, args: 'svchost.exe' }], tasks: null, pidFile: 'absent\r\n' };
  const look = (seen: Partial<WindowsSeen>) => windowsServer(PLAIN, 8_443, { ...stopped, ...seen });
  it('is stopped when service, port, pid file and processes all say so', () => { expect(look({}).running).toBe('no'); });
  it.each<[string, Partial<WindowsSeen>]>([
    ['its service runs', { service: 'RUNNING' }], ['its port is open', { listeners: readListeners(NETSTAT) }], ['its Java lives', { commandLines: readCommandLines(WMIC) }],
    ['its service program lives', { commandLines: [{ pid: 7, args: '"C:\\UCD\\server\\native\\x64\\winservice.exe" //RS//ibm-ucd' }] }],
  ])('runs when %s', (_, seen) => { expect(look(seen).running).toBe('yes'); });
  it.each<[string, Partial<WindowsSeen>]>([
    ['its service is on the way', { service: 'STOP_PENDING' }], ['its service was not seen', { service: null }], ['ports were not seen', { listeners: null }], ['its pid file is there', { pidFile: 'there' }],
    ['the pid file was not seen', { pidFile: 'Access is denied.' }], ['no process was seen', { commandLines: null }], ['some Java lives and no command line could be seen', { commandLines: null, tasks: readTasks(TASKS) }],
  ])('is unknown when %s', (_, seen) => { expect(look(seen).running).toBe('unknown'); });
  it('of another folder is not this one', () => {
    expect(look({ commandLines: readCommandLines(WMIC.replaceAll('ucd\\server', 'ucd\\server2')) }).running).toBe('no');
  });
});
