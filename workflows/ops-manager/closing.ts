/** What is seen and done at the end, and what is left behind after an abort. */
import type { StartSighting } from '../../activities/contract.ts';
import { applicationHosts } from '../../src/upgrade/installation.ts';
import { asRecord } from '../../src/upgrade/shape.ts';
import { act, look } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import type { Upgrade } from '../runbook/conduct.ts';
import { restartOldDaemons } from './backup-daemons.ts';

/** Short steps: this long means that something is wrong. */
const LIMIT = '10m';

/** Upgrade Mode, seen from outside: two versions served and reads answered, or one version everywhere. */
export async function upgradeModeSeen({ installation, steps }: Upgrade, expected: 'on' | 'off'): Promise<void> {
  const api = installation.policy.proveReadOnly ? installation.api : undefined;
  await steps.run({
    step: `upgrade-mode-${expected}`, interruptible: false, choices: ['retry', 'wait'],
    ways: [{
      limit: LIMIT,
      title: `see Upgrade Mode ${expected}`,
      act: async (attempt, title) => ({
        ...await look(title).seeUpgradeMode({ hosts: applicationHosts(installation), expected, ...(api ? { api } : {}) }), token: attempt.token,
      }),
    }],
  });
}

/** Gates may have waited for days: before the end begins, every application host is seen to serve the target now. */
export async function allHostsServeTarget({ installation, operator, record, steps }: Upgrade): Promise<void> {
  const { target: { version }, policy: { health } } = installation;
  for (const host of applicationHosts(installation)) {
    for (;;) {
      const sighting = await steps.look({
        step: 'serves-target', host: host.name, asks: `Whether ${host.name} serves ${version}`,
        look: () => look(`does ${host.name} serve ${version}?`).lookAtStart({ host, version, health, owner: steps.owner() }),
        isSeen: (value): value is StartSighting => typeof asRecord(value)['serving'] === 'string',
      });
      if (sighting.serving === 'yes') break;
      const { choice } = await operator.ask({
        id: steps.questionId(`serves-target:${host.name}`), choices: ['retry', 'abort'], evidence: sighting.evidence,
        asks: `${host.name} was upgraded but does not serve ${version} now. Look again once it does?`,
      });
      if (choice === 'abort') throw new AbortUpgrade(`aborted: ${host.name} does not serve ${version}`);
    }
    record.host(host.name, { state: 'upgraded', version });
  }
}

/** Job folders, staged packages, locks: gone. */
export async function cleanedUp({ installation, record, steps }: Upgrade): Promise<void> {
  await steps.all(installation.hosts.map((host) => ({
    step: 'clean-up', host: host.name, interruptible: false, choices: ['retry'],
    ways: [{ limit: LIMIT, title: `clean up on ${host.name}`, act: (attempt, title) => act(title).cleanUp({ host, attempt }) }],
  })));
  await unlocked({ installation, record, steps });
}

async function unlocked({ installation, record, steps }: Pick<Upgrade, 'installation' | 'record' | 'steps'>): Promise<void> {
  if (!record.state.locked) return;
  await steps.run({
    step: 'unlock', interruptible: false, choices: ['retry'],
    ways: [{ limit: LIMIT, title: 'take the locks off', act: (attempt, title) => act(title).releaseLocks({ hosts: installation.hosts, attempt }) }],
  });
  record.state.locked = false;
}

/** After an abort: daemons that only we stopped run again if nothing was upgraded; the locks go; the headline says the rest. */
export async function afterAbort(upgrade: Upgrade): Promise<string> {
  const { installation, record } = upgrade;
  const begun = applicationHosts(installation).some((host) => record.state.journal[`install:${host.name}`])
    || record.state.facts.some((host) => host.finished);
  const why = record.state.aborting ? ` (by ${record.state.aborting.by}${record.state.aborting.reason ? `: ${record.state.aborting.reason}` : ''})` : '';
  const states = record.state.hosts.map((host) => `${host.name}: ${host.version ?? 'version not seen'}, ${host.state}`).join('; ');
  try {
    if (!begun) await restartOldDaemons(upgrade);
    await unlocked(upgrade);
  } catch (error) {
    if (!(error instanceof AbortUpgrade)) throw error;
    return `Aborted${why}, and the hosts could not be left in order: ${error.message} Locks may be left; \`lockkeeper doctor\` shows them. ${states}.`;
  }
  return begun
    ? `Aborted${why}. Ops Manager stays read-only (Upgrade Mode) and backups are not running until the upgrade is started again and finished. ${states}.`
    : `Aborted${why} before any host was upgraded; the old version runs. ${states}.`;
}

export function doneHeadline({ installation, record }: Upgrade): string {
  const { watch, from } = record.state;
  const seen = watch ? ` The service answered ${watch.answered} of ${watch.probes} probes; longest gap ${Math.round(watch.longestGapMs / 1000)} s.` : '';
  return `${installation.installation}: ${from ?? '?'} → ${installation.target.version} done on ${installation.hosts.length} hosts.${seen}`;
}
