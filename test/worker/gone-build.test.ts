/** An upgrade whose build is gone: the worker was replaced by one of another build that cannot carry it on. Nothing moves, and that is said. */
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { connect, type Connected } from '../../src/temporal/connect.ts';
import { startDevServer, type DevServer } from '../../src/temporal/dev-server.ts';
import { bundleWorkflows, type Build } from '../../worker/bundle.ts';
import { startWorker, type RunningWorker } from '../../worker/worker.ts';
import { FakeTerminal, type Said } from '../cli/terminal.ts';
import { FakeInstallation } from '../workflows/fake-installation.ts';
import { begin, installation, type RunningUpgrade } from '../workflows/harness.ts';
import { workflowBuild } from '../workflows/one-build.ts';

let server: DevServer;
let temporal: Connected;
let began: Build;
let other: Build;
const running: RunningWorker[] = [];

beforeAll(async () => {
  [server, began, other] = await Promise.all([startDevServer({ uiPort: false }), workflowBuild(), bundleWorkflows(fileURLToPath(new URL('../cli/stuck-workflow.ts', import.meta.url)))]);
  temporal = await connect({ address: server.address });
});
afterAll(async () => {
  for (const worker of running) await worker.stop();
  await temporal?.close();
  await server?.stop();
});

async function start(build: Build, fake: FakeInstallation): Promise<RunningWorker> {
  const worker = await startWorker({ where: { address: server.address }, build, activities: fake.activities(), config: { logLevel: 'ERROR' }, graceTime: 100, forceTime: 2_000 });
  running.push(worker);
  return worker;
}

async function lockkeeper(...words: string[]): Promise<Said> {
  const terminal = new FakeTerminal(process.env);
  const code = await runCli([...words, '--address', server.address], terminal);
  return { code, out: terminal.out.replaceAll(/\s+/g, ' '), err: terminal.err };
}

/** An upgrade that waits at its gate, and whose worker is gone. */
async function leftAlone(fake: FakeInstallation): Promise<RunningUpgrade> {
  const worker = await start(began, fake);
  const upgrade = await begin({ client: temporal.client, passTime: () => pause(50) }, fake);
  await upgrade.waitsFor('start');
  await worker.stop();
  return upgrade;
}

it('an upgrade whose build is gone is said to need it, with the way out, by status, list and doctor; and goes on with it', async () => {
  const fake = new FakeInstallation(installation({ approve: ['start'] }));
  const { installation: { installation: name } } = fake;
  const upgrade = await leftAlone(fake);

  // As long as no other build has come, there is just no worker.
  expect((await lockkeeper('status', name)).out).toContain('No worker is running that can act on it');
  await expect.poll(async () => (await lockkeeper('list')).out, { timeout: 20_000 }).toContain(`${name} no worker runs`); // lists lag behind

  await start(other, fake);
  const [status, list, doctor] = await Promise.all([lockkeeper('status', name), lockkeeper('list'), lockkeeper('doctor')]);
  const wayOut = /Start a worker of that release, or of a newer one, which takes the upgrade over if its code can carry it on\. If neither can be had: terminate it in Temporal; `lockkeeper start` on the same file/;
  expect(status.code).toBe(5);
  expect(status.out).toContain(`No worker of build ${began.buildId} is running, which began it: nothing moves until one does.`);
  expect(status.out).toMatch(wayOut);
  expect(list.out).toMatch(new RegExp(`${name} its build is gone .* lockkeeper doctor`));
  expect(doctor.code).toBe(1);
  expect(doctor.out).toContain(`wrong upgrade of ${name}: It was begun by build ${began.buildId}, and no worker of that build answers.`);
  expect(doctor.out).toMatch(wayOut);

  await start(began, fake);
  await upgrade.approve('start');
  await upgrade.until(() => fake.acts.includes('takeLocks'), 'the locks');
  await upgrade.handle.terminate();
});
