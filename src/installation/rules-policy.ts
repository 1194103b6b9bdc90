/** Rules about policy and backups: what they name must be there, and what they ask must be possible. */
import { entries, mapping } from './draft.ts';
import type { Draft } from './draft.ts';
import { milliseconds } from './duration-text.ts';
import type { Problem } from './problems.ts';

export function commandsNameHosts({ hosts, commandsOnHosts }: Draft): readonly Problem[] {
  const names = [...new Set(hosts.flatMap((host) => host.name ?? []))];
  return commandsOnHosts.flatMap(({ path, host }) => (host === undefined || names.includes(host) ? [] : [{
    path,
    says: `found "${host}", which is no host of this file; expected one of ${names.join(', ') || 'the names in hosts'}`,
  }]));
}

export function approvalsDiffer({ policy }: Draft): readonly Problem[] {
  const points = entries(policy['approve']).map(([, point]) => point);
  return points.flatMap((point, index) => (points.indexOf(point) === index ? [] : [{
    path: ['policy', 'approve', index],
    says: `${JSON.stringify(point)} is listed twice; list each approval once`,
  }]));
}

/** As many looks as are asked for must fit into the time that is given for them. */
export function healthFitsItsTime({ policy }: Draft): readonly Problem[] {
  const { consecutive, every, within } = mapping(policy['health']);
  const [pause, limit] = [milliseconds(every ?? '5s'), milliseconds(within ?? '15m')];
  const looks = consecutive ?? 3;
  if (pause === undefined || limit === undefined || typeof looks !== 'number' || pause * looks <= limit) return [];
  return [{
    path: ['policy', 'health'],
    says: `${looks} looks every ${String(every ?? '5s')} take longer than within allows (${String(within ?? '15m')}); look more often or allow more time`,
  }];
}

export function readOnlyProofHasApi({ product, policy, hasApi }: Draft): readonly Problem[] {
  if (product !== 'ops-manager' || policy['proveReadOnly'] !== true || hasApi) return [];
  return [{
    path: ['policy', 'proveReadOnly'],
    says: 'is true, but there is no api to try a write with; add api: { publicKey, privateKey }, both by reference, or leave proveReadOnly out',
  }];
}

export function quiesceHasApi({ product, policy, hasApi }: Draft): readonly Problem[] {
  const { quiesce } = mapping(policy['backupDaemons']);
  if (product !== 'ops-manager' || milliseconds(quiesce) === undefined || hasApi) return [];
  return [{
    path: ['policy', 'backupDaemons', 'quiesce'],
    says: 'is set, but there is no api to switch backup jobs off with; add api: { publicKey, privateKey }, both by reference, or leave quiesce out',
  }];
}
