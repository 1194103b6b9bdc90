/** What a person is shown to type on a Windows host, by what was seen there. */
import { describe, expect, it } from 'vitest';
import { shownGuide, toInstall, toRemovePidFile, toStage, toStart, toStop } from '../../../src/products/urbancode-deploy/windows-guide.ts';

const HOST = { installDir: 'C:\\my ucd\\server', service: { name: 'ibm ucd' }, runAs: 'ucd', roles: ['server'] as const };
const typed = (guide: { readonly typed: readonly string[] }) => guide.typed;

describe('what is typed', () => {
  it('is indented, behind what is to be known', () => {
    expect(shownGuide({ typed: ['sc start x'], notes: ['Know this.'] })).toEqual(['Know this.', 'Type there:', '  sc start x']);
  });

  it('brings the package into a folder of its own, and has its checksum compared', () => {
    const guide = toStage(HOST, { file: '/srv/packages/ucd.zip', sha256: 'ab12' }, '7.3.2.1');
    expect(typed(guide)).toEqual(['mkdir "C:\\my ucd\\lockkeeper-7.3.2.1"', 'certutil -hashfile "C:\\my ucd\\lockkeeper-7.3.2.1\\ucd.zip" SHA256']);
    expect(guide.notes.join(' ')).toMatch(/Copy \/srv\/packages\/ucd\.zip .* must print ab12\..*install-server\.bat is looked for/);
    expect(typed(toStage(HOST, { onHost: 'D:\\ucd.zip', sha256: 'ab12' }, '7.3.2.1'))).toContain('certutil -hashfile D:\\ucd.zip SHA256');
  });

  it('runs the installer with -fips where it is asked for, and -frontend on a front-end', () => {
    const folder = 'C:\\my ucd\\lockkeeper-7.3.2.1\\ibm-ucd-install';
    expect(typed(toInstall(HOST, { folder, fips: false, first: true }))).toEqual([`cd /d "${folder}"`, 'install-server.bat']);
    expect(typed(toInstall({ ...HOST, roles: ['front-end'] }, { folder, fips: true, first: false }))).toEqual([`cd /d "${folder}"`, 'install-server.bat -frontend -fips']);
    expect(toInstall({ ...HOST, agentcommUri: 'wss://ucd-w:7919' }, { folder, fips: false, first: true }).notes.join(' ')).toMatch(/^As ucd, .* The directory is C:\\my ucd\\server; yes, upgrade; .* is wss:\/\/ucd-w:7919\. Yes to changes of the database\. If it warns .* Ctrl-C/);
  });

  it('tells whom a later installer may find alive, and that it must not ask about the database', () => {
    expect(toInstall(HOST, { folder: 'C:\\x', fips: false, first: false }).notes.join(' ')).toMatch(/those that are upgraded serve already, so go on\. It must not ask about the database: if it does, end it by Ctrl-C.*the install dir may be half new: restore/);
  });

  it('stops the service; what that does not end is ended by its process, and said so', () => {
    expect(typed(toStop(HOST, { running: 'yes', pid: 42, service: 'RUNNING' }))).toEqual(['sc stop "ibm ucd"', 'sc query "ibm ucd"']);
    expect(toStop(HOST, { running: 'yes', pid: 42, service: 'STOP_PENDING' })).toMatchObject({ typed: ['sc query "ibm ucd"', 'taskkill /f /pid 42'], notes: [expect.stringContaining('only when it hangs') as string] });
    expect(typed(toStop(HOST, { running: 'unknown', service: 'STOP_PENDING' }))).toEqual(['sc query "ibm ucd"']);
    expect(toStop(HOST, { running: 'yes', pid: 42, service: 'STOPPED' })).toMatchObject({ typed: ['taskkill /f /pid 42'], notes: [expect.stringContaining('not started by its service') as string] });
    expect(typed(toStop(HOST, { running: 'unknown', pid: 42, service: 'STOPPED' }))).toEqual(['tasklist /fi "PID eq 42" /v']);
    expect(typed(toStop(HOST, { running: 'no', service: 'STOPPED' }))).toEqual([]);
  });

  it('removes a pid file only where nothing lives, before a start, too', () => {
    expect(typed(toRemovePidFile(HOST))).toEqual(['del "C:\\my ucd\\server\\var\\server.pid"']);
    expect(typed(toStart(HOST, { running: 'no', pidFile: 'yes' }))).toEqual(['del "C:\\my ucd\\server\\var\\server.pid"', 'sc start "ibm ucd"']);
    expect(typed(toStart(HOST, { running: 'no', pidFile: 'no' }))).toEqual(['sc start "ibm ucd"']);
    expect(typed(toStart(HOST, { running: 'unknown', pidFile: 'yes' }))).toEqual(['sc start "ibm ucd"']);
  });
});
