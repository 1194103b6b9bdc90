/**
 * Whether a server is reached where users come in. Closed is a door behind which nobody is (502, 503, a connection turned
 * away), or one that says the same to whatever it is asked: a server has a page of its own for "alive". All else may be a
 * server's answer, or that of somebody before it, and proves nothing.
 */
import { ALIVE_PATH } from '../../src/products/urbancode-deploy/rest.ts';
import type { UrbancodeDeployInstallation } from '../../src/upgrade/installation-urbancode.ts';
import type { Seen } from '../../src/upgrade/outcome.ts';
import { cancellation, isClosed, isUnreachable } from '../at-work.ts';
import { entrance } from '../entrance.ts';
import type { Ports } from '../ports.ts';
import { tlsOf } from '../tls.ts';

/** `says`: what was seen, as a sentence with the way out. */
export interface Door { readonly open: Seen; readonly says: string }

/** A balancer tries its servers for as long as its own time-outs say before it answers 503. */
const DOOR_WITHIN = 15_000;
const NOBODY_BEHIND = [502, 503];
/** No page of a server's. */
const ANY_PATH = '/lockkeeper-asks-for-any-page';

/** Null where the file names no url of a load balancer. */
export async function lookAtDoor(ports: Ports, { hosts, loadBalancers }: UrbancodeDeployInstallation): Promise<Door | null> {
  const through = hosts[0], door = through && entrance(loadBalancers, through);
  if (!door) return null;
  const ask = async (path: string) => ports.hosts.session(door.host).http({ url: new URL(path, door.url).href, tls: await tlsOf(ports, through), timeoutMs: DOOR_WITHIN, signal: cancellation() });
  const unseen = (says: string): Door => ({ open: 'unknown', says: `Whether nothing is reached through ${door.url} could not be seen: ${says}` });
  try {
    const { status, body } = await ask(ALIVE_PATH);
    if (NOBODY_BEHIND.includes(status)) return { open: 'no', says: `${door.url} answers ${status}.` };
    if (status !== 200 && status !== 404) return unseen(status === 504 ? 'it answers 504, so a server behind it was asked and did not answer in time.' : `${ALIVE_PATH} answers ${status}, which a server may do, or somebody before it. Give a url of the load balancer that answers 503 where no server is.`);
    const any = await ask(ANY_PATH);
    if (any.status === status && any.body === body) return { open: 'no', says: `${door.url} answers ${status} and the same page to whatever it is asked.` };
    if (status === 404) return unseen(`${ALIVE_PATH} answers 404, and other pages otherwise.`);
    return { open: 'yes', says: `${door.url} still answers: a server that the file does not name serves there. Stop it, and add it to the file. ${ALIVE_PATH} answers "${begin(body)}"; if that is the load balancer's own page, let it answer 503.` };
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    return isClosed(error) ? { open: 'no', says: error.message } : unseen(error.message);
  }
}

/** As much of a page as tells whose it is. */
function begin(body: string): string {
  return body.trim().replace(/\s+/g, ' ').slice(0, 120);
}
