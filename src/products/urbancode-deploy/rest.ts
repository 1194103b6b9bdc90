/**
 * What the server is asked and told over HTTP: whether it is alive, what runs, maintenance mode, its version. Paths and fields
 * as the vendor's REST reference has them; the fields that name who and when are read if they are there.
 */
import { TOLD, type Roll } from '../../upgrade/agents.ts';
import { asArray, asRecord, asText, jsonIn } from '../../upgrade/shape.ts';
import type { Work } from '../../upgrade/urbancode-work.ts';
import { releaseOf } from './versions.ts';

/** Answered with 200 by a server that is up, to anybody. */
export const ALIVE_PATH = '/connTest.txt';
export const VERSION_PATH = '/';
export const ACTIVITY_PATH = '/rest/workflow/currentActivity';
/** Lists; those that were deleted are left out. */
export const AGENTS_PATH = '/cli/agentCLI?active=true';
/** Not in every release of 6. */
export const RELAYS_PATH = '/cli/relay';
export const CONFIGURATION_PATH = '/cli/systemConfiguration';
const SET_CONFIGURATION_PATH = '/rest/system/configuration';

/** A token of the product's is sent as this user's password. */
export const TOKEN_USER = 'PasswordIsAuthToken';
export function passwordOf(token: string): string {
  return JSON.stringify({ token });
}

/** One request that changes something. */
export interface Request { readonly method: 'PUT'; readonly path: string; readonly body?: string | undefined }

/** What runs, by `GET ACTIVITY_PATH`; null when the answer cannot be read, and then nothing is proven. */
export function readActivity(body: string): readonly Work[] | null {
  const answer = jsonIn(body);
  if (!Array.isArray(answer)) return null;
  const work = asArray(answer).map(asRecord).map(workIn);
  return work.every((each) => each !== null) ? work : null;
}

function workIn(entry: Readonly<Record<string, unknown>>): Work | null {
  const type = asText(entry['processRequestType'])?.toLowerCase();
  const kind = type === 'application' || type === 'component' || type === 'generic' ? type : 'unknown';
  const id = asText(kind === 'generic' ? entry['workflowTraceId'] ?? entry['traceId'] : entry['traceId'] ?? entry['workflowTraceId']) ?? asText(entry['id']);
  if (id === undefined) return null;
  const named = (key: string): string | undefined => asText(asRecord(entry[key])['name']) ?? asText(entry[`${key}Name`]);
  const process = named('applicationProcess') ?? named('componentProcess') ?? named('process') ?? asText(entry['name']);
  const where = [named('application') ?? named('component') ?? named('resource'), named('environment')].filter((part) => part !== undefined).join(' in ');
  return { id, kind, name: [process ?? 'a process without a name', where].filter((part) => part !== '').join(' of '), since: timeIn(entry), by: asText(entry['userName']) ?? asText(entry['submittedBy']) ?? asText(entry['user']) };
}

function timeIn(entry: Readonly<Record<string, unknown>>): string | undefined {
  const at = entry['startTime'] ?? entry['startDate'] ?? entry['submittedTime'];
  const time = typeof at === 'number' || typeof at === 'string' ? new Date(at).getTime() : Number.NaN;
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

/** Cancels one; it ends some time later, and is gone only when the list says so. */
export function cancel({ id }: Pick<Work, 'id'>): Request {
  return { method: 'PUT', path: `/rest/workflow/${encodeURIComponent(id)}/cancel` };
}

/**
 * Agents by `GET AGENTS_PATH`, relays by `GET RELAYS_PATH`; null when the answer cannot be read. Online is who says so, and who
 * is online and shall be upgraded (`UPGRADE_RECOMMENDED`); any other word is shown as it is.
 */
export function readRoll(body: string): Roll | null {
  const answer = jsonIn(body);
  if (!Array.isArray(answer)) return null;
  const all = asArray(answer).map(asRecord).map((each) => ({ name: asText(each['name']), status: asText(each['status']) }));
  if (all.some(({ name, status }) => name === undefined || status === undefined)) return null;
  const away = all.filter(({ status }) => !/^(ONLINE$|UPGRADE_)/i.test(status ?? ''));
  return { total: all.length, online: all.length - away.length, away: away.slice(0, TOLD).map(({ name, status }) => `${name} (${status})`) };
}

/** The whole configuration, which is sent back as it was read; null when it cannot be read. */
export interface Configuration { readonly maintenance: boolean; readonly read: Readonly<Record<string, unknown>> }

/** By `GET CONFIGURATION_PATH`. `no-such-mode` for a release without maintenance mode. */
export function readConfiguration(body: string): Configuration | 'no-such-mode' | null {
  const read = asRecord(jsonIn(body)), mode = read['maintenanceModeEnabled'];
  if (Object.keys(read).length === 0) return null;
  if (mode === undefined) return 'no-such-mode';
  const maintenance = typeof mode === 'boolean' ? mode : mode === 'true' ? true : mode === 'false' ? false : null;
  return maintenance === null ? null : { maintenance, read };
}

/** Turns the mode on or off and changes nothing else: what was read goes back whole, without the password that is only shown masked. */
export function setMaintenance({ read }: Configuration, on: boolean): Request {
  const kept = Object.entries(read).filter(([field]) => field !== 'deployMailPassword');
  return { method: 'PUT', path: SET_CONFIGURATION_PATH, body: JSON.stringify({ ...Object.fromEntries(kept), maintenanceModeEnabled: on }) };
}

/** The release in the page at `/`: four numbers behind a word that says so, or before a build number; else null. An address has four numbers, too. */
export function servedVersion(body: string): string | null {
  const found = /(?:version|productVersion|buildNumber|v)["'\s:=.>/-]*(\d+\.\d+\.\d+\.\d+)/i.exec(body) ?? /(?<![\d.])(\d+\.\d+\.\d+\.\d+)\.\d+(?![\d.])/.exec(body);
  return found?.[1] === undefined ? null : releaseOf(found[1]);
}
