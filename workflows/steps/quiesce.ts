/**
 * The site's own commands around the work on a host: `before` from the first thing that stops on it, `after` when
 * everything on it runs again.
 *
 * `after` always follows: on an abort, after a `before` that failed, and in the next run if this one ended without it. It
 * is never a question, since the host is in order by then: what did not succeed is told, with the command.
 */
import type { Quiesced } from '../../activities/contract.ts';
import { act } from '../activities.ts';
import type { Upgrade } from '../runbook/conduct.ts';

/** Configuration management may end its run before it lets itself be stopped. */
const LIMIT = '30m';

/** A `before` that did not succeed is a question: nothing of the host is down yet. */
export async function quiesced({ record, steps }: Upgrade, host: Quiesced): Promise<void> {
  if (!host.quiesce) return;
  await steps.run({
    step: 'quiesce', host: host.name, interruptible: true, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{
      limit: LIMIT, title: `quiesce ${host.name}, by the site's command`,
      act: (attempt, title) => {
        record.state.hostsQuiesced = [...new Set([...record.state.hostsQuiesced, host.name])];
        return act(title).quiesceHost({ host, attempt });
      },
    }],
  });
}

/** What the headline must say: nobody else knows that alerts are silenced. */
export function leftQuiesced({ installation, record }: Upgrade): readonly string[] {
  const hosts: readonly Quiesced[] = installation.hosts;
  return hosts.filter(({ name }) => record.state.hostsQuiesced.includes(name)).map(({ name, quiesce }) => (quiesce?.after === undefined
    ? `${name} may still be quiesced, and the file has no command that ends it: end it there by hand.`
    : `${name} may still be quiesced: it was not seen that the command which ends it did. Run it there by hand: ${quiesce.after}`));
}

/** Once, and only with the lock: what was tried and did not succeed, or may have, is not repeated. */
export async function endQuiescence({ journal, record, steps }: Upgrade, host: Quiesced): Promise<void> {
  const tried = `unquiesce-tried:${host.name}`;
  if (!host.quiesce || !record.state.hostsQuiesced.includes(host.name) || journal.isDone(tried) || !journal.mayHaveHappened('lock')) return;
  const { outcome } = await steps.tried({
    step: 'unquiesce', host: host.name, interruptible: false, choices: [],
    ways: [{ limit: LIMIT, title: `end the quiescence of ${host.name}, by the site's command`, act: (attempt, title) => act(title).unquiesceHost({ host, attempt }) }],
  });
  journal.done(tried, outcome);
  if (outcome === 'done' || outcome === 'already') record.state.hostsQuiesced = record.state.hostsQuiesced.filter((name) => name !== host.name);
}
