/**
 * Reads what the Application Database's server answered about itself: `hello` (or `isMaster`), `buildInfo`,
 * `replSetGetStatus`, `replSetGetConfig`, `getParameter`, each under its name. From the driver they come as values, from
 * a site's command as JSON, where dates and long numbers are written in MongoDB's extended JSON. Pure.
 */
import type { ConfigMember, StatusMember } from './replica-set.ts';
import { asArray, asRecord, asText, jsonIn } from '../../upgrade/shape.ts';

/** The answers; absent where the server does not know the command or the user may not run it. */
export interface DatabaseDocuments {
  readonly set: string | undefined;
  /** It is the primary, or names one. */
  readonly hasPrimary: boolean;
  readonly version: string;
  readonly status: readonly StatusMember[] | undefined;
  readonly config: readonly ConfigMember[] | undefined;
  readonly featureCompatibility: string | undefined;
}

/** Null when not even the server's greeting and version are there. */
export function readAnswers(answers: unknown): DatabaseDocuments | null {
  const { hello, isMaster, buildInfo, replSetGetStatus, replSetGetConfig, getParameter } = asRecord(answers);
  const greeting = [hello, isMaster].map(asRecord).find((answer) => numberOf(answer['ok']) === 1);
  const version = asText(asRecord(buildInfo)['version']);
  if (version === undefined || greeting === undefined) return null;
  return {
    set: asText(greeting['setName']),
    hasPrimary: greeting['isWritablePrimary'] === true || greeting['ismaster'] === true || asText(greeting['primary']) !== undefined,
    version,
    status: listOf(asRecord(replSetGetStatus)['members'], statusMember),
    config: listOf(asRecord(asRecord(replSetGetConfig)['config'])['members'], configMember),
    featureCompatibility: asText(asRecord(asRecord(getParameter)['featureCompatibilityVersion'])['version']),
  };
}

/** What a command printed: one JSON document, perhaps among other lines. Null when there is none that can be read. */
export function readPrinted(output: string): DatabaseDocuments | null {
  return readAnswers(jsonIn(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1)));
}

/** All or nothing: a member that cannot be read would be one less to count. */
function listOf<T>(value: unknown, read: (entry: Readonly<Record<string, unknown>>) => T | null): readonly T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries = asArray(value).map((entry) => read(asRecord(entry)));
  return entries.some((entry) => entry === null) ? undefined : entries as readonly T[];
}

function statusMember(member: Readonly<Record<string, unknown>>): StatusMember | null {
  const name = asText(member['name']), state = numberOf(member['state']);
  return name === undefined || state === undefined ? null : { name, state, health: numberOf(member['health']), optime: dateOf(member['optimeDate']) };
}

/** What is left out has the server's default. */
function configMember(member: Readonly<Record<string, unknown>>): ConfigMember | null {
  const host = asText(member['host']);
  return host === undefined ? null : {
    host,
    votes: numberOf(member['votes']) ?? 1,
    priority: numberOf(member['priority']) ?? 1,
    arbiter: member['arbiterOnly'] === true,
    // 5.0 renamed it.
    delaySeconds: numberOf(member['secondaryDelaySecs']) ?? numberOf(member['slaveDelay']) ?? 0,
  };
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const { $numberInt, $numberLong, $numberDouble } = asRecord(value);
  const text = asText($numberInt) ?? asText($numberLong) ?? asText($numberDouble);
  return text === undefined || !Number.isFinite(Number(text)) ? undefined : Number(text);
}

function dateOf(value: unknown): Date | undefined {
  if (value instanceof Date) return value;
  const written = typeof value === 'string' ? value : asRecord(value)['$date'];
  const date = new Date(typeof written === 'string' ? written : numberOf(written) ?? NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
