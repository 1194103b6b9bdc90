/** Commands that set something going: `plan` and `start`. */
import { setTimeout as pause } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError, type WorkflowHandle, type WorkflowStartOptions } from '@temporalio/client';
import type { Command } from 'commander';
import { areRegistered, searchAttributeKeys } from '../../temporal/search-attributes.ts';
import type { Installation } from '../../upgrade/installation-urbancode.ts';
import { refusals, type Preflight } from '../../upgrade/plan.ts';
import { EXIT, Stop } from '../exit.ts';
import { printAs, whereOf, withTemporalOptions, type Context, type TemporalOptions } from '../options.ts';
import { preflightLines } from '../render/plan.ts';
import { moment } from '../render/text.ts';
import { productName } from '../render/words.ts';
import { lookAt, workflowIdOf, type Standing } from '../standing.ts';
import { taskQueue, withTemporal, type Connected } from '../temporal.ts';
import { watch } from '../watch.ts';
import { loadFile, runbookOf } from './file.ts';

export function addPlan(program: Command, context: Context): void {
  withTemporalOptions(program.command('plan <file>'))
    .description('look at every host and show what an upgrade would do; changes nothing')
    .addHelpText('after', `
Shows per host, in order, every command with its sudo, the last moment at which the old version can still be started
again, and what was found on the hosts. Ends with 1 when an upgrade would be refused.

Example:
  lockkeeper plan om-prod.yaml`)
    .action(async (file: string, options: TemporalOptions) => {
      const installation = await loadFile(file, options, context);
      if (installation === null) return;
      const preflight = await withTemporal(whereOf(options), (temporal) => planOf(temporal, installation, context));
      const { terminal } = context;
      printAs(options, terminal, {
        json: () => preflight,
        text: () => preflightLines(preflight, { columns: terminal.columns, colours: terminal.colours, now: new Date() }).join('\n'),
      });
      context.exit(refusals(preflight.findings).length > 0 ? EXIT.failed : EXIT.done);
    });
}

/** A plan that is still being made is replaced: it only looks, and its file may be an older one. */
async function planOf({ client }: Connected, installation: Installation, { terminal }: Context): Promise<Preflight> {
  const handle = await client.workflow.start('upgradePlan', {
    workflowId: `plan/${installation.installation}`, taskQueue: taskQueue(terminal.environment), args: [installation],
    workflowIdConflictPolicy: 'TERMINATE_EXISTING', workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `Plan ${installation.installation} to ${installation.target.version}`,
  });
  if (!(await isTakenUp(handle))) {
    await handle.terminate('no worker was running to make the plan');
    throw new Stop('No worker is running to look at the hosts, so there is no plan. Start one: lockkeeper worker', EXIT.noWorker);
  }
  try {
    return await handle.result() as Preflight;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    throw new Stop(`No plan: ${error.cause?.message ?? error.message}`, EXIT.failed);
  }
}

export function addStart(program: Command, context: Context): void {
  withTemporalOptions(program.command('start <file>'))
    .description('begin the upgrade, or go on where an interrupted one left the hosts')
    .option('--watch', 'stay and watch it')
    .addHelpText('after', `
Looks at every host first, then waits at the gates of the file's policy. Closing this terminal does not stop it.

Examples:
  lockkeeper start om-prod.yaml --watch
  lockkeeper approve om-prod start`)
    .action(async (file: string, options: TemporalOptions & { readonly watch?: true }) => {
      const installation = await loadFile(file, options, context);
      if (installation === null) return;
      await withTemporal(whereOf(options), (temporal) => start(temporal, installation, { options, context }));
    });
}

interface How { readonly options: TemporalOptions & { readonly watch?: true }; readonly context: Context }

async function start(temporal: Connected, installation: Installation, { options, context }: How): Promise<void> {
  const { terminal } = context;
  const name = installation.installation;
  const handle = await begin(temporal, installation, context);
  const taken = await isTakenUp(handle);
  const says = taken
    ? `The upgrade of ${name} to ${installation.target.version} has begun. Watch it: lockkeeper watch ${name}`
    : `The upgrade of ${name} is recorded; no worker is running to act on it. Start one: lockkeeper worker`;
  printAs(options, terminal, { json: () => ({ installation: name, workflowId: handle.workflowId, runId: handle.firstExecutionRunId, worker: taken, says }), text: () => says });
  context.exit(taken ? EXIT.done : EXIT.noWorker);
  if (options.watch) context.exit(await watch(temporal, name, { terminal, json: options.output === 'json' }));
}

type Started = WorkflowHandle & { readonly firstExecutionRunId: string };

async function begin(temporal: Connected, installation: Installation, { terminal }: Context): Promise<Started> {
  const name = installation.installation;
  const searchable = await areRegistered(temporal);
  if (!searchable) terminal.complain('Lockkeeper\'s search attributes are not registered in this namespace: `list` and the Temporal UI cannot say what waits. `lockkeeper doctor` says how to register them.');
  const options: WorkflowStartOptions = {
    workflowId: workflowIdOf(name), taskQueue: taskQueue(terminal.environment), args: [installation],
    workflowIdConflictPolicy: 'FAIL', workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `Upgrade ${name} to ${productName(installation.product)} ${installation.target.version}`,
    staticDetails: `Hosts, in order: ${installation.hosts.map((host) => host.name).join(', ')}. Where it stands and what it waits for is in its current details.`,
    ...(searchable ? { typedSearchAttributes: [{ key: searchAttributeKeys.installation, value: name }, { key: searchAttributeKeys.product, value: installation.product }] } : {}),
  };
  try {
    return await temporal.client.workflow.start(runbookOf(installation), options);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new Stop(alreadyRuns(await lookAt(temporal.client, name)), EXIT.usage);
  }
}

function alreadyRuns(standing: Standing): string {
  const { installation, startedAt } = standing;
  return `Not started: an upgrade of ${installation} runs since ${moment(startedAt)}${waitsFor(standing)}. See it: lockkeeper status ${installation}`;
}

function waitsFor(standing: Standing): string {
  if (standing.kind === 'unanswered') return ` and no worker answers for it${standing.unanswered.waitingFor ? `; it waits for ${standing.unanswered.waitingFor}` : ''}`;
  if (standing.kind === 'closed') return ', and has ended just now';
  const { waitingFor, held, phase } = standing.view;
  const first = waitingFor[0];
  if (first !== undefined) return ` and waits for ${first.kind === 'gate' ? 'approval of gate' : 'an answer to'} ${first.id}`;
  return held === null ? ` and waits for nobody (${phase})` : `, and is on hold by ${held.by}`;
}

const TAKEN_UP_WITHIN = 5_000; // ms: an idle worker takes some 30

/** Whether a worker began with it: its history is more than "started" and "task scheduled". */
async function isTakenUp(handle: WorkflowHandle): Promise<boolean> {
  for (const deadline = Date.now() + TAKEN_UP_WITHIN; Date.now() < deadline; await pause(100)) {
    if ((await handle.describe()).historyLength > 2) return true;
  }
  return false;
}
