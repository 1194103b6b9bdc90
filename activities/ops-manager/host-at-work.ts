/** One Ops Manager host in the hands of one activity: what is typed on it, and where its things are. */
import { commandsFor, type OpsManagerCommands } from '../../src/products/ops-manager/commands.ts';
import { layoutOf, type Layout } from '../../src/products/ops-manager/layout.ts';
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import { atWork as atHost, type HostAtWork as AtHost } from '../host-at-work.ts';
import type { OpsManagerPorts } from './ports.ts';

export * from '../host-at-work.ts';

export interface HostAtWork extends AtHost<OpsManagerHost, OpsManagerPorts> {
  readonly commands: OpsManagerCommands;
  readonly layout: Layout;
}

export function atWork(ports: OpsManagerPorts, host: OpsManagerHost): HostAtWork {
  return { ...atHost(ports, host), commands: commandsFor(host), layout: layoutOf(host) };
}
