/**
 * Secrets of an installation: resolved on the worker, remembered only to be blacked out of everything that is kept.
 *
 * The installation file holds references. `resolve` turns one into its value and registers it; from then on `redact`
 * replaces that value, wherever it turns up, before text becomes evidence, an error or a log line.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve as resolvePath } from 'node:path';
import { REFUSED } from '../upgrade/errors.ts';
import type { SecretReference } from '../upgrade/installation.ts';

/** A secret that cannot be had. Nothing was tried with it; the sentence says what to set where. */
export class UnresolvedSecret extends Error {
  override readonly name = REFUSED;
  readonly says: string;
  constructor(says: string) {
    super(says);
    this.says = says;
  }
}

export interface Secrets {
  /** The value, without the newline that editors leave at the end. Throws `UnresolvedSecret`. */
  resolve(reference: SecretReference): Promise<string>;
  /** The text without any secret resolved so far, and without passwords in connection strings. */
  redact(text: string): string;
}

export interface SecretPlaces {
  /** Folder that relative file references are resolved against. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Shorter values would black out half of every output, or leak; no real password is this short. */
const SHORTEST_SECRET = 4;
const BLACKED_OUT = '[redacted]';

export function createSecrets(places: SecretPlaces): Secrets {
  const known = new Set<string>();
  return {
    async resolve(reference) {
      const value = await resolveSecret(reference, places);
      for (const part of secretParts(value)) known.add(part);
      return value;
    },
    redact: (text) => redact(text, known),
  };
}

/**
 * What of a value must never be seen. Of a connection string these are the passwords: its hosts and its set name stand in
 * the host's own configuration too, and must stay readable there to be compared. Shorter ones are still blacked out
 * inside of connection strings.
 */
function secretParts(value: string): readonly string[] {
  const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^\s:@/]*(?::([^\s@/]*))?@)?[^\s@]+$/i.exec(value);
  if (!url) return [value];
  // tlsCertificateKeyFilePassword is an option behind the question mark.
  const passwords = [url[1] ?? '', ...[...value.matchAll(/[?&]\w*password=([^&]*)/gi)].map(([, option = '']) => option)];
  return passwords.filter((password) => password.length >= SHORTEST_SECRET).flatMap((password) => [password, safelyDecoded(password)]);
}

function safelyDecoded(text: string): string {
  return /^(?:[^%]|%[0-9a-f]{2})*$/i.test(text) ? decodeURIComponent(text) : text;
}

/** Reads one secret without remembering it. Throws `UnresolvedSecret` with a sentence that names the reference. */
export async function resolveSecret(reference: SecretReference, places: SecretPlaces): Promise<string> {
  const [where, raw] = 'env' in reference
    ? [`the worker's environment variable ${reference.env}`, fromEnvironment(reference.env, places)]
    : [`the worker's file ${reference.file}`, await fromFile(reference.file, places)];
  const value = raw.replace(/\r?\n$/, '');
  if (value.length < SHORTEST_SECRET) {
    throw new UnresolvedSecret(
      `The secret in ${where} has fewer than ${SHORTEST_SECRET} characters: too short to be kept out of what is recorded. Set a longer one.`,
    );
  }
  return value;
}

function fromEnvironment(name: string, { env }: SecretPlaces): string {
  const value = env[name];
  if (value === undefined) {
    throw new UnresolvedSecret(`The environment variable ${name} is not set on the worker: set it and start the worker again.`);
  }
  return value;
}

async function fromFile(file: string, places: SecretPlaces): Promise<string> {
  const path = workerPath(file, places);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UnresolvedSecret(`The secret's file ${path} cannot be read on the worker (${why}): create it, readable by the worker only.`);
  }
}

/** A path of the worker's: `~/` is its home, relative ones start at its configured folder. */
export function workerPath(path: string, { folder, env }: SecretPlaces): string {
  if (path === '~' || path.startsWith('~/')) return join(env['HOME'] ?? homedir(), path.slice(1));
  return isAbsolute(path) ? path : resolvePath(folder, path);
}

/** Blacks out every value, also as it looks in a URL, and the password part of any URL with a login. Longest values first, so that no rest remains. */
export function redact(text: string, values: Iterable<string>): string {
  const forms = [...values].flatMap((value) => [value, encodeURIComponent(value)]).filter((form) => form !== '');
  forms.sort((a, b) => b.length - a.length);
  const blacked = forms.reduce((rest, form) => rest.replaceAll(form, BLACKED_OUT), text);
  // No scheme is longer; without a limit, a line of 200,000 letters takes half a minute.
  return blacked.replace(/([a-z][a-z0-9+.-]{0,40}:\/\/[^\s:@/]*):[^\s@/]+@/gi, `$1:${BLACKED_OUT}@`);
}
