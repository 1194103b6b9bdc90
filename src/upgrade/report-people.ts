/** What people said during an upgrade, and what it meant: approvals, answers, holds. Pure. */
import { MESSAGES } from './messages.ts';
import type { Recorded } from './recorded.ts';
import { asArray, asRecord, asText } from './shape.ts';

/** One thing a person said. */
export interface Saying {
  readonly at: string;
  readonly by: string;
  /** In words: "approved gate host:om-2", "answered stop to daemon:bkp-1:1". */
  readonly says: string;
  readonly note?: string | undefined;
  readonly via: 'signal' | 'update' | 'temporal';
}

/** An approval with both its times: when it was given and when the upgrade went through the gate. */
export interface Approval {
  readonly gate: string;
  readonly by: string;
  readonly note?: string | undefined;
  readonly approvedAt: string;
  /** When the upgrade began to wait at the gate; null when it never had to, or when that was not recorded. */
  readonly waitedSince: string | null;
  /** First step behind the gate; null when there was none yet. */
  readonly passedAt: string | null;
}

export interface HoldTime {
  readonly from: string;
  readonly by: string;
  readonly now: boolean;
  readonly reason?: string | undefined;
  readonly until: string | null;
  readonly resumedBy?: string | undefined;
}

type Said = Extract<Recorded, { what: 'said' }>;
type Shape = Readonly<Record<string, unknown>>;

export function foldPeople(recorded: readonly Recorded[], installation: Shape): { approvals: readonly Approval[]; holds: readonly HoldTime[]; people: readonly Saying[] } {
  const said = withoutEchoes(recorded.filter((entry) => entry.what === 'said'));
  const heard = new Set<Recorded>(said);
  return {
    approvals: approvals(recorded, said, installation),
    holds: holds(said),
    people: recorded.flatMap((entry) => (entry.what === 'said' && !heard.has(entry) ? [] : saying(entry))),
  };
}

/** The CLI sends what no worker answers a second time, as a signal. The update may come right before it or much later: both have one id. */
function withoutEchoes(said: readonly Said[]): readonly Said[] {
  const heard = new Set<string>();
  return said.filter(({ body }) => {
    const id = asText(asRecord(body)['id']);
    if (id === undefined) return true;
    const isEcho = heard.has(id);
    heard.add(id);
    return !isEcho;
  });
}

/** Gates that the installation implies; an approval of any other fits nothing. */
function gatesOf(installation: Shape): ReadonlySet<string> {
  const hosts = asArray(installation['hosts']).map((host) => `host:${asText(asRecord(host)['name']) ?? ''}`);
  return new Set(['start', 'first-host', 'storage', 'first-installer', ...hosts, 'finish']);
}

/** The first approval of a gate counts; later ones stay among what people said. */
function approvals(recorded: readonly Recorded[], said: readonly Said[], installation: Shape): readonly Approval[] {
  const gates = gatesOf(installation), begins = asText(installation['product']) === 'urbancode-deploy' ? ['installServer'] : ['drain', 'stopApplication', 'installPackage'];
  const found = new Map<string, Approval>();
  for (const entry of said) {
    const body = asRecord(entry.body);
    const gate = asText(body['gate']);
    if (entry.name !== 'approve' || gate === undefined || !gates.has(gate) || found.has(gate)) continue;
    const waitedSince = recorded.find((other) => other.what === 'waiting-for' && other.id === gate)?.at ?? null;
    found.set(gate, {
      gate, by: asText(body['by']) ?? 'unknown', note: asText(body['note']), approvedAt: entry.at, waitedSince,
      passedAt: passedAt(recorded, gate, { approvedAt: entry.at, waited: waitedSince !== null, begins }),
    });
  }
  return [...found.values()];
}

/** What the runbook does first behind a gate, and not before it was approved; null where that cannot be told. */
function passedAt(recorded: readonly Recorded[], gate: string, approval: { readonly approvedAt: string; readonly waited: boolean; /** What a host's turn begins with. */ readonly begins: readonly string[] }): string | null {
  const behind = (entry: Extract<Recorded, { what: 'step-scheduled' }>): boolean => {
    if (gate === 'start') return entry.activity === 'takeLocks';
    if (gate === 'first-installer') return entry.activity === 'installServer';
    if (!gate.startsWith('host:')) return approval.waited;
    const about = asText(asRecord(asRecord(entry.input)['host'])['name']);
    return `host:${about}` === gate && approval.begins.includes(entry.activity);
  };
  return recorded.find((entry) => entry.what === 'step-scheduled' && entry.at >= approval.approvedAt && behind(entry))?.at ?? null;
}

function holds(said: readonly Said[]): readonly HoldTime[] {
  const times: HoldTime[] = [];
  for (const entry of said) {
    const body = asRecord(entry.body);
    const by = asText(body['by']) ?? 'unknown';
    const open = times.at(-1)?.until === null ? times.at(-1) : undefined;
    if (entry.name === 'hold' && open === undefined) {
      times.push({ from: entry.at, by, now: body['now'] === true, reason: asText(body['reason']), until: null });
    }
    if (entry.name === 'resume' && open !== undefined) times.splice(-1, 1, { ...open, until: entry.at, resumedBy: by });
  }
  return times;
}

function saying(entry: Recorded): readonly Saying[] {
  if (entry.what === 'cancel-requested') {
    return [{ at: entry.at, by: entry.by || 'unknown', says: 'cancelled the workflow, which means abort', via: 'temporal' }];
  }
  if (entry.what !== 'said' || !(MESSAGES as readonly string[]).includes(entry.name)) return [];
  const body = asRecord(entry.body);
  return [{ at: entry.at, by: asText(body['by']) ?? 'unknown', says: inWords(entry.name, body), note: asText(body['note']) ?? asText(body['reason']), via: entry.via }];
}

function inWords(name: string, body: Shape): string {
  const about = (key: string): string => asText(body[key]) ?? '(not named)';
  switch (name) {
    case 'approve': return `approved gate ${about('gate')}`;
    case 'answer': return `answered ${about('choice')}${asText(body['for']) ? ` for ${about('for')}` : ''} to ${about('question')}`;
    case 'hold': return body['now'] === true ? 'held the upgrade after the step in hand' : 'held the upgrade after the host in hand';
    case 'resume': return 'resumed the upgrade';
    default: return 'asked to abort the upgrade';
  }
}
