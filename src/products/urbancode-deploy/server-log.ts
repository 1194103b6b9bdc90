/** Reads deployserver.out and stdout of a server: whether the last start came to its end, and what is worth showing if not. */
import { releaseOf } from './versions.ts';

const SERVER = 'com.urbancode.ds.UDeployServer';
const BEGINS = new RegExp(`${SERVER.replaceAll('.', '\\.')} - Starting `);
const READY = new RegExp(`${SERVER.replaceAll('.', '\\.')} - .*server version (\\d[\\d.]*) started\\.`);

export interface StartSighting {
  /** Four numbers, as the ready line says them; null while there is none. */
  readonly ready: string | null;
  /** Lines of this start that tell of trouble, at most ten, the first ones: causes come before their consequences. */
  readonly troubles: readonly string[];
}

/** Of what was written since a start: the text behind the size that the log had, or of the whole log its last start. */
export function readStart(log: string): StartSighting {
  const lines = lastStart(log).split('\n').map((line) => line.trimEnd());
  const ready = lines.flatMap((line) => READY.exec(line)?.[1] ?? []).at(-1);
  return { ready: ready === undefined ? null : releaseOf(ready), troubles: lines.filter(isTrouble).slice(0, 10) };
}

/** The log is appended to. */
function lastStart(log: string): string {
  const lines = log.split('\n');
  const from = lines.findLastIndex((line) => BEGINS.test(line));
  return from < 0 ? log : lines.slice(from).join('\n');
}

function isTrouble(line: string): boolean {
  return /\b(ERROR|FATAL)\b|^(Exception in thread|Caused by:|Error: )|OutOfMemoryError|Address already in use|database (version|schema) .*(older|newer|mismatch)/i.test(line);
}
