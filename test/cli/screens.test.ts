/** Whole screens as text, at 80 columns: read them in `screens/`. */
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { listLines } from '../../src/cli/render/list.ts';
import { newLines } from '../../src/cli/render/lines.ts';
import { preflightLines } from '../../src/cli/render/plan.ts';
import { screen, type Page } from '../../src/cli/render/screen.ts';
import type { Standing } from '../../src/cli/standing.ts';
import type { TimelineEntry } from '../../src/upgrade/view.ts';
import { NOW, plan, standing, STANDINGS } from './views.ts';

const page: Page = { columns: 80, colours: picocolors.createColors(false), now: NOW };

/** Commands stay whole so that they can be copied; all else fits. */
function tooWide(text: string): readonly string[] {
  return text.split('\n').filter((line) => [...line].length > 80 && !/^ {2,}(lockkeeper|drain|stop|install|start) /.test(line));
}

describe('a screen of 80 columns', () => {
  it.each(Object.keys(STANDINGS))('%s reads as it should', async (name) => {
    const text = screen(standing(name), page);
    expect(tooWide(text)).toEqual([]);
    await expect(`${text}\n`).toMatchFileSnapshot(`screens/${name}.txt`);
  });

  it('shows the command for every choice of a question', () => {
    const text = screen(standing('question'), page);
    for (const choice of ['wait', 'stop', 'abort']) expect(text).toContain(`lockkeeper answer om-prod backup-daemons:1 ${choice}`);
  });

  it('leaves the lines that a person is to type whole, and breaks what is to be read, so that nothing of it is lost', () => {
    const at = standing('question'), line = `certutil -hashfile C:\\ucd\\lockkeeper-7.3.2.1\\ucd.zip SHA256 ${'x'.repeat(40)}`;
    const [wait] = at.kind === 'open' ? at.view.waitingFor : [];
    if (at.kind !== 'open' || !wait) throw new Error('it is asked');
    const shown = { ...at, view: { ...at.view, waitingFor: [{ ...wait, evidence: `${'to be known '.repeat(12)}END\nType there:\n  ${line}` }] } };
    const text = screen(shown, page);
    expect(text).toContain(`END\n  | Type there:\n    ${line}\n`);
    expect(tooWide(text)).toEqual([`    ${line}`]);
  });

  it.each(['gate-start', 'question', 'upgrading', 'held'])('%s fits 24 rows in the live view and keeps what must be answered', (name) => {
    const text = screen(standing(name), { ...page, rows: 23 });
    expect(text.split('\n').length).toBeLessThanOrEqual(23);
    expect(text).toBe(screen(standing(name), { ...page, rows: 23 }));
    if (name === 'gate-start') expect(text).toContain('lockkeeper approve om-prod start');
  });

  it('with fifty hosts shows those at work in the live view, and how many others there are', () => {
    const at = standing('question');
    if (at.kind !== 'open') throw new Error('it is open');
    const many = Array.from({ length: 50 }, (_, index) => ({ name: `om-${index}`, roles: ['application'], since: at.startedAt, state: index < 20 ? 'upgraded' as const : index === 30 ? 'installing' as const : 'waiting' as const }));
    const text = screen({ ...at, view: { ...at.view, hosts: many } }, { ...page, rows: 40 });
    expect(text).toMatch(/om-30 .*installing/);
    expect(text).toMatch(/and 31 more hosts, 2 of them upgraded/);
    expect(text.split('\n').length).toBeLessThanOrEqual(40);
  });

  it('never passes on what could steer the terminal', () => {
    expect(Object.values(STANDINGS).map((each) => screen(each, page)).join('')).not.toMatch(/\u001B/);
  });

  it('has colours only when asked for', () => {
    const coloured = screen(standing('question'), { ...page, colours: picocolors.createColors(true) });
    expect(coloured).toContain('\u001B[');
    expect(coloured.replaceAll(/\u001B\[\d+m/g, '')).toBe(screen(standing('question'), page));
  });
});

describe('plain lines', () => {
  it('say only what is new', () => {
    const before = standing('upgrading') as Extract<Standing, { kind: 'open' }>;
    expect(newLines(null, before).join('\n')).toMatch(/om-prod: upgrading\n21:52:40 {2}preflight before start {2}nothing refused/);
    expect(newLines(before, before)).toEqual([]);
    const later = { at: '2026-11-21T22:50:00.000Z', host: 'om-3', step: 'drain', outcome: 'done' };
    const after = (timeline: readonly TimelineEntry[]): Standing => ({ ...before, view: { ...before.view, timeline } });
    expect(newLines(before, after([...before.view.timeline.slice(-1), later]))).toEqual(['22:50:00  om-3  drain  done']);
    expect(newLines(before, after([later]))).toEqual(['Not all that was done meanwhile is shown here; the rest: lockkeeper report om-prod', '22:50:00  om-3  drain  done']);
    expect(newLines(before, standing('question'))).toEqual([
      'waiting for a person since 2026-11-21 22:38 UTC: question backup-daemons:1: The Backup Daemon on bkp-1 did not stop itself. Wait for its job, or stop it by hand?',
      '  lockkeeper answer om-prod backup-daemons:1 wait',
      '  lockkeeper answer om-prod backup-daemons:1 stop',
      '  lockkeeper answer om-prod backup-daemons:1 abort',
    ]);
    expect(newLines(before, standing('held'))).toEqual(['on hold since 2026-11-21 22:39 UTC, by anna@ops1: lockkeeper resume om-prod']);
    expect(newLines(before, standing('no-worker'))).toEqual(['om-prod: no worker is running; nothing moves until one does']);
    expect(newLines(before, standing('done'))).toEqual([`2026-11-21 22:41 UTC om-prod done: om-prod: 4.4.13 → 4.4.18 done on 4 hosts. The service answered 591 of 592 probes; longest gap 5 s.`]);
    expect(newLines(null, { ...standing('refused'), says: 'om-2: one reason.\nom-3: another one.' } as Standing)).toEqual(['2026-11-21 21:52 UTC om-prod refused, nothing was touched:', '  om-2: one reason.', '  om-3: another one.']);
  });
});

describe('the plan and the list', () => {
  it('the plan shows every command with its sudo in order, the last way back, and the findings, worst first', async () => {
    const findings = [
      { host: 'om-1', subject: 'disk', verdict: 'ok' as const, says: '41 GB are free.' },
      { host: 'om-2', subject: 'gen.key', verdict: 'refused' as const, says: 'It is not the one of om-1 and om-3. Copy /etc/mongodb-mms/gen.key from om-1, then plan again.' },
    ];
    const text = preflightLines({ plan, findings, hosts: [] }, page).join('\n');
    expect(tooWide(text)).toEqual([]);
    await expect(`${text}\n`).toMatchFileSnapshot('screens/plan.txt');
  });

  it('the list shows what each waits for', async () => {
    const listed = (installation: string, more: object) => ({
      installation, open: true, status: 'running', startedAt: '2026-11-21T21:52:04.000Z', closedAt: null, ...more,
    });
    const text = listLines([
      listed('om-prod', { phase: 'upgrading', waitingFor: 'host:om-2' }),
      listed('om-staging-with-a-rather-long-name', { phase: 'upgrading', waitingFor: 'stop-backup-daemon:bkp-with-a-long-name-1:2' }),
      listed('om-lab', { unanswered: 'stuck' }),
      listed('om-left', { unanswered: 'build-gone', phase: 'upgrading', waitingFor: 'host:om-2' }),
      listed('om-old', { open: false, status: 'failed', phase: 'refused', closedAt: '2026-11-20T20:00:00.000Z' }),
    ], page).join('\n');
    expect(tooWide(text)).toEqual([]);
    await expect(`${text}\n`).toMatchFileSnapshot('screens/list.txt');
  });
});
