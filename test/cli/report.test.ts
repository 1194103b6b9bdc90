/** The report as a fold over what Temporal recorded, and as the text that people keep. */
import { describe, expect, it } from 'vitest';
import { reportMarkdown } from '../../src/cli/render/report.ts';
import type { Recorded } from '../../src/upgrade/recorded.ts';
import { foldReport } from '../../src/upgrade/report.ts';

const at = (time: string): string => `2026-11-21T${time}.000Z`;
const host = (name: string, ...roles: string[]) => ({ name, roles });
const input = {
  installation: 'om-prod', product: 'ops-manager', target: { version: '4.4.18' },
  hosts: [host('om-1', 'application'), host('om-2', 'application'), host('bkp-1', 'backup-daemon')],
};
const started: Recorded = { what: 'started', at: at('21:52:04'), runId: 'run-1', workflowType: 'opsManagerUpgrade', input };

let serial = 0;
/** One step as Temporal records it: scheduled, begun, ended. */
function step(activity: string, times: readonly [string, string], more: { host?: string; answer?: unknown; failure?: string; attempt?: number; n?: number; input?: object; title?: string } = {}): readonly Recorded[] {
  serial += 1;
  const id = `run-1/${serial}`;
  const { host: on, attempt = 1, n = 1 } = more;
  return [
    {
      what: 'step-scheduled', at: at(times[0]), step: id, activity, title: more.title,
      input: more.input ?? { ...(on ? { host: { name: on } } : {}), attempt: { token: `run-1/${activity}:${on ?? ''}#${n}` } },
    },
    { what: 'step-begun', at: at(times[0]), step: id, attempt, lastFailure: attempt > 1 ? 'connection lost' : undefined },
    more.failure === undefined
      ? { what: 'step-ended', at: at(times[1]), step: id, how: 'answered', answer: more.answer ?? { outcome: 'done', evidence: `${activity} seen` } }
      : { what: 'step-ended', at: at(times[1]), step: id, how: 'timed-out', failure: more.failure },
  ];
}
function said(time: string, name: string, body: unknown): Recorded {
  return { what: 'said', at: at(time), name, via: 'update', body };
}

const FULL_STOP = { down: 'no', notDown: [{ host: 'ucd-2', is: 'alive', says: 'The server runs as process 7.' }], why: null, says: '2 hosts looked at within 0.1 s.' };

const story: readonly Recorded[] = [
  started,
  ...step('preflight', ['21:52:05', '21:52:40'], { answer: { findings: [{ verdict: 'ok' }, { verdict: 'ok' }, { verdict: 'warning' }], hosts: [{ name: 'om-1', finished: false }], plan: { from: '4.4.13' } }, title: 'preflight of every host' }),
  { what: 'waiting-for', at: at('21:52:41'), id: 'start' },
  said('21:55:00', 'approve', { gate: 'host:om-2', by: 'anna@ops1', note: 'change 4711' }),
  said('21:58:02', 'approve', { gate: 'start', by: 'bert@ops2' }),
  { what: 'waiting-for', at: at('21:58:02'), id: null },
  ...step('takeLocks', ['21:58:03', '21:58:04'], { input: { hosts: [], attempt: { token: 'run-1/lock#1' } } }),
  { what: 'step-scheduled', at: at('21:58:05'), step: 'watch', activity: 'watchService', input: { soFar: null } },
  ...step('installPackage', ['22:10:00', '22:12:30'], { host: 'om-1', attempt: 2, answer: { outcome: 'done', evidence: 'mongodb-mms 4.4.18 installed\npackage | proven' } }),
  ...step('startApplication', ['22:12:31', '22:14:00'], { host: 'om-1' }),
  said('22:15:00', 'hold', { by: 'anna@ops1', reason: 'storage team' }),
  said('22:45:00', 'resume', { by: 'bert@ops2' }),
  ...step('whyNotNow', ['22:45:01', '22:45:02'], { input: { host: 'om-2' }, answer: { why: 'om-1 is not healthy.' } }),
  said('22:46:00', 'answer', { question: 'why-not-now:om-2:1', choice: 'wait', for: '10m', by: 'anna@ops1' }),
  ...step('stopBackupDaemon', ['22:46:30', '22:46:40'], { host: 'bkp-1', answer: { outcome: 'failed', evidence: 'still there' } }),
  ...step('stopBackupDaemon', ['22:47:00', '22:49:00'], { host: 'bkp-1', n: 2, failure: 'activity Heartbeat timeout' }),
  ...step('drain', ['22:56:00', '22:56:10'], { host: 'om-2' }),
];
const summary = {
  installation: 'om-prod', from: '4.4.13', to: '4.4.18',
  hosts: [{ name: 'om-1', roles: ['application'], version: '4.4.18', state: 'upgraded', since: at('22:14:00') }, { name: 'om-2', roles: ['application'], version: '4.4.13', state: 'waiting', since: at('22:56:10') }],
  watch: { probes: 733, answered: 731, longestGapMs: 11_000 },
};
const aborted: Recorded = {
  what: 'closed', at: at('23:00:00'), how: 'failed',
  failure: { type: 'Aborted', message: 'm', details: [{ ...summary, phase: 'aborted', headline: 'Aborted (by anna@ops1: window closes). Ops Manager stays read-only (Upgrade Mode) and backups are not running until the upgrade is started again and finished.' }] },
};

