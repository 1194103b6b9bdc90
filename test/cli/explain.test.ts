import { describe, expect, it } from 'vitest';
import { EXIT, Stop } from '../../src/cli/exit.ts';
import { explain } from '../../src/cli/explain.ts';
import { TemporalUnreachable } from '../../src/temporal/connect.ts';

/** As the gRPC client throws it, wrapped as Temporal's client wraps it. */
function grpc(code: number, details: string): Error {
  return new Error('Failed to describe workflow', { cause: Object.assign(new Error(`${code} X: ${details}`), { code, details, metadata: {} }) });
}

describe('an error', () => {
  it.each([
    [new Stop('There is no upgrade.', EXIT.usage), 2, /^There is no upgrade\.$/],
    [new TemporalUnreachable('Temporal does not answer at x:1'), 4, /^Temporal does not answer at x:1\.$/],
    [grpc(14, 'connection refused'), 4, /cannot be reached \(connection refused\).*lockkeeper dev/],
    [grpc(4, 'deadline exceeded'), 4, /cannot be reached/],
    [grpc(7, 'not yours'), 4, /refuses this login: not yours\..*TEMPORAL_API_KEY/],
    [grpc(3, 'bad query'), 1, /^Temporal answered: bad query\..*LOCKKEEPER_DEBUG=1/],
    [new TypeError('x is\n  undefined'), 1, /^x is undefined\. .*LOCKKEEPER_DEBUG=1/],
    ['thrown text', 1, /^thrown text\./],
  ])('%s is one sentence with a way out and its exit code', (error, code, sentence) => {
    const explained = explain(error);
    expect(explained.code).toBe(code);
    expect(explained.sentence).toMatch(sentence);
    expect(explained.sentence).not.toContain('\n');
  });
});
