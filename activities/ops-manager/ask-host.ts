/** HTTP to a host itself: at the file's `url` or where the host's own configuration says, with the CA and the certificate that the file names. */
import { ownPort } from '../../src/products/ops-manager/configuration.ts';
import { readFile as readOnHost } from '../../src/products/linux/keeping.ts';
import type { HttpAnswer, HttpQuestion } from '../../src/ssh/port.ts';
import { servedAt } from '../../src/upgrade/served-at.ts';
import { isUnreachable } from '../at-work.ts';
import { tlsOf } from '../tls.ts';
import type { HostAtWork } from './host-at-work.ts';
import type { OpsManagerPorts } from './ports.ts';

/** Asks for a path of the host. Throws `Unreachable` when nothing answers, `Refused` when the certificates do not fit. */
export async function askHost(at: HostAtWork, path: string, question: Omit<HttpQuestion, 'url' | 'tls' | 'signal'> = {}): Promise<HttpAnswer> {
  const url = await ownUrl(at);
  try {
    return await at.session.http({ ...question, url: new URL(path, url).href, tls: await tlsOf(at.ports, at.host), signal: at.signal });
  } catch (error) {
    if (isUnreachable(error)) found.get(at.ports)?.delete(keyOf(at)); // it may have been configured anew
    throw error;
  }
}

/** Where hosts were found to serve: their configuration is not read again for every question. */
const found = new WeakMap<OpsManagerPorts, Map<string, string>>();

/** Installations may call different hosts by one name, and a file may be corrected. */
function keyOf({ host: { name, address, ssh, installDir } }: HostAtWork): string {
  return JSON.stringify([name, address, ssh, installDir]);
}

/** Where the host serves: the file's word, else its own configuration's, else the vendor's port. */
export async function ownUrl(at: HostAtWork): Promise<string> {
  if (at.host.url !== undefined) return at.host.url;
  const known = found.get(at.ports) ?? new Map<string, string>();
  found.set(at.ports, known);
  const before = known.get(keyOf(at));
  if (before !== undefined) return before;
  const [properties, settings] = await Promise.all([at.look(readOnHost(at.layout.properties)), at.look(readOnHost(at.layout.settings))]);
  const { scheme, port } = ownPort(properties.stdout, settings.stdout);
  const url = servedAt(scheme, at.host.address, port);
  if (properties.code === 0 && settings.code === 0) known.set(keyOf(at), url);
  return url;
}