describe('the report', () => {
  it('reads as a text to keep', async () => {
    await expect(`${reportMarkdown(foldReport([...story, said('22:59:00', 'abort', { by: 'anna@ops1', reason: 'window closes' }), aborted], true))}\n`)
      .toMatchFileSnapshot('screens/report.md');
  });

  it('has every step with host, times, outcome, evidence and attempts', () => {
    const { steps, from, end } = foldReport([...story, aborted], true);
    expect({ from, end }).toEqual({ from: '4.4.13', end: 'aborted' });
    expect(steps.map(({ activity, host: on, outcome, attempts, decidedTry }) => [activity, on, outcome, attempts, decidedTry])).toEqual([
      ['preflight', undefined, 'seen', 1, undefined], ['takeLocks', undefined, 'done', 1, 1], ['installPackage', 'om-1', 'done', 2, 1],
      ['startApplication', 'om-1', 'done', 1, 1], ['whyNotNow', 'om-2', 'not now', 1, undefined],
      ['stopBackupDaemon', 'bkp-1', 'failed', 1, 1], ['stopBackupDaemon', 'bkp-1', 'unknown', 1, 2], ['drain', 'om-2', 'done', 1, 1],
    ]);
    expect(steps[2]).toMatchObject({ startedAt: at('22:10:00'), endedAt: at('22:12:30'), lastFailure: 'connection lost', evidence: 'mongodb-mms 4.4.18 installed\npackage | proven' });
    expect(steps[0]?.evidence).toBe('2 ok, 1 warning');
  });

  it('has both times of an early approval: when it was given and when the host was begun', () => {
    expect(foldReport(story, true).approvals).toEqual([
      { gate: 'host:om-2', by: 'anna@ops1', note: 'change 4711', approvedAt: at('21:55:00'), waitedSince: null, passedAt: at('22:56:00') },
      { gate: 'start', by: 'bert@ops2', note: undefined, approvedAt: at('21:58:02'), waitedSince: at('21:52:41'), passedAt: at('21:58:03') },
    ]);
  });

  it('has the gates of a full stop: who approved the first installer, and when a host was begun that was approved before all were drained', () => {
    const servers = { ...input, product: 'urbancode-deploy', hosts: [host('ucd-1', 'server'), host('ucd-2', 'server')] };
    const { approvals, steps, from } = foldReport([
      { ...started, input: servers } as Recorded, ...step('preflightServers', ['21:52:05', '21:52:40'], { n: 2, answer: { findings: [], hosts: [], plan: { from: '7.0.5.2' } } }), said('22:00:00', 'approve', { gate: 'host:ucd-2', by: 'a' }), ...step('drain', ['22:01:00', '22:01:01'], { host: 'ucd-2' }),
      { what: 'waiting-for', at: at('22:02:00'), id: 'first-installer' }, said('22:03:00', 'approve', { gate: 'first-installer', by: 'b' }),
      ...step('lookAtFullStop', ['22:03:01', '22:03:02'], { answer: FULL_STOP }), ...step('installServer', ['22:03:03', '22:04:00'], { host: 'ucd-1' }), ...step('installServer', ['22:05:00', '22:06:00'], { host: 'ucd-2' }), ...step('watchForServers', ['22:05:00', '22:05:30'], { answer: FULL_STOP.notDown[0] }), ...step('removePidFile', ['22:07:00', '22:07:01'], { host: 'ucd-2', n: 2 }),
    ], true);
    expect(approvals.map(({ gate, by, waitedSince, passedAt }) => [gate, by, waitedSince, passedAt])).toEqual([
      ['host:ucd-2', 'a', null, at('22:05:00')], ['first-installer', 'b', at('22:02:00'), at('22:03:03')],
    ]);
    expect(from).toBe('7.0.5.2');
    expect(steps[0]?.decidedTry).toBeUndefined();
    expect(steps.find(({ activity }) => activity === 'watchForServers')?.evidence).toBe('ucd-2: The server runs as process 7.');
    expect(steps.at(-1)?.decidedTry).toBe(1); // nobody decided on it
    expect(steps.find(({ activity }) => activity === 'lookAtFullStop')).toMatchObject({ outcome: 'not seen', evidence: 'ucd-2: The server runs as process 7.\n2 hosts looked at within 0.1 s.' });
  });

  it('counts no approval of a gate that the installation does not have, and no second one', () => {
    const { approvals, people } = foldReport([started, said('22:00:00', 'approve', { gate: 'host:om-9', by: 'a' }), said('22:00:01', 'approve', { gate: 'start', by: 'a' }), said('22:00:02', 'approve', { gate: 'start', by: 'b' })], true);
    expect(approvals.map(({ gate, by }) => `${gate} ${by}`)).toEqual(['start a']);
    expect(people).toHaveLength(3);
  });

  it('has a message once that the command line sent as update and, since nobody answered, as signal', () => {
    const hold = { by: 'a', id: 'one' };
    const signal: Recorded = { ...said('22:00:00', 'hold', hold), via: 'signal' } as Recorded;
    const late = foldReport([started, signal, said('22:01:00', 'resume', { by: 'a' }), said('22:09:00', 'hold', hold)], true);
    expect(late.people.map((each) => each.at)).toEqual([at('22:00:00'), at('22:01:00')]);
    expect(late.holds).toMatchObject([{ from: at('22:00:00'), until: at('22:01:00') }]);
    const held = ['one', 'two'].map((id) => said('22:00:00', 'hold', { by: 'a', id }));
    expect(foldReport([started, ...held], true).people).toHaveLength(2);
  });

  it.each([[undefined], [null], [7], ['x'], [[]], [{}], [{ gate: 7 }], [{ gate: 'start' }]])('survives the message %j', (body) => {
    const messages = ['approve', 'answer', 'hold', 'resume', 'abort', 'unheard'].map((name) => said('22:00:00', name, body));
    expect(foldReport([started, ...messages], true).people).toHaveLength(5);
  });

  it('survives an input that is no installation', () => {
    for (const junk of [undefined, null, 7, [], { hosts: 7 }, { hosts: [null] }]) {
      expect(foldReport([{ ...started, input: junk }], true)).toMatchObject({ installation: 'unknown', end: 'running' });
    }
    expect(foldReport([], true)).toMatchObject({ end: 'running', steps: [] });
  });

  it('says of a terminated full stop what may still be switched off', () => {
    const terminated: Recorded = { what: 'closed', at: at('23:00:00'), how: 'terminated', by: 'anna', reason: undefined };
    const { headline } = foldReport([started, ...step('stopServer', ['22:56:00', '22:56:10'], { host: 'ucd-2' }), terminated], true);
    expect(headline).toContain('Servers may be down, out of the load balancer and with what starts them by itself switched off');
    expect(foldReport([started, terminated], true).headline).not.toContain('Servers may be down');
  });

  it('says first, also of a terminated upgrade, that Ops Manager stays read-only and backups are not running', () => {
    const terminated: Recorded = { what: 'closed', at: at('23:00:00'), how: 'terminated', by: 'anna', reason: 'by mistake' };
    expect(foldReport([...story, terminated], true).headline).toBe(
      'The upgrade of om-prod to 4.4.18 was terminated at 2026-11-21T23:00:00.000Z by anna ("by mistake"). Its locks may still be on the hosts, and a command may still run there. Ops Manager stays read-only and backups are not running until the upgrade is finished.',
    );
    expect(foldReport([started, terminated], true).headline).not.toMatch(/read-only/);
  });

  it('counts hosts that an earlier upgrade finished as upgraded', () => {
    const finished = step('preflight', ['21:52:05', '21:52:40'], { answer: { findings: [], hosts: [{ name: 'om-1', finished: true }, { name: 'om-2', finished: false }], plan: {} } });
    const failed: Recorded = { what: 'closed', at: at('23:00:00'), how: 'failed', failure: { type: 'Failed', message: 'out of luck', details: [] } };
    expect(foldReport([started, ...finished, failed], true).headline).toMatch(/out of luck\. Ops Manager stays read-only/);
  });

  it('has the newest sums of the watch, also when the upgrade was cut off', () => {
    const handedOn: Recorded = { what: 'step-scheduled', at: at('22:50:00'), step: 'watch-2', activity: 'watchService', input: { soFar: { probes: 600, answered: 599, longestGapMs: 5_000 } } };
    expect(foldReport([...story, handedOn], true).watch).toEqual({ probes: 600, answered: 599, longestGapMs: 5_000 });
    expect(foldReport(story, true).watch).toBeNull();
  });

  it('goes on from run to run of one upgrade, and says when the first runs are gone', () => {
    const next: Recorded = { ...started, at: at('22:20:00'), runId: 'run-2' };
    expect(foldReport([...story, next, aborted], true)).toMatchObject({ startedAt: at('21:52:04'), endedAt: at('23:00:00') });
    expect(reportMarkdown(foldReport([next], false))).toMatch(/no longer keeps the first part/);
  });
});
