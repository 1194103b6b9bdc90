/** HTTP to a server itself, through its host's SSH connection; with the token where it is asked about work or told something. */
import { ALIVE_PATH, passwordOf, TOKEN_USER, type Request } from '../../src/products/urbancode-deploy/rest.ts';
import type { HttpAnswer, HttpQuestion } from '../../src/ssh/port.ts';
import type { UrbancodeDeployInstallation } from '../../src/upgrade/installation-urbancode.ts';
import { isUnreachable, notNow, refused } from '../at-work.ts';
import type { Ports } from '../ports.ts';
import { tlsOf } from '../tls.ts';
import { atWork, type HostAtWork } from './host-at-work.ts';

/** Throws `Unreachable` when nothing answers, `Refused` when the certificates do not fit. */
export async function askServer(at: HostAtWork, path: string, question: Omit<HttpQuestion, 'url' | 'tls' | 'signal'> = {}): Promise<HttpAnswer> {
  return at.session.http({ timeoutMs: 10_000, ...question, url: new URL(path, at.host.url).href, tls: await tlsOf(at.ports, at.host), signal: at.signal });
}

/** Whether it answers as alive, and what it answers, as a sentence. */
export async function isAlive(at: HostAtWork): Promise<{ readonly alive: boolean; readonly says: string }> {
  try {
    const { status } = await askServer(at, ALIVE_PATH, { timeoutMs: 5_000 });
    return { alive: status === 200, says: `${at.host.url}${ALIVE_PATH} answers ${status}.` };
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    return { alive: false, says: `${at.host.url} does not answer: ${error.message}` };
  }
}

/** A busy installation lists thousands of processes, with a kilobyte each. */
const LARGEST_LIST = 8 * 1024 * 1024;

interface AnyQuestion extends Pick<HttpQuestion, 'body' | 'unredacted'> { readonly path: string; readonly method?: 'GET' | Request['method'] }

/** Asks the first server that answers: all have one database. `NotNow` when none does; `Refused` when the token is not taken. */
export async function askAnyServer(ports: Ports, installation: UrbancodeDeployInstallation, { path, method = 'GET', body, unredacted }: AnyQuestion): Promise<HttpAnswer> {
  const { api, hosts } = installation;
  if (!api) throw refused('The file has no api: there is no token to ask a server with.');
  const token = await ports.secrets.resolve(api.token);
  const headers = { Authorization: `Basic ${Buffer.from(`${TOKEN_USER}:${passwordOf(token)}`).toString('base64')}`, Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) };
  const silent: string[] = [];
  for (const host of hosts.filter(({ roles }) => !roles.includes('standby'))) {
    try {
      const answer = await askServer(atWork(ports, host), path, { method, headers, body, unredacted, timeoutMs: 20_000, maxBody: LARGEST_LIST });
      if (answer.status === 401 || answer.status === 403) throw refused(`${host.name} does not take the token of api (HTTP ${answer.status}): give one whose user may see and cancel all processes and change system settings.`);
      return answer;
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      silent.push(`${host.name}: ${error.message}`);
    }
  }
  throw notNow(`No server answers: ${silent.join(' ')}`, '5s');
}
