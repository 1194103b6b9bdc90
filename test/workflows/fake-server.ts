/** One fake host of an UrbanCode Deploy installation, and what preflight says of it. */
import type { UrbancodeDeployInstallation } from '../../src/upgrade/installation-urbancode.ts';
import type { ServerFacts } from '../../src/upgrade/urbancode-facts.ts';
import type { FakeMachine } from './fake-world.ts';

export interface FakeServer extends FakeMachine {
  readonly standby: boolean;
  readonly windows: boolean;
  /** Its own version mark. */
  installed: string;
  /** Version of the living server; null while it is down. */
  alive: string | null;
  /** It lives and does not answer. */
  hung: boolean;
  pidFile: boolean;
  /** What stops it. */
  obeys: 'script' | 'signal' | 'nothing';
  /** Whether something would start it by itself. */
  autostart: boolean;
  /** Noted on the host by Lockkeeper. */
  noted: { autostartOff: boolean; maintenanceOn: boolean; installing: boolean };
  /** An installer runs here right now. */
  installing: boolean;
}

export function serversOf(installation: UrbancodeDeployInstallation, from: string): ReadonlyMap<string, FakeServer> {
  return new Map(installation.hosts.map(({ name, roles, platform }) => {
    const standby = roles.includes('standby');
    return [name, {
      name, standby, windows: platform === 'windows', installed: from, alive: standby ? null : from, hung: false, pidFile: !standby, obeys: 'script', autostart: true,
      inService: !standby, noted: { autostartOff: false, maintenanceOn: false, installing: false }, installing: false, locked: null, quiesced: false, highestStep: 0,
    }];
  }));
}

export function serves({ alive, hung }: FakeServer): string | null {
  return hung ? null : alive;
}

export function factsOf(host: FakeServer, { installation, layout, unfinished }: { readonly installation: UrbancodeDeployInstallation; readonly layout: ServerFacts['layout']; /** Of the first installer, which is noted on every Linux host. */ readonly unfinished: boolean }): ServerFacts {
  const since = '2026-11-21T03:00:00.000Z';
  const onTarget = host.installed === installation.target.version;
  return {
    name: host.name, roles: installation.hosts.find(({ name }) => name === host.name)?.roles ?? [], installed: host.installed, serves: serves(host) ?? undefined,
    running: host.alive === null ? 'no' : 'yes', healthy: serves(host) !== null, finished: onTarget && (host.standby ? host.alive === null : serves(host) === host.installed),
    agentcomm: 'set', layout, autostart: [], fips: 'no', patches: [], customised: {},
    left: {
      ...(host.noted.autostartOff ? { autostartOff: { since, was: [] } } : {}), ...(host.noted.maintenanceOn ? { maintenanceOn: { since } } : {}), quiesced: host.quiesced,
      ...((host.noted.installing && !onTarget) || (unfinished && !host.windows) ? { installUnfinished: { since } } : {}),
    },
  };
}
