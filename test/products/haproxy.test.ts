import { describe, expect, it } from 'vitest';
import { isHeld, parseStatistics, setState, socket, takesRequests, typedRequest } from '../../src/products/haproxy/runtime.ts';
import { typed } from '../../src/upgrade/command.ts';
import { recorded } from './recorded.ts';

describe('HAProxy', () => {
  it('is spoken to over its socket, with sudo where the file says so', () => {
    expect(typed(socket({ socket: '/run/haproxy/admin.sock', sudo: true }))).toBe('sudo socat -t 5 - UNIX-CONNECT:/run/haproxy/admin.sock');
    expect(typedRequest({ socket: '/run/h.sock', sudo: false }, setState('om', 's1', 'drain'))).toBe("echo 'set server om/s1 state drain' | socat -t 5 - UNIX-CONNECT:/run/h.sock");
  });

  it('tells every server of one backend and nothing else', () => {
    expect(parseStatistics(recorded('haproxy-show-stat.txt'), 'om')).toEqual(['s1', 's2', 's3'].map((server) => ({ server, status: 'UP', sessions: 0 })));
    expect(parseStatistics(recorded('haproxy-show-stat.txt'), 'other')).toEqual([]);
    expect(parseStatistics('Permission denied', 'om')).toBeNull();
    expect(parseStatistics('', 'om')).toBeNull();
  });

  it.each([['UP', 'yes'], ['UP 1/2', 'yes'], ['no check', 'yes'], ['DOWN', 'no'], ['DRAIN', 'no'], ['MAINT', 'no'], ['NOLB', 'no'], ['', 'unknown']] as const)('sends a server in state "%s" requests: %s', (status, takes) => {
    expect(takesRequests({ server: 's1', status, sessions: 0 })).toBe(takes);
  });

  it('holds a server out when it was drained, not when it is merely down', () => {
    expect(isHeld({ server: 's1', status: 'DRAIN', sessions: 0 })).toBe(true);
    expect(isHeld({ server: 's1', status: 'DOWN', sessions: 0 })).toBe(false);
  });
});
