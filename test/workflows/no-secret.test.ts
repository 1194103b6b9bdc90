/**
 * No secret gets out: a whole upgrade by real workers, on simulated hosts that tell the secrets wherever they can. The
 * worker is changed for a new one on the way, which knows nothing of what the first one learned.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { checkInstallation } from '../../src/installation/check.ts';
import type { Installation } from '../../src/upgrade/installation-urbancode.ts';
import { DATABASE_VARIABLE, writeInstallationFile } from '../../src/simulation/installation-file.ts';
import { startSimulatedInstallation, type SimulatedInstallation } from '../../src/simulation/simulated-installation.ts';
import { connect, type Connected } from '../../src/temporal/connect.ts';
import { startDevServer, type DevServer } from '../../src/temporal/dev-server.ts';
import type { UpgradeView, Wait } from '../../src/upgrade/view.ts';
import { startWorker, type RunningWorker } from '../../worker/worker.ts';
import { workflowBuild } from './one-build.ts';
import { breakShell, leftIn, makeTelltale } from './telltale.ts';

const PASSPHRASE = 'simsalabim-4711';
const SUDO_PASSWORD = 'hokuspokus-1234';
const DATABASE_PASSWORD = 'abrakadabra-0815';
const SECRETS = [PASSPHRASE, SUDO_PASSWORD, DATABASE_PASSWORD];

let simulation: SimulatedInstallation | undefined;
let server: DevServer | undefined;
let temporal: Connected | undefined;
let worker: RunningWorker | undefined;
let logged = '';

beforeAll(async () => {
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => { logged += String(text); return true; });
  [simulation, server] = await Promise.all([
    startSimulatedInstallation({ installSeconds: 0.2, jobSeconds: 600, applicationHosts: ['om-1', 'om-2'], passphrase: PASSPHRASE, sudoPassword: SUDO_PASSWORD }),
    startDevServer({ uiPort: false }),
  ]);
  const databaseUri = simulation.databaseUri.replace('//', `//om:${DATABASE_PASSWORD}@`).concat('&authMechanism=PLAIN');
  Object.assign(process.env, { OPS_PASSPHRASE: PASSPHRASE, OPS_SUDO: SUDO_PASSWORD, [DATABASE_VARIABLE]: databaseUri });
  const note = `the note: key=${PASSPHRASE} sudo=${SUDO_PASSWORD} database=${DATABASE_PASSWORD} uri=${databaseUri}`;
  for (const host of simulation.hosts.values()) makeTelltale(host, { note, databaseUri });
  temporal = await connect({ address: server.address });
});
afterAll(async () => {
  await worker?.stop();
  await temporal?.close();
  await server?.stop();
  await simulation?.close();
  vi.restoreAllMocks();
});

async function newWorker({ folder }: SimulatedInstallation, { address }: DevServer): Promise<RunningWorker> {
  return startWorker({ where: { address }, build: await workflowBuild(), config: { folder, logLevel: 'DEBUG' }, graceTime: 500, forceTime: 5_000 });
}

/** The demo's file, with secrets, with a backup that prints all it knows, and with shorter waits. */
function request(of: SimulatedInstallation): Installation {
  const file = parse(readFileSync(writeInstallationFile(of), 'utf8')) as {
    ssh: object; applicationDatabase: { backups: [{ command: string; verify: string }] }; policy: object;
  };
  const [backup] = file.applicationDatabase.backups;
  Object.assign(file.ssh, { passphrase: { env: 'OPS_PASSPHRASE' }, sudoPassword: { env: 'OPS_SUDO' } });
  Object.assign(backup, { command: `${backup.command}; cat /var/note; env; cat`, verify: 'cat /var/note' });
  Object.assign(file.policy, {
    approve: [], soak: '0s', health: { consecutive: 1, every: '1s', within: '30s' },
    backupDaemons: { stop: 'self-stop', for: '1s', attempts: 1, every: '1s', whenStuck: 'ask', settle: '0s' },
  });
  const checked = checkInstallation(file);
  if ('problems' in checked) throw new Error(JSON.stringify(checked.problems));
  return checked.installation;
}

/** Every text in a history: as it stands, and every payload decoded. */
function textsOf(history: string): string {
  const texts = [history];
  JSON.parse(history, (key, value: unknown) => {
    if (key === 'data' && typeof value === 'string') texts.push(Buffer.from(value, 'base64').toString('utf8'));
    return value;
  });
  return texts.join('\n');
}

/** Looks again and again until the upgrade waits for a person. Every look is kept: status and current details. */
async function untilWaiting(handle: WorkflowHandle, looks: string[]): Promise<Wait> {
  for (;;) {
    const [view, details] = await Promise.all([handle.query<UpgradeView>('status'), handle.query('__temporal_workflow_metadata')]);
    looks.push(JSON.stringify(view), JSON.stringify(details));
    if (view.waitingFor[0] !== undefined) return view.waitingFor[0];
    const { status } = await handle.describe();
    if (status.name !== 'RUNNING') await handle.result().then(() => { throw new Error('it ended without a question'); });
    await pause(500);
  }
}

it('no secret gets into the history, the status, the details, the log, a command line or a file, though hosts tell them from preflight to the end', async () => {
  if (!simulation || !server || !temporal) throw new Error('nothing was started');
  const { hosts } = simulation;
  worker = await newWorker(simulation, server);
  const installation = request(simulation);
  const handle = await temporal.client.workflow.start('opsManagerUpgrade', {
    workflowId: `upgrade/${installation.installation}`, taskQueue: 'lockkeeper', args: [installation],
  });
  const looks: string[] = [];
  const asked: string[] = [];
  const answer = async (question: Wait, choice: string): Promise<void> => {
    asked.push(question.id);
    await handle.signal('answer', { question: question.id, choice, by: 'anna' });
  };

  const daemons = await untilWaiting(handle, looks);
  await worker.stop();
  worker = await newWorker(simulation, server);
  const mend = breakShell(hosts.get('bkp-1'));
  await answer(daemons, 'stop');
  const failed = await untilWaiting(handle, looks);
  mend();
  await answer(failed, 'retry');
  await handle.result();
  expect(asked).toEqual(['backup-daemons:1', 'stop-backup-daemon:bkp-1:1']);

  const history = textsOf(historyToJSON(await handle.fetchHistory()));
  const given = [...hosts.values()].map(({ folder }) => readFileSync(join(folder, 'var/given'), 'utf8')).join('\n');
  const texts = { history, looks: looks.join('\n'), logged, given };
  const told = 'the note: key=[redacted] sudo=[redacted] database=[redacted]';
  expect(Object.values(texts), 'it was told, and seen by the test').toEqual([
    expect.stringContaining(told), expect.stringContaining(told), expect.stringMatching(/stopBackupDaemon/), expect.stringMatching(/SUDO_ASKPASS=/),
  ]);
  for (const [where, text] of Object.entries(texts)) {
    const lines = text.split('\n').filter((line) => SECRETS.some((secret) => line.includes(secret)));
    expect(lines.slice(0, 3), `lines with secrets in what is ${where}`).toEqual([]);
  }
  for (const [name, { folder }] of hosts) {
    expect(leftIn(folder, SECRETS), `files with secrets on ${name}`).toEqual([]);
    expect(readdirSync(join(folder, 'tmp')), `what sudo's password was handed over by, on ${name}`).toEqual([]);
  }
}, 300_000);
