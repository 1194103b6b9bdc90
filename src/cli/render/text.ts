/** Text that fits a terminal: lines are cut, sentences wrapped, columns aligned; nothing from a host can steer the terminal. */
import prettyMs from 'pretty-ms';

/** Removes what could move a cursor or change colours: evidence comes from hosts' logs. */
export function clean(text: string): string {
  return text
    .replaceAll(/\u001B\[[0-9;?]*[ -/]*[@-~]/g, '')
    .replaceAll('\t', '  ')
    .replaceAll(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/g, '');
}

export function oneLine(text: string): string {
  return clean(text).replaceAll(/\s+/g, ' ').trim();
}

export function cutTo(line: string, width: number): string {
  const letters = [...line];
  return letters.length <= width ? line : `${letters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** Breaks at spaces; a word longer than the width is left whole, so that paths and commands can be copied. */
export function wrap(text: string, width: number, indent = ''): readonly string[] {
  return clean(text).split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = indent;
    for (const word of paragraph.split(/\s+/).filter(Boolean)) {
      const longer = line === indent ? indent + word : `${line} ${word}`;
      if (longer.length > width && line !== indent) {
        lines.push(line);
        line = indent + word;
      } else line = longer;
    }
    return [...lines, line.trimEnd() === '' ? '' : line];
  });
}

/** Rows as columns two spaces apart. Where they do not fit, the widest of the elastic columns is cut until they do. */
export function columns(rows: readonly (readonly string[])[], width: number, elastic: readonly number[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? '')].length)));
  const total = (): number => widths.reduce((sum, each) => sum + each + 2, -2);
  const widest = (): number => elastic.reduce((best, column) => ((widths[column] ?? 0) > (widths[best] ?? 0) ? column : best), elastic[0] ?? 0);
  while (total() > width && (widths[widest()] ?? 0) > NARROWEST) widths[widest()] = (widths[widest()] ?? 0) - 1;
  return rows.map((row) => cutTo(widths.map((each, column) => cutTo(row[column] ?? '', each).padEnd(each)).join('  ').trimEnd(), width));
}

const NARROWEST = 6; // letters: a host's name cut shorter says nothing

/** "7m", "1h 12m", "3d 4h": for times that people read. */
export function lasting(from: string, to: Date): string {
  return inWords(to.getTime() - Date.parse(from));
}

export function inWords(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return '?';
  if (milliseconds < 1_000) return '0s';
  if (milliseconds < 60_000) return prettyMs(Math.floor(milliseconds / 1000) * 1000);
  return prettyMs(milliseconds, { unitCount: 2, hideSeconds: milliseconds >= 3_600_000, secondsDecimalDigits: 0 });
}

/** "22:31:07": one upgrade is watched within a night; the day stands in the header. */
export function clock(at: string): string {
  return at.slice(11, 19);
}

/** "2026-11-21 22:31 UTC": the same words on every machine, whatever its time zone. */
export function moment(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
}
