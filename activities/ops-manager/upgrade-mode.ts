/**
 * Sees Upgrade Mode begin and end: while hosts serve two versions, Ops Manager answers reads and refuses writes.
 *
 * The sure sign is two served versions. The write that proves it deletes what cannot exist, so that it changes nothing
 * in either state; it is tried only with the policy's word and a key.
 */
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import type { Seen, StepOutcome } from '../../src/upgrade/outcome.ts';
import { NO_SUCH_OBJECT_PATH, writesRefused } from '../../src/products/ops-manager/served-version.ts';
import { askApi, type ApiKey } from './api.ts';
import type { OpsManagerLooks } from './contract.ts';
import { isUnreachable } from '../at-work.ts';
import { atWork, outcome } from './host-at-work.ts';
import { askService } from './processes.ts';
import type { OpsManagerPorts } from './ports.ts';

export async function seeUpgradeMode(ports: OpsManagerPorts, { hosts, expected, api }: Parameters<OpsManagerLooks['seeUpgradeMode']>[0]): Promise<StepOutcome> {
  const served = await Promise.all(hosts.map(async (host) => ({ host, service: await askService(atWork(ports, host)) })));
  const says = served.map(({ host, service }) => `${host.name}: ${service.says}`);
  const versions = new Set(served.flatMap(({ service }) => service.version ?? []));
  const silent = served.filter(({ service }) => service.version === null).map(({ host }) => host.name);
  if (expected === 'off') {
    if (silent.length > 0) return outcome(ports, 'unknown', `Not every host tells its version: ${silent.join(', ')}.`, ...says);
    if (versions.size > 1) return outcome(ports, 'failed', 'Two versions are served: Upgrade Mode has not ended.', ...says);
  } else if (versions.size < 2) {
    return outcome(ports, silent.length > 0 ? 'unknown' : 'failed', 'Two versions were not seen, so Upgrade Mode was not either.', ...says);
  }
  const writes = api === undefined ? null : await tryWrite(ports, served.filter(({ service }) => service.healthy).map(({ host }) => host), api);
  const wanted: Seen = expected === 'on' ? 'yes' : 'no';
  if (writes && writes.refused !== wanted) return outcome(ports, writes.refused === 'unknown' ? 'unknown' : 'failed', writes.says, ...says);
  const mode = expected === 'on'
    ? 'Upgrade Mode: two versions are served, monitoring answers.'
    : `Upgrade Mode is over: every host serves ${[...versions].join()}.`;
  return outcome(ports, 'done', mode, writes?.says ?? 'The write that proves it was not tried (policy.proveReadOnly with an API key does).', ...says);
}

async function tryWrite(ports: OpsManagerPorts, hosts: readonly OpsManagerHost[], api: ApiKey): Promise<{ readonly refused: Seen; readonly says: string }> {
  const host = hosts[0];
  if (!host) return { refused: 'unknown', says: 'No host is there to try a write on.' };
  const shown = `DELETE ${NO_SUCH_OBJECT_PATH} on ${host.name}`;
  try {
    const { status, body } = await askApi(atWork(ports, host), api, { method: 'DELETE', path: NO_SUCH_OBJECT_PATH });
    const refused = writesRefused(status, body);
    return { refused, says: `${shown} was answered ${status}: ${refused === 'yes' ? 'writes are refused' : refused === 'no' ? 'writes are taken' : 'that says nothing about Upgrade Mode'}.` };
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    return { refused: 'unknown', says: `${shown} was not answered: ${error.message}` };
  }
}
