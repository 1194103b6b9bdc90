import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Milliseconds a server that was told to end may take; 2.7 s are usual. */
const ENDS_WITHIN = 15_000;

/** Beside the database: the process that has it open. SQLite lets a second server in, and both would run every upgrade. */
const ownerFile = (dbFile: string) => `${dbFile}.pid`;

/** Returns null once no server has the database open, or the process that still has it after 15 s. */
export async function whoHolds(dbFile: string, within: number = ENDS_WITHIN): Promise<number | null> {
  const pid = Number(await readFile(ownerFile(dbFile), 'utf8').catch(() => ''));
  if (!(pid > 0)) return null;
  for (const deadline = Date.now() + within; await holds(pid, dbFile); await pause(100)) {
    if (Date.now() > deadline) return pid;
  }
  return null;
}

/** Writes down that this process has the database open. */
export async function nowHolds(dbFile: string, pid: number): Promise<void> {
  await writeFile(ownerFile(dbFile), `${pid}\n`);
}

export async function noLongerHolds(dbFile: string): Promise<void> {
  await rm(ownerFile(dbFile), { force: true });
}

/** Whether that process lives and is a server of this database: a number is given to another process after a while. */
async function holds(pid: number, dbFile: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', `${pid}`]).then(
    ({ stdout }) => stdout.includes(dbFile),
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT', // without `ps` a living process is taken for the server
  );
}
