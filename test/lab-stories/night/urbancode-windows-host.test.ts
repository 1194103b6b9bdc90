/**
 * The lab's Windows node, whose shell is Wine's cmd.exe: what stories of it rely on. Told by night, because Wine is large to install.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { insideLab } from '../../lab/hosts.ts';
import { install, installOnWindows, servedBy, service, typed, untilServed } from '../../lab/urbancode-by-hand.ts';
import { startUcdLab, type UcdLab } from '../../lab/urbancode.ts';

describe.runIf(insideLab())('the Windows node of the lab', { timeout: 180_000 }, () => {
  let lab: UcdLab;
  beforeAll(async () => { lab = await startUcdLab({ release: '7.0.5.2', windows: true }); }, 900_000);
  const mark = () => typed(lab, 'type C:\\ucd\\server\\conf\\installed.version');
  const pidFile = () => typed(lab, 'if exist C:\\ucd\\server\\var\\server.pid type C:\\ucd\\server\\var\\server.pid').then((text) => text.trim());

  it('shows its server in tasklist and netstat, stops it by its service, is upgraded by a person, and serves again', async () => {
    await lab.reset('7.0.5.2');
    const pid = await pidFile();
    expect(await typed(lab, 'tasklist /fo csv /nh')).toContain(`"java.exe","${pid}"`);
    expect(await typed(lab, 'netstat -ano')).toMatch(new RegExp(`TCP +0\\.0\\.0\\.0:8443 .* LISTENING +${pid}`));
    expect(await typed(lab, 'sc query ucd-server')).toMatch(/STATE +: 4 +RUNNING/);
    expect(await typed(lab, 'wmic process get CommandLine,ProcessId /value')).toMatch(new RegExp(`classpath\\.conf com\\.urbancode\\.ds\\.UDeployServer\\nProcessId=${pid}\\n`));
    await expect(typed(lab, 'exit /b 3')).rejects.toThrow();
    await expect(installOnWindows(lab, '7.3.2.1')).rejects.toThrow('Found pid file at');
    for (const host of ['ucd-1', 'ucd-2', 'ucd-3'] as const) await service(lab, host, 'stop');
    await typed(lab, 'net stop ucd-server');
    expect(await pidFile()).toBe('');
    expect(await typed(lab, 'tasklist')).not.toContain('java.exe');
    expect(await typed(lab, 'netstat -ano')).not.toMatch(/:8443 .*LISTENING/);
    await install(lab, 'ucd-1', '7.3.2.1');
    expect(await mark()).toContain('installed.version=7.0.5.2');
    expect(await installOnWindows(lab, '7.3.2.1')).toContain('No database upgrades found');
    expect(await mark()).toContain('installed.version=7.3.2.1.1161889');
    await typed(lab, 'sc start ucd-server');
    await untilServed('ucd-w', '7.3.2.1');
    expect((await lab.violations()).map(({ kind }) => kind)).toEqual(['install-beside-server', 'install-beside-server', 'install-beside-server', 'install-beside-server']);
  });

  it('loses the server when its process is killed, and waits for one that does not stop', async () => {
    await lab.reset('7.0.5.2');
    await lab.behave('ucd-w', { 'server-stop': 'hangs' });
    await typed(lab, 'sc stop ucd-server');
    expect(await typed(lab, 'sc query ucd-server')).toMatch(/STATE +: 3 +STOP_PENDING/);
    expect(await servedBy('ucd-w')).toBe('7.0.5.2');
    await typed(lab, `taskkill /f /pid ${await pidFile()}`);
    await expect.poll(() => servedBy('ucd-w')).toBe('nothing');
    expect(await pidFile()).not.toBe('');
  });
});
