/** Rules about load balancers: they and the file must mean the same hosts. */
import { mapping } from './draft.ts';
import type { Draft, Mapping } from './draft.ts';
import type { Path, Problem } from './problems.ts';
import { serves } from './rules-hosts.ts';

/** A host that the load balancer serves from and the file forgets would be the one that is down next. */
export function loadBalancersKnowTheHosts({ product, hosts, loadBalancers }: Draft): readonly Problem[] {
  const namesOf = (...answers: readonly string[]) =>
    [...new Set(hosts.filter((host) => answers.includes(serves(host, product))).flatMap((host) => host.name ?? []))];
  return loadBalancers.filter(({ kind }) => kind === 'haproxy').flatMap(({ path, content }) => {
    const servers = mapping(content)['servers'];
    return typeof servers === 'object' && servers !== null ? compare(mapping(servers), { required: namesOf('yes'), allowed: namesOf('yes', 'perhaps') }, [...path, 'servers']) : [];
  });
}

interface Names { readonly required: readonly string[]; readonly allowed: readonly string[] }

function compare(servers: Mapping, { required, allowed }: Names, path: Path): readonly Problem[] {
  const missing = required.filter((name) => !Object.hasOwn(servers, name)).map((name) => ({
    path: [...path, name],
    says: `is missing: ${name} serves users; name its server in HAProxy here`,
  }));
  const strange = Object.keys(servers).filter((name) => !allowed.includes(name)).map((name) => ({
    path: [...path, name],
    aboutKey: true,
    says: `no host of this name serves users; expected ${allowed.join(', ') || 'the names of such hosts'}`,
  }));
  const twice = Object.entries(servers).filter(([name, server]) => Object.entries(servers).some(([other, its]) => its === server && other < name));
  return [...missing, ...strange, ...twice.map(([name, server]) => ({
    path: [...path, name],
    says: `found ${JSON.stringify(server)}, which is the server of another host too; every host has a server of its own`,
  }))];
}

export function noneStandsAlone({ loadBalancers }: Draft): readonly Problem[] {
  if (loadBalancers.length < 2) return [];
  return loadBalancers.filter(({ kind }) => kind === 'none').map(({ path }) => ({
    path,
    aboutKey: true,
    says: 'says that there is no load balancer, but others are listed; keep one or the other',
  }));
}
