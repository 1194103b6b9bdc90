/** Which versions are on the nodes, by each one's own mark, and may they become the target in one upgrade? */
import { compareReleases, hasFrontEnds, judgePath } from '../../../src/products/urbancode-deploy/versions.ts';
import type { UrbancodeDeployInstallation } from '../../../src/upgrade/installation-urbancode.ts';
import type { Finding } from '../../../src/upgrade/plan.ts';
import type { ServerFacts } from '../../../src/upgrade/urbancode-facts.ts';
import { about } from '../../preflight/finding.ts';

export interface VersionQuestion {
  readonly installation: UrbancodeDeployInstallation;
  readonly facts: readonly ServerFacts[];
  /** An earlier run of this upgrade left its lock: there is something to finish even where every host is on the target. */
  readonly begunBefore: boolean;
}

export function judgeVersions({ installation: { target }, facts, begunBefore }: VersionQuestion): readonly Finding[] {
  const version = about('versions');
  // Why a mark could not be read is said where it was looked for.
  if (facts.some(({ installed }) => installed === undefined)) return [];
  const found = [...new Set(facts.flatMap(({ installed }) => installed ?? []))].sort(compareReleases);
  const where = found.map((release) => `${release} on ${facts.filter(({ installed }) => installed === release).map(({ name }) => name).join(', ')}`).join('; ');
  const others = found.filter((release) => compareReleases(release, target.version) !== 0);
  if (others.length > 1) return [version.refused(`The hosts are on ${found.length} versions (${where}), and all servers of one database must be on one: bring them to one version first, or finish the earlier upgrade.`)];
  const [from] = others;
  if (from === undefined) {
    return [begunBefore || facts.some(({ finished }) => !finished) ? version.ok(`Every host has ${target.version} already: what is left of an earlier run is finished.`) : version.refused(`Every host already runs ${target.version}: there is nothing to upgrade.`)];
  }
  const path = judgePath(from, target.version, target.newerThanKnown);
  if (!path.allowed) return [version.refused(path.why)];
  return [
    version.ok(found.length > 1 ? `An earlier upgrade to ${target.version} goes on (${where}): the database is taken to be new already.` : `${from} to ${target.version} is a supported path (${where}).`),
    ...path.notes.map((note) => version.warning(note)),
    ...facts.filter(({ roles, installed }) => roles.includes('front-end') && installed !== undefined && !hasFrontEnds(installed))
      .map(({ name, installed }) => about('versions', name).refused(`${name} is a front-end in the file, and has ${installed}, which knows none (7.0.3 and later): give it the role server.`)),
    ...facts.filter(({ serves, installed }) => serves !== undefined && serves !== installed)
      .map(({ name, serves, installed }) => about('versions', name).warning(`${name} serves ${serves}, and its own mark says ${installed}: it was not started again after an install, or url leads to another host.`)),
  ];
}
