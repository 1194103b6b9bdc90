/**
 * How a job's runner is started where systemd is PID 1: in a mount namespace of its own, with a /run that says so, and
 * stand-ins for sudo and systemd-run. Real systemd is not part of this test. Needs root on Linux.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LAUNCH, RUNNER } from '../../../src/ssh/job-start.ts';
import { until } from './sshd.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockkeeper-launch-'));
  mkdirSync(join(folder, 'job'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'job/runner'), RUNNER);
  writeFileSync(join(folder, 'job/command'), `ps -o sid= -p $$ >"${folder}/job/session"; echo ran\n`);
});
afterEach(() => rmSync(folder, { recursive: true }));

function standIn(name: string, script: string): void {
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\necho "$@" >>"${folder}/${name}.calls"\n${script}\n`, { mode: 0o755 });
}
function launch({ systemd, asks = '' }: { readonly systemd: boolean; readonly asks?: string }): void {
  const run = systemd ? 'mount -t tmpfs none /run && mkdir -p /run/systemd/system || exit 9' : 'mount -t tmpfs none /run || exit 9';
  const script = `${run}\nPATH=$1/bin:$PATH job=$1/job asks=$2 password=$3\n: >"$1/guard" && exec 9>"$1/guard"\n${LAUNCH}launch\n`;
  execFileSync('unshare', ['-m', 'sh', '-c', script, 'sh', folder, asks, asks && 'secret'], { stdio: ['ignore', 'pipe', 'inherit'] });
}
const text = (name: string): string => readFileSync(join(folder, name), 'utf8');
/** Until it ended, and no other runner of this job is left that could run it again. */
const ran = (): Promise<void> => until('the job ran', () => existsSync(join(folder, 'job/status')) && spawnSync('pgrep', ['-f', `${folder}/job/runner`]).status === 1);
const RUN_IT = 'while [ "$1" != -- ]; do shift; done; shift; "$@" </dev/null';

describe('a runner', () => {
  it('is a unit of its own where systemd is PID 1 and sudo allows it, and what it starts outlives it', async () => {
    standIn('sudo', 'if [ "$2" = -l ]; then exit 0; fi; shift 2; exec "$@"');
    standIn('systemd-run', RUN_IT);
    launch({ systemd: true });
    await ran();
    expect(text('systemd-run.calls')).toMatch(/^--quiet --collect --property=KillMode=process --uid=root -- \/bin\/sh \S+\/job\/runner \S+\/job\n$/);
    expect(text('job/output')).toBe('ran\n');
  });

  it.each([
    ['sudo does not allow it', { systemd: true }, 'exit 1'],
    ['the host has no systemd', { systemd: false }, 'exit 0'],
    ['it needs the sudo password', { systemd: true, asks: 'password' }, 'exit 0'],
  ])('is a session of its own when %s', async (_when, how, sudo) => {
    standIn('sudo', sudo);
    standIn('systemd-run', `echo wrong >>"${folder}/job/output"`);
    launch(how);
    await ran();
    expect(text('job/output')).toBe('ran\n');
    expect(text('job/session').trim()).toBe(text('job/runner.pid').split(' ')[0]);
  });

  it('runs once though systemd-run started it and then failed', async () => {
    standIn('sudo', 'if [ "$2" = -l ]; then exit 0; fi; shift 2; exec "$@"');
    standIn('systemd-run', `${RUN_IT}; exit 1`);
    launch({ systemd: true });
    await ran();
    expect(text('systemd-run.calls').trim().split('\n')).toHaveLength(1);
    expect(text('job/output')).toBe('ran\n');
  });
});
