/**
 * Notes on a host of what an upgrade owes it, beside the lock and the login's own: written before the deed, removed when
 * it is undone. So the next run knows what to undo, whatever became of this one.
 */
import { asLogin } from '../src/upgrade/command.ts';
import type { Attempt } from '../src/upgrade/outcome.ts';
import { LOCK_FOLDER, NOTES, noteFile, type Note } from '../src/upgrade/state-folder.ts';
import { notNow } from './at-work.ts';
import { runJob, type HostAtWork } from './host-at-work.ts';

/** Seen whole or not at all: written beside it, then put in place. */
const WRITE = 'printf "%s\\n" "$2" >"$1.new" && chmod 644 "$1.new" && mv -f "$1.new" "$1"';

/** The note's text; null when there is none. */
export async function readNote(at: HostAtWork, note: Note): Promise<string | null> {
  const { code, stdout, stderr } = await at.look(asLogin('cat', '--', noteFile(note)));
  if (code !== 0 && (code === undefined || !/No such file/.test(stderr))) throw notNow(`${at.host.name}: whether it holds the note ${noteFile(note)} could not be seen.`, '5s');
  return code === 0 ? stdout.trim() : null;
}

/** Every note that is there, with its text. */
export async function notesOn(at: HostAtWork): Promise<ReadonlyMap<Note, string>> {
  const { code, stdout, stderr } = await at.look(asLogin('ls', '-1', LOCK_FOLDER));
  // No folder, no note: no upgrade has been here.
  if (code !== 0 && (code === undefined || !/No such file/.test(stderr))) throw notNow(`${at.host.name}: whether ${LOCK_FOLDER} holds notes could not be seen.`, '5s');
  const there = stdout.split('\n');
  const read = await Promise.all(NOTES.filter((note) => there.includes(note)).map(async (note) => [note, await readNote(at, note)] as const));
  return new Map(read.flatMap(([note, text]) => (text === null ? [] : [[note, text] as const])));
}

/** Sees the note on the host, or says why it is not. */
export async function leaveNote(at: HostAtWork, attempt: Attempt, note: Note, text: string): Promise<string | null> {
  if (await readNote(at, note) === text) return null;
  const { says, output } = await runJob(at, attempt, { name: `note-${note}`, command: asLogin('sh', '-c', WRITE, 'lockkeeper-note', noteFile(note), text), beside: true });
  return await readNote(at, note) === text ? null : `${at.host.name}: ${noteFile(note)} could not be written. ${says} ${output}`;
}

export async function dropNote(at: HostAtWork, attempt: Attempt, note: Note): Promise<void> {
  if (await readNote(at, note) !== null) await runJob(at, attempt, { name: `drop-${note}`, command: asLogin('rm', '-f', '--', noteFile(note)), beside: true });
}
