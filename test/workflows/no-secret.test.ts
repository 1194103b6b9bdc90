/** No secret in history: a real worker, on simulated hosts that print the secrets wherever they can. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkInstallation } from '../../src/installation/check.ts';
import { DATABASE_VARIABLE, writeInstallationFile } from '../../src/simulation/installation-file.ts';
import { startSimulatedInstallation, type SimulatedInstallation } from '../../src/simulation/simulated-installation.ts';
import { connect, type Connected } from '../../src/temporal/connect.ts';
import { startDevServer, type DevServer } from '../../src/temporal/dev-server.ts';
import type { UpgradeView } from '../../src/upgrade/view.ts';
import { startWorker, type RunningWorker } from '../../worker/worker.ts';
import { workflowBuild } from './harness.ts';

const PASSPHRASE = 'simsalabim-4711';
const DATABASE_PASSWORD = 'abrakadabra-0815';
const SECRETS = [PASSPHRASE, DATABASE_PASSWORD];

let simulation: SimulatedInstallation;
let server: DevServer;
let temporal: Connected;
let worker: RunningWorker;

beforeAll(async () => {
  [simulation, server] = await Promise.all([startSimulatedInstallation({ installSeconds: 0.2, jobSeconds: 600 }), startDevServer({ uiPort: false })]);
  Object.assign(process.env, { OPS_PASSPHRASE: PASSPHRASE, [DATABASE_VARIABLE]: simulation.databaseUri });
  temporal = await connect({ address: server.address });
  worker = await startWorker({ where: { address: server.address }, build: await workflowBuild(), config: { folder: simulation.folder, logLevel: 'ERROR' }, graceTime: 500, forceTime: 5_000 });
});
afterAll(async () => {
  await worker.stop();
  await temporal.close();
  await server.stop();
  await simulation.close();
});

/** Every text in a history: as it stands, and every payload decoded. */
function textsOf(history: string): string {
  const texts = [history];
  JSON.parse(history, (key, value: unknown) => {
    if (key === 'data' && typeof value === 'string') texts.push(Buffer.from(value, 'base64').toString('utf8'));
    return value;
  });
  return texts.join('\n');
}

function request(): unknown {
  const file = parse(readFileSync(writeInstallationFile(simulation), 'utf8')) as {
    ssh: object; applicationDatabase: { backups: [{ command: string; verify: string }] }; policy: object;
  };
  const [backup] = file.applicationDatabase.backups;
  Object.assign(file.ssh, { passphrase: { env: 'OPS_PASSPHRASE' } });
  Object.assign(backup, { command: `${backup.command}; cat /var/note; cat /var/note >&2`, verify: 'cat /var/note' });
  Object.assign(file.policy, { approve: ['start', 'first-host'] });
  const checked = checkInstallation(file);
  if ('problems' in checked) throw new Error(JSON.stringify(checked.problems));
  return checked.installation;
}

it('no secret is in the history, the status or the details of an upgrade, though hosts print them', async () => {
  const note = join(simulation.folder, 'om-1', 'var', 'note');
  mkdirSync(dirname(note), { recursive: true });
  writeFileSync(note, `the note: key=${PASSPHRASE} uri=mongodb://om:${DATABASE_PASSWORD}@db-1:27017/mmsdb\n`);
  const installation = request() as { installation: string };
  const handle = await temporal.client.workflow.start('opsManagerUpgrade', {
    workflowId: `upgrade/${installation.installation}`, taskQueue: 'lockkeeper', args: [installation],
  });
  const until = async (isSo: (view: UpgradeView) => boolean): Promise<UpgradeView> => {
    for (;;) {
      const { status: { name } } = await handle.describe();
      if (name !== 'RUNNING') await handle.result();
      const view = await handle.query<UpgradeView>('status');
      if (isSo(view)) return view;
      await pause(100);
    }
  };
  await until((view) => view.waitingFor.some((wait) => wait.id === 'start'));
  await handle.signal('approve', { gate: 'start', by: 'anna' });
  const seen = await until((view) => view.timeline.some((entry) => entry.step === 'backup') || view.waitingFor.length > 0);
  await handle.signal('abort', { by: 'anna' });
  await handle.result().catch(() => undefined);

  const history = textsOf(historyToJSON(await handle.fetchHistory()));
  expect(history, 'what the hosts printed was kept as evidence').toContain('the note: key=[redacted]');
  for (const text of [history, JSON.stringify(seen)]) {
    for (const secret of SECRETS) expect(text).not.toContain(secret);
  }
});
