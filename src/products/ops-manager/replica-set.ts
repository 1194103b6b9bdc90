/**
 * Members of a replica set, as its status and its configuration show them together. Pure.
 *
 * Elections need a majority of votes; a write that waits for the majority needs members that hold data. An arbiter has a
 * vote and no data, so a set may keep its primary while such writes wait for ever.
 */
export interface StatusMember { readonly name: string; readonly state: number; readonly health?: number | undefined; readonly optime?: Date | undefined }
export interface ConfigMember { readonly host: string; readonly votes: number; readonly priority: number; readonly arbiter: boolean; readonly delaySeconds: number }

/** Up means that it may vote: primary, secondary, recovering, initial sync, arbiter, rollback. (MongoDB manual, Replica Set Member States) */
const MAY_VOTE: ReadonlySet<number> = new Set([1, 2, 3, 5, 7, 9]);
const PRIMARY = 1;
const SECONDARY = 2;

interface Member extends ConfigMember { readonly up: boolean; readonly state: number | undefined; readonly optime: Date | undefined }

export interface ReplicaSet {
  readonly hasMajority: boolean;
  /** How many vote, and who is down. */
  readonly votes: string;
  /** Greatest lag of a member that a failover or a majority write would wait for, in seconds; absent when it cannot be told. */
  readonly lagSeconds: number | undefined;
  /** What would go wrong with the next failure, one sentence each. */
  readonly concerns: readonly string[];
}

export function replicaSet(status: readonly StatusMember[], config: readonly ConfigMember[]): ReplicaSet {
  const members = config.map((each): Member => {
    const shown = status.find(({ name }) => name === each.host);
    return { ...each, state: shown?.state, optime: shown?.optime, up: shown !== undefined && shown.health !== 0 && MAY_VOTE.has(shown.state) };
  });
  const voting = members.filter(({ votes }) => votes > 0);
  const up = voting.filter((member) => member.up), down = voting.filter((member) => !member.up);
  const needed = majorityOf(voting);
  return {
    hasMajority: up.length >= needed,
    votes: `${up.length} of ${voting.length} voting members are up, ${needed} are needed${down.length > 0 ? `; down: ${down.map(({ host }) => host).join(', ')}` : ''}.`,
    lagSeconds: greatestLag(members),
    concerns: [...successor(members), ...majorityWrites(voting)],
  };
}

function majorityOf(voting: readonly Member[]): number {
  return Math.floor(voting.length / 2) + 1;
}

/**
 * A hidden member counts: with a vote it confirms majority writes. One that is delayed on purpose does not, nor one
 * without a vote, which confirms nothing and can never become primary; an arbiter holds no data.
 */
function greatestLag(members: readonly Member[]): number | undefined {
  const primary = members.find(({ state }) => state === PRIMARY)?.optime;
  if (!primary) return undefined;
  const lags = members.flatMap(({ state, optime, votes, delaySeconds }) => state === SECONDARY && optime && votes > 0 && delaySeconds === 0
    ? [(primary.getTime() - optime.getTime()) / 1_000] : []);
  return Math.max(0, ...lags);
}

function successor(members: readonly Member[]): readonly string[] {
  const able = members.filter(({ up, state, priority, arbiter }) => up && state === SECONDARY && priority > 0 && !arbiter);
  return able.length > 0 ? [] : ['No other member could become primary now: if the primary fails, every host stops. Members need to be up, with data and a priority above 0.'];
}

/** As many as the majority must confirm such a write, or all that hold data where arbiters leave fewer. (MongoDB manual, write concern "majority") */
function majorityWrites(voting: readonly Member[]): readonly string[] {
  const withData = voting.filter(({ arbiter }) => !arbiter);
  const needed = Math.min(majorityOf(voting), withData.length);
  const confirming = withData.filter(({ up, state, delaySeconds }) => up && delaySeconds === 0 && (state === PRIMARY || state === SECONDARY)).length;
  const must = `${needed} member${needed === 1 ? '' : 's'} with data must confirm them, ${confirming} can (arbiters and delayed members do not count)`;
  if (confirming < needed) return [`Writes that wait for a majority stall now: ${must}.`];
  return confirming === needed ? [`The loss of one more member stalls writes that wait for a majority: ${must}.`] : [];
}
