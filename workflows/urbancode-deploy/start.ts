/** Started by its service script, never otherwise; ready, answering and of the target; then back in the load balancer. */
import type { ServerSighting } from '../../activities/urbancode-deploy/contract.ts';
import type { UrbancodeDeployHost } from '../../src/upgrade/installation-urbancode.ts';
import type { Choice } from '../../src/upgrade/messages.ts';
import { asRecord, asText } from '../../src/upgrade/shape.ts';
import { act, look, wait } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import { succeeded, type Step } from '../runbook/step.ts';
import { backInService } from '../steps/load-balancer.ts';
import { isGuided, titleOn, typedByPerson } from './guided.ts';
import { LeaveStopped } from './leave-stopped.ts';
import { isOnTarget } from './order.ts';
import { pidFilesRemoved, stoppedAgain } from './stop.ts';
import type { Upgrade } from './upgrade.ts';

/** Only until a process is seen; all agents reconnect to the first server, so that serving takes longer. */
const START_LIMIT = '15m';

export async function started(upgrade: Upgrade, host: UrbancodeDeployHost, which: 'first' | 'other'): Promise<void> {
  const { installation: { target: { version } }, journal, record } = upgrade;
  if (journal.isDone(`served:${host.name}`)) return;
  if (isOnTarget(upgrade, host) && !journal.isDone(`start:${host.name}`)) await pidFilesRemoved(upgrade, [host]); // installed by an earlier run: no proof of a full stop came before
  await upgrade.steps.run(startStep(upgrade, host, { step: 'start', which }));
  await served(upgrade, host, { version, which });
  await backInService(upgrade, host);
  journal.done(`served:${host.name}`);
  record.host(host.name, { state: 'upgraded', version, step: undefined });
  record.note({ step: 'upgraded', host: host.name, outcome: version });
}

/** The old version again, after an abort that came before anything was changed. */
export async function startedOld(upgrade: Upgrade, host: UrbancodeDeployHost, version: string): Promise<void> {
  if (upgrade.journal.mayHaveHappened(`signal:${host.name}`)) await pidFilesRemoved(upgrade, [host]);
  await upgrade.steps.run(startStep(upgrade, host, { step: 'start-old', which: 'first' }));
  await served(upgrade, host, { version, which: 'first' });
}

interface Start { readonly step: 'start' | 'start-old' | 'restart'; readonly which: 'first' | 'other' }

function startStep(upgrade: Upgrade, host: UrbancodeDeployHost, { step, which }: Start): Step {
  const aside: readonly Choice[] = which === 'other' ? ['leave-stopped'] : [];
  return {
    step, host: host.name, state: 'starting', interruptible: false, ...typedByPerson(host, `Please start the server of ${host.name}`),
    choices: [...(isGuided(host) ? ['done-by-hand', 'wait'] as const : ['retry', 'wait', 'done-by-hand'] as const), ...aside],
    chosen: { 'leave-stopped': async () => { throw new LeaveStopped(host); } },
    beforeRetry: () => pidFilesRemoved(upgrade, [host]), // of a server that died at once
    ways: [{ limit: START_LIMIT, title: titleOn(host, step === 'start-old' ? `start the old version on ${host.name} again` : `start ${host.name} by its service${isGuided(host) ? '' : ' script'}`), act: (attempt, title) => act(title).startServer({ host, attempt }) }],
  };
}

interface Wanted { readonly version: string; readonly which: 'first' | 'other' }

async function served(upgrade: Upgrade, host: UrbancodeDeployHost, { version, which }: Wanted): Promise<void> {
  const { journal, operator, steps } = upgrade;
  while (!await servesInTime(upgrade, host, version)) {
    const seen = await serverSighting(upgrade, host, version);
    if (seen.serving === 'yes') return;
    const answer = await operator.ask({
      id: journal.questionId(`serving:${host.name}`), evidence: seen.evidence, asks: asks(host, version, seen),
      choices: ['wait', ...(seen.process === 'unknown' ? [] : ['retry' as const]), ...(which === 'other' ? ['leave-stopped' as const] : []), 'abort'],
      means: { retry: seen.process === 'no' ? 'Start it again' : 'Stop it and start it again' },
    });
    if (answer.choice === 'abort') throw new AbortUpgrade(`aborted while ${host.name} does not serve ${version}`);
    if (answer.choice === 'leave-stopped') throw new LeaveStopped(host);
    if (answer.choice === 'wait' && answer.for) await operator.pause(answer.for);
    if (answer.choice === 'retry' && (await serverSighting(upgrade, host, version)).serving !== 'yes') await steps.asOne(() => restarted(upgrade, host, which));
  }
}

async function restarted(upgrade: Upgrade, host: UrbancodeDeployHost, which: 'first' | 'other'): Promise<void> {
  await stoppedAgain(upgrade, host);
  await pidFilesRemoved(upgrade, [host]);
  upgrade.journal.again(`restart:${host.name}`);
  await upgrade.steps.run(startStep(upgrade, host, { step: 'restart', which }));
}

async function servesInTime({ installation, record, steps }: Upgrade, host: UrbancodeDeployHost, version: string): Promise<boolean> {
  const { health } = installation.policy;
  record.host(host.name, { state: 'starting', step: `wait until it serves ${version}` });
  const outcome = await steps.within(health.within, () => wait(`wait until ${host.name} serves ${version}`).awaitServer({ host, version, health }), { interruptible: false });
  // It may have been typed into the UI: only a sighting counts.
  const serves = succeeded(outcome) && asRecord(asRecord(outcome)['sighting'])['serving'] === 'yes';
  record.note({ step: 'serving', host: host.name, outcome: serves ? version : asText(asRecord(outcome)['outcome']) ?? `not within ${health.within}` });
  if (serves) record.host(host.name, { version });
  return serves;
}

export async function serverSighting({ installation, steps }: Upgrade, host: UrbancodeDeployHost, version: string): Promise<ServerSighting> {
  return steps.look({
    step: 'server-sighting', host: host.name, asks: `How the server on ${host.name} stands`,
    look: () => look(`how does the server on ${host.name} stand?`).lookAtServer({ host, version, health: installation.policy.health }),
    isSeen: (value): value is ServerSighting => ['process', 'serving', 'evidence'].every((key) => asText(asRecord(value)[key]) !== undefined),
  });
}

function asks({ name }: UrbancodeDeployHost, version: string, { process }: ServerSighting): string {
  return process === 'no' ? `${name} does not serve ${version}: its process is gone. Start it again?` : `${name} does not serve ${version} yet. Wait on, or stop it and start it again?`;
}
