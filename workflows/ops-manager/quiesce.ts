/**
 * When a host is quiesced: a Backup Daemon stops with the first host's upgrade and runs again at the end, so a host that has
 * one is quiesced for all that time, any other for its own turn.
 */
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import { endQuiescence, quiesced } from '../steps/quiesce.ts';
import type { Upgrade } from './upgrade.ts';

/** Hosts whose Backup Daemon is down from now on, or soon, until the end. */
export async function daemonHostsQuiesced(upgrade: Upgrade): Promise<void> {
  for (const host of upgrade.installation.hosts.filter((each) => waitsForItsDaemon(upgrade, each))) await quiesced(upgrade, host);
}

/** A host that is finished; where its Backup Daemon is still down, only at the end. */
export async function unquiesced(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  if (!waitsForItsDaemon(upgrade, host)) await endQuiescence(upgrade, host);
}

/** Whatever is still quiesced, each by itself. */
export async function allUnquiesced(upgrade: Upgrade): Promise<void> {
  for (const host of upgrade.installation.hosts) await endQuiescence(upgrade, host);
}

function waitsForItsDaemon({ record }: Upgrade, host: OpsManagerHost): boolean {
  return record.state.daemonsToStart.includes(host.name);
}
