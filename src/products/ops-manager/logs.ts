/** Reads what a start prints and what the logs hold. */

const STAGES = [
  'Starting pre-flight checks', 'Successfully finished pre-flight checks', 'Preflight check failed', 'Migrate Ops Manager data',
  'Running migrations', 'Starting Ops Manager server', 'Instance 0 starting', 'Start Backup Daemon',
] as const;
const KEY_LOST = 'Generating new Ops Manager private key';

/** The stages that the last start went through, in order, with what each printed. */
export function stages(text: string): readonly string[] {
  return thisStart(text).split('\n').map((line) => line.trim())
    .filter((line) => STAGES.some((stage) => line.includes(stage)));
}

/** A start that prints this line made a key of its own: the shared one was not there. */
export function keyLost(text: string): boolean {
  return thisStart(text).includes(KEY_LOST);
}

/** Logs are appended to. The last start begins at its first stage; a new key is announced right before it. */
function thisStart(text: string): string {
  const lines = text.split('\n');
  const from = lines.findLastIndex((line) => line.includes('Starting pre-flight checks'));
  return from < 0 ? text : lines.slice(Math.max(0, lines[from - 1]?.includes(KEY_LOST) ? from - 1 : from)).join('\n');
}

/** How long the job in a Backup Daemon's log seems to have run, in words; null when the log speaks of none. */
export function backupJob(log: string, now: Date): string | null {
  const jobs = log.split('\n').filter((line) => /backup job/i.test(line));
  const first = jobs[0], last = jobs[jobs.length - 1];
  if (first === undefined || last === undefined) return null;
  const began = Date.parse(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)/.exec(first)?.[0].replace(',', '.') ?? '');
  const says = last.replace(/^.*?\]\s*\w+\s+/, '').trim();
  if (Number.isNaN(began)) return says;
  return `${says} (in its log for at least ${Math.max(0, Math.round((now.getTime() - began) / 60_000))} minutes)`;
}

/** Whether the daemon's log names the release that it was started as. */
export function logNames(log: string, release: string): boolean {
  return log.split('\n').some((line) => /starting/i.test(line) && new RegExp(`(^|[^\\d.])${release.replaceAll('.', '\\.')}(?!\\d)`).test(line));
}

/** The release that a Backup Daemon said it was when it was last started, by its log; null when the log does not say. */
export function startedAs(log: string): string | null {
  return log.split('\n').filter((line) => /starting/i.test(line)).flatMap((line) => /(?:^|[^\d.])(\d+\.\d+\.\d+)(?!\d)/.exec(line)?.[1] ?? []).at(-1) ?? null;
}

/** The last lines of a text. */
export function tail(text: string, lines: number): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
