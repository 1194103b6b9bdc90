/** Rules about an UrbanCode Deploy installation: what its servers share, and what each has of its own. */
import { compareReleases, hasFrontEnds, releaseOf } from '../products/urbancode-deploy/versions.ts';
import { isFolderPath } from './rules-hosts.ts';
import type { Draft, DraftHost } from './draft.ts';
import type { Problem } from './problems.ts';

const isUrbancode = ({ product }: Draft): boolean => product === 'urbancode-deploy';
const nameOf = ({ name = 'this host' }: DraftHost): string => name;

/** A single server has no peers that could reach the database meanwhile: the vendor has another page for it. */
export function serversHavePeers(draft: Draft): readonly Problem[] {
  const { hosts } = draft;
  const nodes = hosts.filter(({ roles }) => roles.length === 0 || roles.some((role) => role !== 'front-end'));
  if (!isUrbancode(draft) || hosts.length === 0 || nodes.length > 1 || !nodes.some(({ roles }) => roles.includes('server'))) return [];
  return [{ path: ['hosts'], says: `only ${nodes.map(nameOf).join('')} has the role server, and nobody is standby; list every server that shares the database, running or not, or upgrade a single server by the vendor's guide` }];
}

/** Agents would all go to one server. */
export function agentcommUrisDiffer(draft: Draft): readonly Problem[] {
  if (!isUrbancode(draft)) return [];
  return draft.hosts.flatMap((host, index) => {
    const other = draft.hosts.slice(0, index).find(({ agentcommUri }) => agentcommUri !== undefined && agentcommUri === host.agentcommUri);
    return other === undefined ? [] : [{ path: [...host.path, 'agentcommUri'], says: `is that of ${nameOf(other)}, too; give every server the URI by which agents reach this server alone` }];
  });
}

export function frontEndsAreKnown(draft: Draft): readonly Problem[] {
  const target = releaseOf(draft.targetVersion ?? '');
  if (!isUrbancode(draft) || target === null || hasFrontEnds(target)) return [];
  return draft.hosts.filter(({ roles }) => roles.includes('front-end')).map(({ path }) => ({
    path: [...path, 'roles'], says: `found front-end, which the product has from 7.0.3 on, and the target is ${draft.targetVersion ?? target}; correct the role or the target`,
  }));
}

/** The paths of a platform, and the way in which its service is started. */
export function hostsFitTheirPlatform(draft: Draft): readonly Problem[] {
  if (!isUrbancode(draft)) return [];
  return draft.hosts.flatMap((host) => host.platform === 'windows' ? onWindows(host) : host.platform === 'linux' ? onLinux(host) : []);
}

function onWindows(host: DraftHost): readonly Problem[] {
  const { path, service, installDir, javaHome, hasQuiesce } = host;
  const isPath = (text: string): boolean => /^[A-Za-z]:\\[^"<>|?*]+$/.test(text);
  return [
    ...folders({ installDir, javaHome }, isPath).map((key) => ({ path: [...path, key], says: 'is no folder on windows; expected one like C:\\Program Files\\ibm-ucd\\server' })),
    ...(service['start'] === undefined && service['stop'] === undefined ? [] : [{ path: [...path, 'service'], says: 'found commands, but on windows a person starts and stops the server; give the name of its service instead: service: { name: ibm-ucd }' }]),
    ...(Object.keys(service).length === 0 ? [{ path: [...path, 'service'], says: `is missing; ${nameOf(host)} is windows, where a person stops and starts the server by its service: give the name that "sc query" shows, as in service: { name: ibm-ucd }` }] : []),
    ...(hasQuiesce ? [{ path: [...path, 'quiesce'], says: 'is for a shell, and on windows nothing is run by Lockkeeper; leave it out, and do it by hand' }] : []),
  ];
}

/** Its lock, its notes and the site's commands are kept and run on Linux hosts: a Windows host is only looked at. */
export function windowsIsOnlyLookedAt(draft: Draft): readonly Problem[] {
  const { hosts, commandsOnHosts } = draft;
  if (!isUrbancode(draft)) return [];
  const windows = hosts.filter(({ platform }) => platform === 'windows');
  return [
    ...(hosts.length > 0 && windows.length === hosts.length ? [{ path: ['hosts'], says: 'every host is windows, and Lockkeeper keeps its lock and its notes on Linux hosts; upgrade an installation without a Linux host by the vendor\'s guide' }] : []),
    ...commandsOnHosts.filter(({ host }) => windows.some(({ name }) => name !== undefined && name === host)).map(({ path, host }) => ({ path, says: `found ${String(host)}, which is windows, where nothing is run; name a linux host, or let a person confirm the backup` })),
  ];
}

function onLinux({ path, service, installDir, javaHome }: DraftHost): readonly Problem[] {
  // The process list separates words by blanks: a folder with one would not be found in it.
  const isPath = (text: string): boolean => text.startsWith('/') && isFolderPath(text) && !/\s/.test(text);
  return [
    ...folders({ installDir, javaHome }, isPath).map((key) => ({ path: [...path, key], says: 'is no folder that can be found in a process list; expected one like /opt/ucd/server: from the root, without blanks, "." or ".."' })),
    ...(service['name'] === undefined ? [] : [{ path: [...path, 'service'], says: `found a name, which is for windows; give the commands instead: service: { start: sudo systemctl start ${String(service['name'])}, stop: sudo systemctl stop ${String(service['name'])} }` }]),
  ];
}

function folders(given: Readonly<Record<'installDir' | 'javaHome', string | undefined>>, isPath: (text: string) => boolean): readonly string[] {
  // What is no absolute path at all, the schema tells.
  return Object.entries(given).flatMap(([key, text]) => text === undefined || !/^(\/|[A-Za-z]:\\)/.test(text) || isPath(text) ? [] : [key]);
}

const WRITTEN_BY_US = ['nonInteractive', 'install.server.dir', 'install.java.home', 'agentcomm.uri', 'server.appdata.dir'];

/** They stand in this file and in a file on every host: no place for a secret. What Lockkeeper itself answers must not be answered twice. */
export function installPropertiesAreOpen(draft: Draft): readonly Problem[] {
  return Object.keys(draft.installProperties).flatMap((key) => {
    const path = ['installProperties', key];
    if (/passw|passphrase|secret|token|credential/i.test(key)) return [{ path, aboutKey: true, says: 'looks like a secret, and this file is no place for one; leave it out: an upgrade keeps what the installed server has' }];
    return WRITTEN_BY_US.includes(key) ? [{ path, aboutKey: true, says: 'is written by Lockkeeper itself, from the hosts and what it sees on them; leave it out' }] : [];
  });
}

/** The vendor's pages on upgrades begin with 6.0. */
export function targetIsKnown(draft: Draft): readonly Problem[] {
  const target = releaseOf(draft.targetVersion ?? '');
  if (!isUrbancode(draft) || target === null || compareReleases(target, '6.0.0.0') >= 0) return [];
  return [{ path: ['target', 'version'], says: `found ${draft.targetVersion ?? target}; upgrades to releases before 6.0 have another procedure, which is the vendor's to tell` }];
}
