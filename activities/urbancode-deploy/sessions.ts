/** How many sessions the database has: a server that the file forgot still has its own. */
import { asLogin } from '../../src/upgrade/command.ts';
import type { UrbancodeDeployInstallation } from '../../src/upgrade/installation-urbancode.ts';
import type { Ports } from '../ports.ts';
import { atWork } from './host-at-work.ts';

/** A database that is asked for its sessions may take its time. */
const WITHIN = 60_000;

/** By the file's command; null where the file has none. `says` tells what the command printed in place of a number. */
export async function lookAtSessions(ports: Ports, { database: { sessions }, hosts }: UrbancodeDeployInstallation): Promise<{ readonly count: number | null; readonly says: string } | null> {
  const host = sessions && hosts.find(({ name }) => name === sessions.host);
  if (!sessions || !host) return null;
  const { code, stdout, stderr } = await atWork(ports, host).look(asLogin('sh', '-c', sessions.command), WITHIN);
  const printed = stdout.trim(), asked = `"${sessions.command}" on ${host.name}`;
  if (code === 0 && /^\d+$/.test(printed)) return { count: Number(printed), says: `${asked} prints ${printed}.` };
  return { count: null, says: `${asked} prints no number of sessions (exit code ${code ?? 'unknown'}): ${lastLine(printed || stderr)}.` };
}

/** Where a program says why it failed. */
function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim().slice(0, 200).replace(/\.$/, '') || 'it says nothing';
}
