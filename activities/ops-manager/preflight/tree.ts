/** Can a tarball's tree be put in the place of the one in use, and would the new one be without something? */
import { stagedPackage } from '../../../src/products/linux/keeping.ts';
import { readSighting, readTops, treeSteps, whatIsInTheWay } from '../../../src/products/ops-manager/tree-steps.ts';
import type { Package } from '../../../src/upgrade/installation.ts';
import type { Finding } from '../../../src/upgrade/plan.ts';
import type { HostAtWork } from '../host-at-work.ts';
import { about } from '../../preflight/finding.ts';

export async function checkTree(at: HostAtWork, target: Package | undefined, version: string): Promise<readonly Finding[]> {
  if (at.commands.package.kind !== 'tree' || target === undefined) return [];
  const tree = about('tree', at.host.name);
  const steps = treeSteps({ host: at.host, version, sha256: target.sha256, staged: stagedPackage(target.sha256) });
  const [looked, tops] = await Promise.all([at.look(steps.look), at.look(steps.tops.inUse)]);
  const { root } = steps.places;
  const seen = readSighting(steps, looked);
  if (seen === null || tops.code !== 0) return [tree.unknown(`What is in ${root} on ${at.host.name} and beside it could not be seen.`)];
  const inTheWay = whatIsInTheWay(steps, seen);
  const { mounts, links } = readTops(tops.stdout);
  return [
    ...(inTheWay === null ? [] : [tree.refused(`On ${at.host.name} ${inTheWay}`)]),
    ...mounts.map((name) => tree.refused(`On ${at.host.name} ${root}/${name} is a mount of its own: the new tree would be without it. Mount it outside of the tree, and make ${root}/${name} a symbolic link to that.`)),
    ...links.map((name) => tree.warning(`On ${at.host.name} ${root}/${name} is a symbolic link; the new tree has a folder of its own there${name === 'conf' ? ', with what the link leads to' : ''}: make it a link again after the upgrade, while nothing runs.`)),
    ...(inTheWay === null && mounts.length === 0 ? [tree.ok(`The new tree goes to ${seen.inUse === 'link' ? `${steps.places.fresh}, to which ${root} will lead` : root}; the old one is kept.`)] : []),
  ];
}
