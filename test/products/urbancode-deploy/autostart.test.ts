/** The scripts are run by a real shell, on a folder in the place of /etc and /var. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Printed } from '../../../src/products/linux/printed.ts';
import { autostartShown, ownServices, startersOf, whyNotSwitchedOff, type Starter } from '../../../src/products/urbancode-deploy/autostart.ts';
import type { Command } from '../../../src/upgrade/command.ts';
import type { Autostart } from '../../../src/upgrade/urbancode-facts.ts';
import { recorded } from './recorded.ts';

const HOST = { installDir: '/opt/ucd/server', runAs: 'ucd' };
const starter = (kind: Autostart['kind'], host: Parameters<typeof startersOf>[0] = HOST): Starter => startersOf(host).find((each) => each.kind === kind)!;
const printed = (stdout: string, code: number | undefined = 0, stderr = ''): Printed => ({ code, stdout, stderr });
/** The connection broke. */
const CUT: Printed = { code: undefined, stdout: '', stderr: '' };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'autostart-'));
  for (const folder of ['bin', 'etc/init.d', 'etc/rc2.d', 'etc/rc3.d', 'etc/cron.d', 'etc/monit/conf.d', 'var/spool/cron/crontabs', 'var/lib/lockkeeper']) mkdirSync(join(root, folder), { recursive: true });
});
afterEach(() => { rmSync(root, { recursive: true }); });

