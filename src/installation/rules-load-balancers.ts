/** Rules about load balancers: they and the file must mean the same hosts. */
import { mapping } from './draft.ts';
import type { Draft } from './draft.ts';
import type { Path, Problem } from './problems.ts';

/** A host that the load balancer serves from and the file forgets would be the one that is down next. */
export function loadBalancersKnowTheHosts({ product, hosts, loadBalancers }: Draft): readonly Problem[] {
  const serving = hosts.filter((host) => product === 'ops-manager' ? host.roles.includes('application') : !host.roles.includes('standby'));
  const expected = [...new Set(serving.flatMap((host) => host.name ?? []))];
  return loadBalancers.filter(({ kind }) => kind === 'haproxy').flatMap(({ path, content }) => {
    const servers = mapping(content)['servers'];
    return typeof servers === 'object' && servers !== null ? compare(mapping(servers), expected, [...path, 'servers']) : [];
  });
}

function compare(servers: Readonly<Record<string, unknown>>, expected: readonly string[], path: Path): readonly Problem[] {
  const missing = expected.filter((name) => !Object.hasOwn(servers, name)).map((name) => ({
    path: [...path, name],
    says: `is missing: ${name} serves the application; name its server in HAProxy here`,
  }));
  const strange = Object.keys(servers).filter((name) => !expected.includes(name)).map((name) => ({
    path: [...path, name],
    aboutKey: true,
    says: `no host of this name serves the application; expected ${expected.join(', ') || 'the names of such hosts'}`,
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
