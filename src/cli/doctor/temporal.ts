/** Is Temporal ready for upgrades, is a worker at work, and can every open upgrade go on? */
import { areRegistered } from '../../temporal/search-attributes.ts';
import { SEARCH_ATTRIBUTES } from '../../upgrade/search-attributes.ts';
import { lookAt, waitsForPerson, workflowIdOf, type Standing } from '../standing.ts';
import type { Connected } from '../temporal.ts';
import { inWords } from '../render/text.ts';
import { buildGoneWayOut } from '../render/words.ts';
import { listUpgrades } from '../upgrades.ts';
import { ok, wrong, type Check } from './check.ts';

export async function checkTemporal(temporal: Connected, taskQueue: string): Promise<readonly Check[]> {
  const workers = await workersOf(temporal, taskQueue);
  return [await server(temporal), await searchAttributes(temporal), workerCheck(workers, taskQueue), ...(await upgrades(temporal))];
}

async function server({ connection, address, namespace }: Connected): Promise<Check> {
  const { serverVersion } = await connection.workflowService.getClusterInfo({});
  return ok('Temporal', `Version ${serverVersion} answers at ${address}, namespace ${namespace}.`);
}

async function searchAttributes(temporal: Connected): Promise<Check> {
  if (await areRegistered(temporal)) return ok('search attributes', 'They are registered.');
  const names = SEARCH_ATTRIBUTES.map((name) => `--name ${name} --type Keyword`).join(' ');
  return wrong('search attributes', `Not all are registered, so lists cannot say what waits. Register them: temporal operator search-attribute create --namespace ${temporal.namespace} ${names}`);
}

interface SeenWorker { readonly identity: string; readonly buildId: string; readonly agoMs: number }

/** A worker asks for work at least once a minute; Temporal remembers it for five after it is gone. */
const ASKS_WITHIN = 75_000; // ms

async function workersOf({ connection, namespace }: Connected, taskQueue: string): Promise<readonly SeenWorker[]> {
  const WORKFLOWS = 1; // the server's enumeration TASK_QUEUE_TYPE_WORKFLOW
  const { pollers } = await connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue }, taskQueueType: WORKFLOWS });
  return (pollers ?? [])
    .map((poller) => ({
      identity: poller.identity ?? 'unknown',
      buildId: poller.deploymentOptions?.buildId ?? '',
      agoMs: Date.now() - Number(poller.lastAccessTime?.seconds ?? 0) * 1000,
    }))
    .filter(({ agoMs }) => agoMs < ASKS_WITHIN);
}

function workerCheck(workers: readonly SeenWorker[], taskQueue: string): Check {
  if (workers.length === 0) return wrong('worker', `None has asked task queue ${taskQueue} for work within ${inWords(ASKS_WITHIN)}. Start one: lockkeeper worker`);
  const each = workers.map(({ identity, buildId, agoMs }) => `${identity} (build ${buildId || 'unknown'}, ${inWords(agoMs)} ago)`);
  return ok('worker', `Asked for work: ${each.join(', ')}.`);
}

async function upgrades(temporal: Connected): Promise<readonly Check[]> {
  const open = (await listUpgrades(temporal.client)).filter((upgrade) => upgrade.open);
  if (open.length === 0) return [ok('upgrades', 'None is open.')];
  return Promise.all(open.map(async ({ installation }) => upgradeCheck(temporal, await lookAt(temporal.client, installation))));
}

async function upgradeCheck(temporal: Connected, standing: Standing): Promise<Check> {
  const { installation, kind } = standing;
  const subject = `upgrade of ${installation}`;
  if (kind === 'closed') return ok(subject, 'It has just ended.');
  if (kind === 'unanswered') {
    const { why, build } = standing.unanswered;
    switch (why) {
      case 'no-worker': return wrong(subject, 'No worker answers for it. Start one: lockkeeper worker');
      case 'build-gone': return wrong(subject, `It was begun by build ${build}, and no worker of that build answers. ${buildGoneWayOut}`);
      case 'stuck': return wrong(subject, `Its workflow task fails: ${await lastFailure(temporal, installation)} It goes on by itself once that is cured.`);
    }
  }
  if (waitsForPerson(standing)) return ok(subject, `It waits for a person: lockkeeper status ${installation}`);
  return ok(subject, `It is at work (${standing.view.phase}).`);
}

/** The newest failed workflow task in the history: the first failure of a streak is recorded, and says why. */
async function lastFailure({ connection, namespace }: Connected, installation: string): Promise<string> {
  const { history } = await connection.workflowService.getWorkflowExecutionHistoryReverse({
    namespace, execution: { workflowId: workflowIdOf(installation) }, maximumPageSize: 50,
  });
  const failed = history?.events?.find((event) => event.workflowTaskFailedEventAttributes);
  return failed?.workflowTaskFailedEventAttributes?.failure?.message ?? 'Temporal recorded no reason.';
}