const write = (path: string, text: string): void => { writeFileSync(join(root, path), text); };
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
/** As on a host, but for the folders. */
function run({ argv: [program = '', ...words] }: Command): Printed {
  const { status, stdout, stderr } = spawnSync(program, words.map((word, at) => at === 1 ? word.replace(/\/(etc|var)\//g, `${root}/$1/`) : word), {
    encoding: 'utf8', env: { PATH: `${root}/bin:${process.env['PATH'] ?? ''}`, LC_ALL: 'C' },
  });
  return { code: status ?? undefined, stdout: stdout.replaceAll(root, ''), stderr };
}
const see = (of: Starter) => of.read(run(of.look));
function offAndBack(of: Starter): { readonly was: readonly Autostart[]; readonly off: unknown; readonly back: unknown } {
  const was = see(of);
  if (was === 'unknown') throw new Error('the first look saw nothing');
  const each = (commands: readonly Command[]): void => { for (const command of [...commands, ...commands]) expect(run(command)).toMatchObject({ code: 0 }); };
  each(of.switchOff);
  const off = see(of);
  each(of.putBack(was));
  return { was, off, back: see(of) };
}

describe('boot links', () => {
  it('of a script that starts this server are hidden from init, others never, and all are put back under their names', () => {
    write('etc/init.d/ucd', '#!/bin/sh\nSERVER_HOME=/opt/ucd/server\nexec su ucd -c "$SERVER_HOME/bin/server $1"\n');
    write('etc/init.d/other', '#!/bin/sh\n/opt/ucd/server-2/bin/server "$1"\n');
    write('etc/init.d/agent', '#!/bin/sh\n# beside /opt/ucd/server\n/opt/ucd/agent/bin/agent "$1"\n');
    for (const [link, name] of [['rc2.d/S01ucd', 'ucd'], ['rc3.d/S99ucd', 'ucd'], ['rc3.d/S98other', 'other'], ['rc3.d/S97agent', 'agent'], ['rc3.d/K01ucd', 'ucd']] as const) symlinkSync(`../init.d/${name}`, join(root, 'etc', link));
    const links = ['/etc/rc2.d/S01ucd', '/etc/rc3.d/S99ucd'].map((link) => ({ kind: 'sysv', link }));
    const before = readdirSync(join(root, 'etc/rc3.d'));
    expect(offAndBack(starter('sysv'))).toEqual({ was: links, off: [], back: links });
    expect(readdirSync(join(root, 'etc/rc3.d'))).toEqual(before);
  });
});

describe('cron tables', () => {
  const watchdog = '*/5 * * * * ucd pgrep -f UDeployServer || /opt/ucd/server/bin/server start\n';
  it('lose the lines that start this server, keep all others, and get them back as they were', () => {
    const table = `# /opt/ucd/server/bin/server start is watched below\nMAILTO=ops\n${watchdog}0 2 * * * root tar czf /srv/ucd.tgz /opt/ucd/server\n0 3 * * * ucd /opt/ucd/server-2/bin/server start\n0 4 * * 0 ucd /opt/ucd/server/bin/server stop\n`;
    write('etc/cron.d/ucd', table);
    write('var/spool/cron/crontabs/ucd', '@reboot /opt/ucd/server/bin/server start\n');
    chmodSync(join(root, 'var/spool/cron/crontabs/ucd'), 0o600);
    const cron = starter('cron');
    for (const command of cron.switchOff) run(command);
    expect(read('etc/cron.d/ucd')).toBe(table.replace(watchdog, `#lockkeeper-off# ${watchdog}`));
    for (const command of cron.putBack([{ kind: 'cron', file: '', line: '' }])) run(command);
    const { was, off, back } = offAndBack(cron);
    expect(was).toEqual([{ kind: 'cron', file: '/etc/cron.d/ucd', line: watchdog.trimEnd() }, { kind: 'cron', file: '/var/spool/cron/crontabs/ucd', line: '@reboot /opt/ucd/server/bin/server start' }]);
    expect({ off, back }).toEqual({ off: [], back: was });
    expect(read('etc/cron.d/ucd')).toBe(table);
  });

  it.each([
    ['systemctl start ucd-server.service', true], ['/usr/sbin/service ucd-server start', true], ['/etc/init.d/ucd-server restart', true],
    ['systemctl start ucd-server-agent', false], ['service ucd-server status', false],
  ])('start the file\'s own service: %s (%s)', (line, starts) => {
    write('etc/crontab', `@hourly root ${line}\n`);
    const cron = starter('cron', { ...HOST, service: { start: 'sudo systemctl start ucd-server', stop: 'sudo systemctl stop ucd-server' } });
    expect(see(cron)).toHaveLength(starts ? 1 : 0);
  });

  it.each([
    ['pgrep -x java >/dev/null || /etc/init.d/ucd.server start', true], ['/usr/sbin/service ucd.server restart', true], ['invoke-rc.d ucd.server start', true],
    ['/etc/init.d/ucd.server status', false], ['/etc/init.d/ucd-server start', false], ['/etc/init.d/other start', false],
  ])('start it by a script of init\'s that names it, which no file knows: %s (%s)', (line, starts) => {
    write('etc/init.d/ucd.server', '#!/bin/sh\nexec setpriv --reuid ucd /opt/ucd/server/bin/server "$1"\n');
    write('etc/init.d/other', '#!/bin/sh\nexec setpriv --reuid ucd /opt/ucd/server-2/bin/server "$1"\n');
    const table = `# of root\n0 1 * * * true\n*/5 * * * * ${line}\n0 2 * * * true\n`;
    write('var/spool/cron/crontabs/root', table);
    const was = starts ? [{ kind: 'cron', file: '/var/spool/cron/crontabs/root', line: `*/5 * * * * ${line}` }] : [];
    expect(offAndBack(starter('cron'))).toEqual({ was, off: [], back: was });
    expect(read('var/spool/cron/crontabs/root')).toBe(table);
  });

  it('are unknown when one of them cannot be read', () => {
    expect(starter('cron').read(printed('', 2, 'grep: /etc/crontab: Permission denied'))).toBe('unknown');
    expect(starter('cron').read(CUT)).toBe('unknown');
  });
});

describe('monit', () => {
  const config = 'check process ucd-server with pidfile /opt/ucd/server/var/server.pid\n  start program = "/etc/init.d/ucd start"\ncheck process sshd with pidfile /run/sshd.pid\n  start program = "/usr/sbin/service ssh start"\ncheck filesystem data with path /opt/ucd/server/\n';
  /** A monit that remembers what it was told. */
  const fakeMonit = `#!/bin/sh
state=$(cat "$0.state" 2>/dev/null || echo Monitored)
case $1 in
  unmonitor) echo "$2" >>"$0.told"; echo "Not monitored" >"$0.state" ;;
  monitor) echo "$2" >>"$0.told"; echo Monitored >"$0.state" ;;
  *) printf "Monit 5.33.0 uptime: 5m\\n\\nProcess 'ucd-server'\\n  status                       OK\\n  monitoring status            %s\\n\\n" "$state" ;;
esac
`;
  it('stops looking after the check of this server alone, and takes it up again', () => {
    write('etc/monit/conf.d/ucd', config);
    write('bin/monit', fakeMonit);
    chmodSync(join(root, 'bin/monit'), 0o755);
    const check = [{ kind: 'monit', check: 'ucd-server' }];
    expect(offAndBack(starter('monit'))).toEqual({ was: check, off: [], back: check });
    expect(read('bin/monit.told').trim().split('\n')).toEqual(['ucd-server', 'ucd-server']);
  });

  it('leaves a check alone that was off before', () => {
    write('etc/monit/conf.d/ucd', config);
    write('bin/monit', fakeMonit);
    write('bin/monit.state', 'Not monitored\n');
    chmodSync(join(root, 'bin/monit'), 0o755);
    for (const command of [...starter('monit').switchOff, ...starter('monit').putBack([{ kind: 'monit', check: 'ucd-server' }])]) run(command);
    expect(read('bin/monit.state')).toBe('Not monitored\n');
  });

  it('is read as monit 5.33 prints it: on, off, not yet off, not running', () => {
    const says = (name: string) => starter('monit').read(printed(`ucd-server\n\n${recorded(name)}`));
    expect(says('monit-status.txt')).toEqual([{ kind: 'monit', check: 'ucd-server' }]);
    expect(says('monit-status-off.txt')).toEqual([]);
    expect(says('monit-status-pending.txt')).toBe('unknown');
    expect(starter('monit').read(printed('ucd-server\n\n', 0, 'Monit: the monit daemon is not running\n'))).toEqual([]);
    expect(starter('monit').read(printed('', 0))).toEqual([]);
  });
});

describe('systemd', () => {
  const shown = recorded('systemctl-show-units.txt');
  it('lists the unit that the file names when it starts at boot, and every unit that starts the server though nobody named it', () => {
    const own = starter('systemd', { ...HOST, service: { start: 'sudo systemctl start ucd-server', stop: 'sudo systemctl stop ucd-server' } });
    expect(own.read(printed(shown))).toEqual([
      { kind: 'systemd', unit: 'ucd-server.service', own: true, triggers: [] },
      { kind: 'systemd', unit: 'ucd-watch.service', own: false, triggers: ['ucd-watch.timer'] },
    ]);
    expect(own.read(printed(shown.replace('UnitFileState=enabled\n', 'UnitFileState=disabled\n')))).toHaveLength(1);
    expect(own.switchOff.map(({ argv }) => argv.join(' '))).toEqual(['systemctl disable ucd-server.service']);
    expect(starter('systemd').read(printed(shown))).toContainEqual({ kind: 'systemd', unit: 'ucd-server.service', own: false, triggers: [] });
  });

  it('says what to do about a unit that nobody named, with the line for the file', () => {
    expect(whyNotSwitchedOff('ucd-2', { kind: 'systemd', unit: 'ucd-server.service', own: false, triggers: [] })).toContain('service: { start: sudo systemctl start ucd-server.service, stop: sudo systemctl stop ucd-server.service }');
    expect(whyNotSwitchedOff('ucd-2', { kind: 'systemd', unit: 'ucd-watch.service', own: false, triggers: ['ucd-watch.timer'] })).toContain('sudo systemctl disable --now ucd-watch.timer');
    expect(whyNotSwitchedOff('ucd-2', { kind: 'sysv', link: '/etc/rc3.d/S99ucd' })).toBeNull();
  });

  it('starts nothing where it is not PID 1, and is unknown where it gives no answer', () => {
    const { read: means } = starter('systemd');
    expect(means(printed('', 1, "System has not been booted with systemd as init system (PID 1). Can't operate.\n"))).toEqual([]);
    expect(means(printed('', 127, 'sh: 1: exec: systemctl: not found\n'))).toEqual([]);
    expect(means(printed('', 1, 'Failed to connect to bus: Connection refused\n'))).toBe('unknown');
    expect(means(CUT)).toBe('unknown');
  });
});

it.each([
  ['sudo systemctl start ucd-server.service', ['ucd-server']], ['sudo /usr/bin/systemctl --no-block start ucd', ['ucd']],
  ['sudo service ucd start', ['ucd']], ['sudo /etc/init.d/ucd start', ['ucd']], ['/opt/ucd/server/bin/server start', []],
])('the file\'s own service in %j is %j', (start, names) => {
  expect(ownServices({ service: { start, stop: 'true' } })).toEqual(names);
});

it('no script of it holds a newline, which sudoers could not say', () => {
  const all = startersOf(HOST).flatMap((each) => [each.look, ...each.switchOff, ...each.putBack([{ kind: 'sysv', link: '' }, { kind: 'cron', file: '', line: '' }, { kind: 'monit', check: '' }])]);
  expect(all.flatMap(({ argv }) => argv).filter((word) => word.includes('\n'))).toEqual([]);
  expect(() => { for (const { argv } of all.filter(({ argv: [program] }) => program === 'sh')) execFileSync('sh', ['-n', '-c', argv[2] ?? '']); }).not.toThrow();
});

it.each<[Autostart, string]>([
  [{ kind: 'systemd', unit: 'u.service', own: true, triggers: [] }, 'systemd: u.service, at boot'], [{ kind: 'cron', file: '/etc/crontab', line: ' * x' }, 'cron: /etc/crontab: * x'],
])('%j reads as %s', (one, text) => { expect(autostartShown(one)).toBe(text); });
