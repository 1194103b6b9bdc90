/** Asks Ops Manager's API on one host, with the installation's key (HTTP Digest); the key's halves stay in this file. */
import { randomBytes } from 'node:crypto';
import type { HttpAnswer } from '../../src/ssh/port.ts';
import type { OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import { askHost } from './ask-host.ts';
import { answerChallenge } from './digest.ts';
import type { HostAtWork } from './host-at-work.ts';

export type ApiKey = NonNullable<OpsManagerInstallation['api']>;

export interface ApiQuestion {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly path: string;
  /** JSON. */
  readonly body?: string | undefined;
}

/** The answer, whatever its status. Throws `Unreachable` when none comes, `Refused` when a half of the key cannot be read. */
export async function askApi(at: HostAtWork, key: ApiKey, { method, path, body }: ApiQuestion): Promise<HttpAnswer> {
  const [user, password] = await Promise.all([at.ports.secrets.resolve(key.publicKey), at.ports.secrets.resolve(key.privateKey)]);
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const ask = (headers: Readonly<Record<string, string>>) => askHost(at, path, { method, headers: { ...type, ...headers }, body, timeoutMs: 10_000 });
  const first = await ask({});
  const challenge = Object.entries(first.headers).find(([name]) => name.toLowerCase() === 'www-authenticate')?.[1];
  if (first.status !== 401 || challenge === undefined) return first;
  const authorization = answerChallenge(challenge, { method, uri: path, user, password, cnonce: randomBytes(16).toString('hex') });
  return authorization === null ? first : ask({ Authorization: authorization });
}
