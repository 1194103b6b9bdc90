import { describe, expect, it } from 'vitest';
import { logLine } from '../../worker/runtime.ts';

const entry = { level: 'WARN' as const, timestampNanos: 1_795_000_000_000_000_000n, message: 'Activity failed' };

describe('a line of the log', () => {
  it('says when, how grave, what, why and of which upgrade, without a stack', () => {
    const meta = { error: new Error('om-1 does not answer'), workflowId: 'upgrade/om-prod', activityType: 'drain', attempt: 3, taskToken: 'abc', sdkComponent: 'worker' };
    expect(logLine({ ...entry, meta })).toBe('2026-11-18T11:06:40.000Z WARN Activity failed: om-1 does not answer workflowId=upgrade/om-prod activityType=drain attempt=3');
  });

  it('is one line whatever it holds', () => {
    expect(logLine({ ...entry, message: 'first\n  second', meta: { error: 'third\r\nfourth' } })).not.toMatch(/[\r\n]/);
  });
});
