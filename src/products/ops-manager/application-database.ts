/**
 * Judges an Application Database by what its server says of itself. Pure. A server that does not know a command leaves
 * that question unknown, which is shown to a person and stops nothing. A primary that answers is itself proof of a
 * majority: without one it steps down.
 */
import type { DatabaseDocuments } from './database-answers.ts';
import { replicaSet } from './replica-set.ts';
import { applicationDatabaseFor, compareReleases, releaseOf } from './versions.ts';
import type { Seen } from '../../upgrade/outcome.ts';
import type { Finding, Verdict } from '../../upgrade/plan.ts';

export interface DatabaseSighting {
  /** `no`: `says` tells why, and everything else is unknown. `never`: the installation file says that it is not to be asked. */
  readonly reached: 'yes' | 'no' | 'never';
  /** How it was asked, when not by a connection of the worker's own: "through om-1". */
  readonly how?: string | undefined;
  readonly set?: string | undefined;
  readonly primary: Seen;
  readonly majority: Seen;
  readonly version?: string | undefined;
  readonly featureCompatibility?: string | undefined;
  /** Greatest lag that a failover or a majority write would wait for, in seconds; absent when it cannot be told. */
  readonly lagSeconds?: number | undefined;
  /** What would go wrong with the next failure, one sentence each. */
  readonly concerns: readonly string[];
  readonly says: string;
}

export function notReached(why: string, how?: string): DatabaseSighting {
  return { reached: 'no', how, primary: 'unknown', majority: 'unknown', concerns: [], says: why.replace(/\.?\s*$/, '.') };
}

export function neverAsked(why: string): DatabaseSighting {
  return { ...notReached(why), reached: 'never', says: why };
}

export function sight(documents: DatabaseDocuments, how?: string): DatabaseSighting {
  const { set, hasPrimary, version, status, config, featureCompatibility } = documents;
  const members = status && config ? replicaSet(status, config) : undefined;
  return {
    reached: 'yes', how, set, version, featureCompatibility,
    primary: hasPrimary ? 'yes' : set === undefined ? 'unknown' : 'no',
    majority: members ? (members.hasMajority ? 'yes' : 'no') : hasPrimary && set !== undefined ? 'yes' : 'unknown',
    lagSeconds: members?.lagSeconds,
    concerns: members?.concerns ?? [],
    says: members?.votes ?? 'The members could not be counted.',
  };
}

/**
 * Why no host may go down now because of the Application Database, as a sentence; null when it may. One that is never
 * asked forbids nothing: that is the installation file's word, and people read it at every gate.
 */
export function whyDatabaseForbids(seen: DatabaseSighting): string | null {
  if (seen.reached === 'no') return `The Application Database cannot be asked${shownHow(seen)}: ${seen.says}`;
  if (seen.primary === 'no') return 'The Application Database has no primary.';
  if (seen.majority === 'no') return `The Application Database has lost its majority: ${seen.says}`;
  return null;
}

// Behind by more than this, a failover during the upgrade would lose or hold back writes for long. A warning only.
const LAG_TO_WARN_OF = 60;

export function judgeDatabase(seen: DatabaseSighting, target: string): readonly Finding[] {
  const finding = (verdict: Verdict, says: string): Finding => ({ subject: 'Application Database', verdict, says });
  if (seen.reached === 'never') return [finding('unknown', `It is not asked, as the installation file says (${seen.says}): see for yourself that it has primary, majority and the right version, before you approve this and every further gate.`)];
  if (seen.reached === 'no') return [finding('unknown', `It cannot be asked${shownHow(seen)}: ${seen.says} See for yourself that it has primary, majority and the right version before you approve. No host is taken down before it can be asked: put that right, or say by applicationDatabase.reach that it never can.`)];
  return [
    judgeSet(seen, finding),
    ...seen.concerns.map((concern) => finding('warning', concern)),
    judgeVersion(seen, target, finding),
    seen.featureCompatibility === undefined
      ? finding('unknown', 'The feature compatibility version cannot be read with this user or server: check it yourself.')
      : judgeCompatibility(seen.featureCompatibility, seen.version, finding),
    seen.lagSeconds === undefined
      ? finding('unknown', 'Replication lag cannot be read with this user or server: check it yourself.')
      : seen.lagSeconds > LAG_TO_WARN_OF
        ? finding('warning', `A member lags ${Math.round(seen.lagSeconds)} s behind the primary: let it catch up before you approve.`)
        : finding('ok', `No voting member that is not delayed on purpose lags more than ${Math.ceil(seen.lagSeconds)} s.`),
  ];
}

function shownHow({ how }: DatabaseSighting): string {
  return how === undefined ? '' : ` ${how}`;
}

type MakeFinding = (verdict: Verdict, says: string) => Finding;

function judgeSet(seen: DatabaseSighting, finding: MakeFinding): Finding {
  const forbids = whyDatabaseForbids(seen), how = seen.how === undefined ? '' : `, asked ${seen.how},`;
  if (forbids) return finding('refused', `${forbids} Bring its members back first.`);
  if (seen.set === undefined) return finding('warning', 'It is not a replica set: a failure of its only server during the upgrade stops every host.');
  return seen.majority === 'yes' ? finding('ok', `Replica set ${seen.set}${how} has a primary and its majority. ${seen.says}`) : finding('unknown', `Replica set ${seen.set}${how}: whether a majority is up cannot be seen. Check it yourself.`);
}

function judgeVersion({ version = '' }: DatabaseSighting, target: string, finding: MakeFinding): Finding {
  const release = releaseOf(version), needs = applicationDatabaseFor(target);
  if (release === null || needs === null) return finding('unknown', `Whether ${version || 'its version'} is enough for Ops Manager ${target} is not known: read the vendor's compatibility page.`);
  if (compareReleases(release, `${needs.atLeast}.0`) >= 0) return finding('ok', `It runs ${release}; Ops Manager ${target} needs ${needs.atLeast} or later.`);
  return needs.documented
    ? finding('refused', `It runs ${release}, and Ops Manager ${target} does not start on less than ${needs.atLeast}: upgrade the Application Database first.`)
    : finding('warning', `It runs ${release}, and Ops Manager ${target} probably needs ${needs.atLeast} or later: check the vendor's compatibility page before you approve.`);
}

function judgeCompatibility(feature: string, version: string | undefined, finding: MakeFinding): Finding {
  return version?.startsWith(`${feature}.`)
    ? finding('ok', `Its feature compatibility version is ${feature}.`)
    : finding('warning', `Its feature compatibility version is ${feature} while it runs ${version ?? 'an unknown version'}: an upgrade of it was not finished.`);
}
