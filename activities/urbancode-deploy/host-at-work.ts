/** One UrbanCode Deploy host in the hands of one activity. */
import { layoutOf, type Layout } from '../../src/products/urbancode-deploy/layout.ts';
import type { UrbancodeDeployHost } from '../../src/upgrade/installation-urbancode.ts';
import { atWork as atHost, type HostAtWork as AtHost } from '../host-at-work.ts';
import type { Ports } from '../ports.ts';

export * from '../host-at-work.ts';

export interface HostAtWork extends AtHost<UrbancodeDeployHost> {
  readonly layout: Layout;
}

export function atWork(ports: Ports, host: UrbancodeDeployHost): HostAtWork {
  return { ...atHost(ports, host), layout: layoutOf(host) };
}
