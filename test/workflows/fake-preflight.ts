import type { ManagedDaemon } from '../../src/upgrade/backup-jobs.ts';
import type { OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import type { Finding, Preflight } from '../../src/upgrade/plan.ts';
import { serves, sightDaemon, type FakeHost } from './fake-host.ts';

/** What preflight sees on the fake hosts, and the plan that follows. */
export function preflightOf(installation: OpsManagerInstallation, hosts: ReadonlyMap<string, FakeHost>, { findings, noted }: { readonly findings: readonly Finding[]; readonly noted: readonly ManagedDaemon[] }): Preflight {
  const to = installation.target.version;
  const seen = installation.hosts.map(({ name, roles }) => {
    const host = hosts.get(name);
    if (!host) throw new Error(`no fake host ${name}`);
    return { host, roles, finished: host.installed === to && (!host.hasApplication || (serves(host) === to && host.inService)) };
  });
  const last = ({ host, finished }: (typeof seen)[number]) => (host.hasApplication ? 0 : 4) + (finished ? 2 : 0) + (host.running ? 1 : 0);
  return {
    findings,
    hosts: seen.map(({ host, roles, finished }) => ({
      name: host.name, roles, installed: host.installed, serves: serves(host) ?? undefined, finished, healthy: serves(host) !== null, daemon: sightDaemon(host),
      quiesced: host.quiesced, backupJobsOff: noted,
    })),
    plan: {
      from: seen.find(({ host }) => host.installed !== to)?.host.installed ?? to, to, expectedMinutes: 20,
      lastReversible: 'The last reversible moment is the first host\'s start.',
      hosts: [...seen].sort((a, b) => last(a) - last(b)).map(({ host, finished }) => ({
        name: host.name, kind: host.hasApplication ? 'application' as const : 'backup-daemon' as const, finished,
        commands: [{ step: 'install', typed: 'sudo dpkg -i mms.deb' }], expectedMinutes: 5,
      })),
    },
  };
}
