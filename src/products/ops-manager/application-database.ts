/**
 * Judges an Application Database by what its server says of itself: `hello`, `buildInfo`, `replSetGetStatus`,
 * `replSetGetConfig`. Pure. A server that does not know a command leaves that question unknown, which is shown to a
 * person and stops nothing. A primary that answers is itself proof of a majority: without one it steps down.
 */
import { applicationDatabaseFor, compareReleases, releaseOf } from './versions.ts';
import type { Seen } from '../../upgrade/outcome.ts';
import type { Finding, Verdict } from '../../upgrade/plan.ts';

interface StatusMember { readonly name: string; readonly state: number; readonly health?: number; readonly optimeDate?: Date }
interface ConfigMember { readonly host: string; readonly votes?: number; readonly secondaryDelaySecs?: number; readonly slaveDelay?: number }

/** The answers; absent where the server does not know the command or the user may not run it. */
export interface DatabaseDocuments {
  readonly hello: { readonly setName?: string; readonly primary?: string; readonly isWritablePrimary?: boolean };
  readonly version: string;
  readonly status?: { readonly members: readonly StatusMember[] } | undefined;
  readonly config?: { readonly members: readonly ConfigMember[] } | undefined;
  readonly featureCompatibility?: string | undefined;
}

export interface DatabaseSighting {
  /** An answer came. When not, `says` tells why and everything else is unknown. */
  readonly reached: boolean;
  readonly set?: string | undefined;
  readonly primary: Seen;
  readonly majority: Seen;
  readonly version?: string | undefined;
  readonly featureCompatibility?: string | undefined;
  /** Greatest lag of a member that is not delayed on purpose, in seconds; absent when it cannot be told. */
  readonly lagSeconds?: number | undefined;
  readonly says: string;
}

export function notReached(why: string): DatabaseSighting {
  return { reached: false, primary: 'unknown', majority: 'unknown', says: why };
}

export function sight(documents: DatabaseDocuments): DatabaseSighting {
  const { hello, version } = documents;
  const primary: Seen = hello.isWritablePrimary || hello.primary !== undefined ? 'yes' : hello.setName === undefined ? 'unknown' : 'no';
  const votes = countVotes(documents);
  const majority = votes ? (votes.up >= votes.needed ? 'yes' : 'no') : primary === 'yes' && hello.setName !== undefined ? 'yes' : 'unknown';
  const lagSeconds = greatestLag(documents);
  return {
    reached: true, set: hello.setName, primary, majority, version, featureCompatibility: documents.featureCompatibility, lagSeconds,
    says: votes ? `${votes.up} of ${votes.all} voting members are up, ${votes.needed} are needed.` : 'The members could not be counted.',
  };
}

// Member states that may vote: primary, secondary, recovering, arbiter.
const VOTES_IN_STATE = new Set([1, 2, 3, 7]);

function countVotes({ status, config }: DatabaseDocuments): { readonly up: number; readonly all: number; readonly needed: number } | null {
  if (!status || !config) return null;
  const voting = config.members.filter(({ votes }) => (votes ?? 1) > 0);
  const up = voting.filter(({ host }) => status.members.some((member) => member.name === host && member.health !== 0 && VOTES_IN_STATE.has(member.state)));
  return { up: up.length, all: voting.length, needed: Math.floor(voting.length / 2) + 1 };
}

function greatestLag({ status, config }: DatabaseDocuments): number | undefined {
  const primary = status?.members.find(({ state }) => state === 1)?.optimeDate;
  if (!status || !config || !primary) return undefined;
  const delayed = new Set(config.members.filter((member) => (member.secondaryDelaySecs ?? member.slaveDelay ?? 0) > 0).map(({ host }) => host));
  const lags = status.members.flatMap(({ name, state, optimeDate }) => state === 2 && optimeDate && !delayed.has(name) ? [(primary.getTime() - optimeDate.getTime()) / 1_000] : []);
  return Math.max(0, ...lags);
}

/** Why no host may go down now because of the Application Database, as a sentence; null when it may. */
export function whyDatabaseForbids(seen: DatabaseSighting): string | null {
  if (!seen.reached) return `The Application Database cannot be asked: ${seen.says}`;
  if (seen.primary === 'no') return 'The Application Database has no primary.';
  if (seen.majority === 'no') return `The Application Database has lost its majority: ${seen.says}`;
  return null;
}

// Behind by more than this, a failover during the upgrade would lose or hold back writes for long. A warning only.
const LAG_TO_WARN_OF = 60;

export function judgeDatabase(seen: DatabaseSighting, target: string): readonly Finding[] {
  const finding = (verdict: Verdict, says: string): Finding => ({ subject: 'Application Database', verdict, says });
  if (!seen.reached) return [finding('unknown', `The worker cannot ask the Application Database (${seen.says}): check primary, majority and version yourself before you approve.`)];
  return [
    judgeSet(seen, finding),
    judgeVersion(seen, target, finding),
    seen.featureCompatibility === undefined
      ? finding('unknown', 'The feature compatibility version cannot be read with this user or server: check it yourself.')
      : judgeCompatibility(seen.featureCompatibility, seen.version, finding),
    seen.lagSeconds === undefined
      ? finding('unknown', 'Replication lag cannot be read with this user or server: check it yourself.')
      : seen.lagSeconds > LAG_TO_WARN_OF
        ? finding('warning', `A member lags ${Math.round(seen.lagSeconds)} s behind the primary: let it catch up before you approve.`)
        : finding('ok', `No member that is not delayed on purpose lags more than ${Math.ceil(seen.lagSeconds)} s.`),
  ];
}

type MakeFinding = (verdict: Verdict, says: string) => Finding;

function judgeSet(seen: DatabaseSighting, finding: MakeFinding): Finding {
  const forbids = whyDatabaseForbids(seen);
  if (forbids) return finding('refused', `${forbids} Bring its members back first.`);
  if (seen.set === undefined) return finding('warning', 'It is not a replica set: a failure of its only server during the upgrade stops every host.');
  return seen.majority === 'yes' ? finding('ok', `Replica set ${seen.set} has a primary and its majority. ${seen.says}`) : finding('unknown', `Replica set ${seen.set}: whether a majority is up cannot be seen. Check it yourself.`);
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
