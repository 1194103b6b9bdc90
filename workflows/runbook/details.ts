/** The view as Markdown, for the Temporal UI: what is waited for and how to answer it first, then the hosts, then the plan. */
import { typedAnswer } from '../../src/upgrade/answers.ts';
import type { Finding, Plan } from '../../src/upgrade/plan.ts';
import type { UpgradeView, Wait } from '../../src/upgrade/view.ts';

/** The UI keeps details small; a plan for many hosts is cut here and whole in `lockkeeper plan`. */
const LONGEST = 60_000;

export function detailsOf(view: UpgradeView): string {
  const text = [
    `# ${view.installation}: ${view.from ?? '?'} → ${view.to}, ${view.phase}`,
    ...(view.aborting ? [`**Aborting** since ${minute(view.aborting.since)} UTC, by ${plain(view.aborting.by)}.`] : []),
    ...(view.held ? [`**On hold** since ${minute(view.held.since)} UTC, by ${plain(view.held.by)}. \`lockkeeper resume ${view.installation}\``] : []),
    ...view.waitingFor.flatMap((wait) => waiting(view, wait)),
    ...hosts(view),
    ...findings(view.findings),
    ...(view.plan && view.phase !== 'done' ? plan(view.plan) : []),
  ].join('\n\n');
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}\n\n… cut; \`lockkeeper plan\` shows all of it.`;
}

function waiting(view: UpgradeView, wait: Wait): string[] {
  return [
    `## Waiting for a person since ${minute(wait.since)} UTC`,
    wait.asks,
    ...typedAnswer(view.installation, wait).map(({ means, lockkeeper, temporal }) => `${means}:\n\n\`\`\`\n${lockkeeper}\n${narrow(temporal)}\n\`\`\``),
    ...(wait.evidence ? [fenced(wait.evidence)] : []),
  ];
}

function hosts(view: UpgradeView): string[] {
  const rows = view.hosts.map((host) => `| ${host.name} | ${host.roles.join(', ')} | ${host.version ?? '?'} | ${host.state} | ${plain(host.step ?? '')} | ${minute(host.since)} |`);
  return [['| host | roles | version | state | step | since (UTC) |', '|---|---|---|---|---|---|', ...rows].join('\n')];
}

function findings(all: readonly Finding[]): string[] {
  const worthReading = all.filter((finding) => finding.verdict !== 'ok');
  if (worthReading.length === 0) return [];
  return ['## Preflight', worthReading.map((finding) => `- **${finding.verdict}** ${finding.host ? `${finding.host}, ` : ''}${finding.subject}: ${plain(finding.says)}`).join('\n')];
}

function plan(shown: Plan): string[] {
  return [
    '## Plan',
    shown.lastReversible,
    `About ${shown.expectedMinutes} minutes of machine time.`,
    ...shown.hosts.map((host) => host.finished
      ? `**${host.name}**: finished already`
      : `**${host.name}** (${host.kind}, about ${host.expectedMinutes} min)\n\n${fenced(host.commands.map((command) => `${command.step.padEnd(20)} ${command.typed}`).join('\n'))}`),
  ];
}

/** The UI's column is narrow: of an ISO moment only the day and the minute, `2026-11-21 14:05`. */
function minute(moment: string): string {
  return moment.slice(0, 16).replace('T', ' ');
}

/** The UI's column is narrow: a long command goes over several lines, as a shell takes it. */
function narrow(command: string): string {
  return command.replace(' -w ', ' \\\n  -w ').replace(' --input ', ' \\\n  --input ');
}

function fenced(text: string): string {
  return `\`\`\`\n${text.replaceAll('```', "'''")}\n\`\`\``;
}

/** Text from elsewhere in a table or a sentence: no line breaks, no column marks. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
}
