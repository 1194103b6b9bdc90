/** All rules: what is wrong although every single value is right. */
import type { Draft } from './draft.ts';
import type { Problem } from './problems.ts';
import { databaseCanBeAsked, tlsIsUsed } from './rules-database.ts';
import { enoughServingHosts, hostsDiffer, namesLeadSomewhere, platformsSupported, rolesFit, wholeServices, servicesDiffer, treesAreFolders } from './rules-hosts.ts';
import { loadBalancersKnowTheHosts, noneStandsAlone } from './rules-load-balancers.ts';
import { approvalsDiffer, commandsNameHosts, healthFitsItsTime, quiesceHasApi, readOnlyProofHasApi } from './rules-policy.ts';
import { everyHostIsTrusted, keysBelongToOneHost } from './rules-ssh.ts';
import { agentcommUrisDiffer, frontEndsAreKnown, hostsFitTheirPlatform, installPropertiesAreOpen, serversHavePeers, targetIsKnown, windowsIsOnlyLookedAt } from './rules-urbancode.ts';
import { onePlaceForPackages, packageForEveryPlatform } from './rules-target.ts';

export type Rule = (draft: Draft) => readonly Problem[];

const rules: readonly Rule[] = [
  hostsDiffer, namesLeadSomewhere, rolesFit, enoughServingHosts, platformsSupported, wholeServices, servicesDiffer, treesAreFolders,
  everyHostIsTrusted, keysBelongToOneHost,
  packageForEveryPlatform, onePlaceForPackages,
  commandsNameHosts, databaseCanBeAsked, tlsIsUsed, loadBalancersKnowTheHosts, noneStandsAlone,
  serversHavePeers, agentcommUrisDiffer, frontEndsAreKnown, hostsFitTheirPlatform, installPropertiesAreOpen, targetIsKnown, windowsIsOnlyLookedAt,
  approvalsDiffer, healthFitsItsTime, readOnlyProofHasApi, quiesceHasApi,
];

export function brokenRules(draft: Draft): readonly Problem[] {
  return rules.flatMap((rule) => rule(draft));
}
