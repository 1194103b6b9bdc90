import { describe, expect, it } from 'vitest';
import { matchServers, parseServers } from '../../src/products/haproxy/servers.ts';
import { socketsIn } from '../../src/cli/init/look-at-haproxy.ts';
import { recorded } from './recorded.ts';

const HOSTS = [{ name: 'om-1', addresses: ['10.77.0.11', 'fe80::1'] }, { name: 'om-2', addresses: ['10.77.0.12'] }];

describe('HAProxy\'s servers', () => {
  it('are read with backend and address, without frontends and sums', () => {
    expect(parseServers(recorded('haproxy-show-stat.txt'))).toEqual([1, 2, 3].map((n) => ({ backend: 'om', server: `s${n}`, address: `10.77.0.1${n}` })));
    expect(parseServers('Permission denied')).toBeNull();
    expect(parseServers('# pxname,svname,type,addr\nom,s1,2,[fe80::1]:8080\nstats,sock-1,3,unix:1\n')).toEqual([{ backend: 'om', server: 's1', address: 'fe80::1' }]);
  });

  it('are matched with hosts by their addresses; what is left over is named', () => {
    const matched = matchServers(parseServers(recorded('haproxy-show-stat.txt')) ?? [], HOSTS);
    expect(matched).toEqual({ backend: 'om', servers: { 'om-1': 's1', 'om-2': 's2' }, strangers: [{ backend: 'om', server: 's3', address: '10.77.0.13' }] });
  });

  it('are matched by name only where HAProxy tells no address', () => {
    const servers = (address: string | null) => ['om-1', 'om-2'].map((server) => ({ backend: 'b', server, address }));
    expect(matchServers(servers(null), HOSTS)?.servers).toEqual({ 'om-1': 'om-1', 'om-2': 'om-2' });
    expect(matchServers(servers('10.0.0.9'), HOSTS)).toBeNull();
  });

  it('are looked for in the backend that holds most of the hosts', () => {
    const all = [{ backend: 'one', server: 'a', address: '10.77.0.11' }, ...HOSTS.map(({ addresses }, n) => ({ backend: 'both', server: `s${n}`, address: addresses[0] ?? null }))];
    expect(matchServers(all, HOSTS)?.backend).toBe('both');
  });

  it('are asked for on the sockets that take commands', () => {
    expect(socketsIn('global\n  stats socket /run/a.sock mode 660 level admin\n  stats socket /run/b.sock level user\n  # stats socket /run/c.sock level admin\n  stats socket ipv4@127.0.0.1:99 level admin\n')).toEqual(['/run/a.sock']);
  });
});
