/**
 * No application, component or generic process may run: an installer that changes the database would cancel them. With a
 * token Lockkeeper sees them and can cancel each; without one a person looks at the Dashboard.
 *
 * Where the version has maintenance mode nothing new begins; elsewhere schedules and REST clients go on, so it is seen
 * again right before the first stop.
 */
import type { WorkSighting } from '../../activities/urbancode-deploy/contract.ts';
import { asArray, asRecord, asText } from '../../src/upgrade/shape.ts';
import type { Work } from '../../src/upgrade/urbancode-work.ts';
import { act, look, wait } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import { now } from '../runbook/record.ts';
import { isBegun } from '../steps/may-begin.ts';
import { agentsSeen } from './agents.ts';
import { didServe, serves, type Upgrade } from './upgrade.ts';

/** From here on users are not served; what began it is journalled under this name. */
export const FULL_STOP = 'full-stop';

/** A person's word that the Dashboard is empty holds so long: about what it takes to close a load balancer by hand. */
const WORD_HOLDS = 10 * 60_000;

/** Cancelled work ends its steps on the agents first. */
const CANCEL_LIMIT = '30m';

export async function workEnded(upgrade: Upgrade): Promise<void> {
  const { installation, operator, record, steps } = upgrade;
  if (!didServe(upgrade) || isBegun(upgrade, FULL_STOP)) return; // who is stopped runs nothing, and cannot be asked
  await operator.mayGoOn('host'); // a hold shall not keep people from starting their work
  if (!installation.api) return dashboardSeen(upgrade);
  await agentsSeen(upgrade);
  await steps.run({
    step: 'maintenance-on', interruptible: true, choices: ['retry', 'done-by-hand'],
    ways: [{
      limit: '10m', title: 'switch maintenance mode on: what runs goes on, nothing new begins',
      act: (attempt, title) => {
        record.state.maintenanceOn = true;
        return act(title).switchMaintenanceOn({ installation, attempt });
      },
    }],
  });
  await idle(upgrade);
}

/** Asked for right before the first stop: what was seen empty before may run again. */
export async function stillNoWork(upgrade: Upgrade): Promise<void> {
  if (!didServe(upgrade)) return;
  if (!upgrade.installation.api) return dashboardSeen(upgrade);
  const seen = await workSighting(upgrade);
  if (seen.idle === 'yes') return;
  upgrade.record.note({ step: 'drain', outcome: seen.idle === 'no' ? `${seen.work.length} began meanwhile: waited for again` : 'cannot be seen right now' });
  await idle(upgrade);
}

async function idle(upgrade: Upgrade): Promise<void> {
  const { installation, journal, operator, record, steps } = upgrade;
  const { drain } = installation.policy;
  for (let limit = drain.for; ;) {
    const ended = await steps.within(limit, () => wait('wait until no process runs').awaitIdle({ installation }), { interruptible: true });
    const seen = isWorkSighting(ended) ? ended : await workSighting(upgrade);
    if (seen.idle === 'yes') {
      record.note({ step: 'drain', outcome: 'no process runs' });
      return;
    }
    const answer = await operator.ask({
      id: journal.questionId('drain'), evidence: seen.says,
      asks: seen.idle === 'no' ? `${seen.work.length} ${seen.work.length === 1 ? 'process still runs' : 'processes still run'} after ${limit}. Wait on, cancel each, or abort?` : 'Whether processes run cannot be seen. Wait on, or abort?',
      choices: seen.idle === 'no' ? ['wait', 'cancel', 'abort'] : ['wait', 'abort'],
    });
    if (answer.choice === 'abort') throw new AbortUpgrade('aborted while processes ran', 'before');
    if (answer.choice === 'cancel') await steps.asOne(() => cancelled(upgrade, seen.work));
    limit = answer.for ?? drain.for;
  }
}

/** Exactly what the person was shown; what began since is waited for like the rest. */
async function cancelled({ installation, journal, steps }: Upgrade, work: readonly Work[]): Promise<void> {
  journal.again('cancel-work');
  await steps.run({
    step: 'cancel-work', interruptible: false, choices: ['retry', 'wait'],
    ways: [{ limit: CANCEL_LIMIT, title: `cancel ${work.length} running ${work.length === 1 ? 'process' : 'processes'}`, act: (attempt, title) => act(title).cancelWork({ installation, attempt, work }) }],
  });
}

/** Nothing but a person's word, and it ages: once it is old it is asked for again. */
async function dashboardSeen({ installation, journal, operator, record }: Upgrade): Promise<void> {
  const { dashboardSeenAt } = record.state;
  if (dashboardSeenAt !== null && Date.parse(now()) - Date.parse(dashboardSeenAt) < WORD_HOLDS) return;
  const { choice } = await operator.ask({
    id: journal.questionId('drain'),
    evidence: `The file has no api, so Lockkeeper cannot see it. An installer would cancel what runs. The Dashboard of a server itself: ${installation.hosts.filter(serves).map(({ url }) => url).join(', ')}`,
    asks: 'Open the Dashboard: does no application, component or generic process run? Cancel or wait for what does; "done-by-hand" is your word that none does.',
    choices: ['done-by-hand', 'abort'], means: { 'done-by-hand': 'I looked, and nothing runs' },
  });
  if (choice === 'abort') throw new AbortUpgrade('aborted before the Dashboard was seen empty', 'before');
  record.state.dashboardSeenAt = now();
}

async function workSighting({ installation, steps }: Upgrade): Promise<WorkSighting> {
  return steps.look({
    step: 'work', asks: 'Which processes run',
    look: () => look('which processes run?').lookAtWork({ installation }),
    isSeen: isWorkSighting,
  });
}

function isWorkSighting(value: unknown): value is WorkSighting {
  const { idle: said, work, says } = asRecord(value);
  return asText(said) !== undefined && asText(says) !== undefined && Array.isArray(work) && asArray(work).every((each) => asText(asRecord(each)['id']) !== undefined);
}
