/** Which versions are installed and served, and may they become the target in one upgrade? */
import type { Finding, HostFacts } from '../../../src/upgrade/plan.ts';
import { compareReleases, judgePath } from '../../../src/products/ops-manager/versions.ts';
import { about } from '../../preflight/finding.ts';

export interface VersionQuestion {
  readonly facts: readonly HostFacts[];
  readonly target: string;
  readonly newerThanKnown: boolean;
  /** An earlier run of this upgrade left its lock: there is something to finish even where every host is on the target. */
  readonly begunBefore: boolean;
}

export function judgeVersions({ facts, target, newerThanKnown, begunBefore }: VersionQuestion): readonly Finding[] {
  const version = about('versions');
  // Why a package could not be seen is said where it was looked for; its version would only be guessed at here.
  if (facts.some(({ installed }) => installed === undefined)) return [];
  const found = [...new Set(facts.flatMap(({ installed, serves }) => [installed, serves].filter((release) => release !== undefined)))].sort(compareReleases);
  const where = found.map((release) => `${release} on ${facts.filter(({ installed, serves }) => installed === release || serves === release).map(({ name }) => name).join(', ')}`).join('; ');
  if (found.length > 2) return [version.refused(`More than two versions are here (${where}): bring all hosts to one version first.`)];
  if (found.length === 2 && !found.includes(target)) return [version.refused(`Two versions are here (${where}), and neither is the target ${target}: finish the earlier upgrade first.`)];
  const from = found.find((release) => release !== target);
  const continued = found.includes(target) && (from !== undefined || begunBefore || facts.some(({ finished }) => !finished));
  if (from === undefined) return [continued ? version.ok(`Every package is ${target} already: what is left of an earlier run is finished.`) : about('versions').refused(`Every host already runs ${target}: there is nothing to upgrade.`)];
  const path = judgePath(from, target, newerThanKnown);
  if (!path.allowed) return [version.refused(path.why)];
  return [
    version.ok(continued ? `An earlier upgrade to ${target} goes on (${where}).` : `${from} to ${target} is a supported path (${where}).`),
    ...path.notes.map((note) => version.warning(note)),
  ];
}
