/** The report as Markdown: to be read on a terminal, kept with the change, or pasted into a ticket. */
import type { Approval, HoldTime, Report, ReportedStep, Saying } from '../../upgrade/report.ts';
import { clean, inWords, moment, oneLine } from './text.ts';
import { endInWords, productName, watchInWords } from './words.ts';

export function reportMarkdown(report: Report): string {
  return [
    ...head(report),
    ...section('Hosts', table(['host', 'roles', 'version', 'state'], report.hosts.map((host) => [host.name, host.roles.join(', '), host.version ?? '?', host.state]))),
    ...section('What users saw', report.watch === null ? [] : [watchInWords(report.watch)]),
    ...section('Gates', table(['gate', 'waited since', 'approved', 'by', 'passed', 'note'], report.approvals.map(approvalRow))),
    ...section('Holds', table(['from', 'until', 'by', 'why'], report.holds.map(holdRow))),
    ...section('What people said', table(['when', 'who', 'what', 'why'], report.people.map(sayingRow))),
    ...section('Steps', stepLines(report.steps)),
  ].join('\n');
}

function head(report: Report): readonly string[] {
  const { installation, product, from, to, end, startedAt, endedAt, complete } = report;
  return [
    oneLine(end === 'refused' ? `${installation}: ${endInWords(end)}. ${report.headline}` : report.headline),
    '',
    `# ${installation}: ${productName(product)} ${from ?? '?'} → ${to}`,
    '',
    `Begun ${exact(startedAt)}; ${endedAt === null ? 'not ended' : `ended ${exact(endedAt)}, after ${inWords(Date.parse(endedAt) - Date.parse(startedAt))}`}. All times are UTC.`,
    ...(complete ? [] : ['', 'Temporal no longer keeps the first part of this history: the report begins later than the upgrade did.']),
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `## ${title}`, '', ...lines];
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(header), `|${'---|'.repeat(header.length)}`, ...rows.map(line)];
}

/** Text from elsewhere in a table: no line breaks, no column marks. */
function cell(text: string): string {
  return oneLine(text).replaceAll('|', '\\|');
}

/** An early approval shows that nobody had to wait at its gate. */
function approvalRow({ gate, waitedSince, approvedAt, by, passedAt, note }: Approval): readonly string[] {
  return [gate, waitedSince === null ? '' : exact(waitedSince), exact(approvedAt), by, passedAt === null ? '' : exact(passedAt), note ?? ''];
}

function holdRow({ from, until, by, reason, resumedBy }: HoldTime): readonly string[] {
  return [exact(from), until === null ? 'not resumed' : `${exact(until)} by ${resumedBy ?? 'unknown'}`, by, reason ?? ''];
}

function sayingRow({ at, by, says, note, via }: Saying): readonly string[] {
  return [exact(at), by, via === 'temporal' ? `${says} (in Temporal)` : says, note ?? ''];
}

function stepLines(steps: readonly ReportedStep[]): readonly string[] {
  return steps.flatMap((step, index) => [
    `${index + 1}. **${step.host === undefined ? '' : `${oneLine(step.host)}: `}${oneLine(step.title)}**: ${oneLine(outcomeOf(step))}, ${times(step)}${tries(step)}`,
    ...evidenceLines(step.evidence),
  ]);
}

/** What is left to a person to type has not failed. */
function outcomeOf({ outcome, evidence }: ReportedStep): string {
  return outcome === 'failed' && /^Type there:$/m.test(evidence) ? 'not so yet' : outcome;
}

function times({ startedAt, endedAt }: ReportedStep): string {
  if (endedAt === null) return `since ${exact(startedAt)}`;
  return `${exact(startedAt)}, ${inWords(Date.parse(endedAt) - Date.parse(startedAt))}`;
}

function tries({ attempts, lastFailure, decidedTry }: ReportedStep): string {
  const decided = decidedTry !== undefined && decidedTry > 1 ? `, try ${decidedTry}` : '';
  return decided + (attempts > 1 ? `, ${attempts} attempts${lastFailure === undefined ? '' : ` (before the last: ${oneLine(lastFailure)})`}` : '');
}

function evidenceLines(evidence: string): readonly string[] {
  const lines = clean(evidence).split('\n').filter((line) => line.trim() !== '');
  return lines.length === 0 ? [] : ['', ...lines.map((line) => `       ${line}`), ''];
}

/** To the second: reports are compared with other systems' logs. */
function exact(at: string): string {
  return at === '' ? '?' : `${moment(at).slice(0, 10)} ${at.slice(11, 19)}`;
}
