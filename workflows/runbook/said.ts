/**
 * Reads what people send. Anyone can send anything with `temporal`: a message is `unknown` until it was read here, and
 * what cannot be read becomes a sentence, never an exception (an exception in a handler stalls or fails an upgrade).
 */
import { asRecord, asText } from '../../src/upgrade/shape.ts';
import { CHOICES, type Abort, type Answer, type Approve, type Choice, type Hold, type Resume } from '../../src/upgrade/messages.ts';

export type Read<T> = { readonly ok: true; readonly message: T } | { readonly ok: false; readonly why: string };

/** Longest text kept from a message: it is shown, and carried in state. */
const LONGEST = 500;

type Fields = Readonly<Record<string, unknown>>;

export function readApprove(sent: unknown): Read<Approve> {
  return reading(sent, 'approve', '{"gate":"…","by":"…"}', (fields) => ({
    gate: text(fields, 'gate'), by: text(fields, 'by'), ...optional(fields, 'note'),
  }));
}

export function readAnswer(sent: unknown): Read<Answer> {
  return reading(sent, 'answer', '{"question":"…","choice":"…","by":"…"}', (fields) => ({
    question: text(fields, 'question'), choice: choice(fields), by: text(fields, 'by'),
    ...optional(fields, 'note'), ...duration(fields),
  }));
}

export function readHold(sent: unknown): Read<Hold> {
  return reading(sent, 'hold', '{"by":"…"}', (fields) => ({
    by: text(fields, 'by'), ...optional(fields, 'reason'), ...(fields['now'] === true ? { now: true } : {}),
  }));
}

export function readResume(sent: unknown): Read<Resume> {
  return reading(sent, 'resume', '{"by":"…"}', (fields) => ({ by: text(fields, 'by'), ...optional(fields, 'reason') }));
}

export function readAbort(sent: unknown): Read<Abort> {
  return reading(sent, 'abort', '{"by":"…"}', (fields) => ({ by: text(fields, 'by'), ...optional(fields, 'reason') }));
}

/** What tells a message from another that says the same; the same message, sent twice, has it twice. */
export function readId(sent: unknown): string | undefined {
  return asText(asRecord(sent)['id'])?.slice(0, LONGEST);
}

class Unreadable extends Error {}

function reading<T>(sent: unknown, name: string, form: string, read: (fields: Fields) => T): Read<T> {
  try {
    if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) throw new Unreadable('it is not a JSON object');
    return { ok: true, message: read(sent as Fields) };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { ok: false, why: `This ${name} was not understood: ${error.message}. Send ${form}.` };
  }
}

function text(fields: Fields, key: string): string {
  const value = fields[key];
  if (typeof value !== 'string' || value.trim() === '') throw new Unreadable(`"${key}" is missing`);
  return value.slice(0, LONGEST);
}

function optional<K extends string>(fields: Fields, key: K): { readonly [P in K]?: string } {
  const value = fields[key];
  return typeof value === 'string' && value !== '' ? ({ [key]: value.slice(0, LONGEST) } as { [P in K]?: string }) : {};
}

/** Kept simple on purpose: what it lets through is always a duration to Temporal's timers. */
function duration(fields: Fields): { readonly for?: string } {
  const value = fields['for'];
  if (value === undefined || value === null || value === '') return {};
  if (typeof value !== 'string' || !/^[1-9]\d{0,4}(s|m|h)$/.test(value)) {
    throw new Unreadable('"for" is no duration; write it like "90s", "30m" or "2h"');
  }
  return { for: value };
}

function choice(fields: Fields): Choice {
  const value = text(fields, 'choice');
  const found = CHOICES.find((known) => known === value);
  if (!found) throw new Unreadable(`"${value.slice(0, 40)}" is no choice; choices are ${CHOICES.join(', ')}`);
  return found;
}
