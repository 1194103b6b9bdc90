/**
 * Whatever could start a server by itself while installers run, switched off and put back exactly as it was. What was on is
 * noted on the host before anything is switched off, so that a later run knows it, whatever became of this one.
 */
import { autostartShown, startersOf, whyNotSwitchedOff, type Starter } from '../../src/products/urbancode-deploy/autostart.ts';
import { asArray, asRecord, jsonIn } from '../../src/upgrade/shape.ts';
import type { Attempt, StepOutcome } from '../../src/upgrade/outcome.ts';
import type { Autostart } from '../../src/upgrade/urbancode-facts.ts';
import type { OnServer } from './contract.ts';
import { dropNote, leaveNote, readNote } from '../notes.ts';
import type { Ports } from '../ports.ts';
import { atWork, outcome, runJob, type HostAtWork } from './host-at-work.ts';

export interface AutostartNote { readonly since: string; readonly was: readonly Autostart[] }

/** What is switched on; `unknown` when one kind could not be seen. */
export async function lookAtAutostart(at: HostAtWork): Promise<readonly Autostart[] | 'unknown'> {
  const seen = await Promise.all(startersOf(at.host).map(async (starter) => starter.read(await at.look(starter.look))));
  return seen.includes('unknown') ? 'unknown' : seen.flatMap((each) => (each === 'unknown' ? [] : each));
}

/** Reads the note of this or an earlier run; null when it says nothing that can be undone. */
export function readAutostartNote(text: string | null | undefined): AutostartNote | null {
  const { since, was } = asRecord(jsonIn(text ?? ''));
  return typeof since === 'string' && Array.isArray(was) ? { since, was: asArray(was) as readonly Autostart[] } : null;
}

export async function disableAutostart(ports: Ports, { host, attempt }: OnServer): Promise<StepOutcome> {
  const at = atWork(ports, host);
  const on = await lookAtAutostart(at);
  if (on === 'unknown') return outcome(ports, 'unknown', `${host.name}: what could start the server by itself could not be seen.`);
  const mine = on.filter((one) => whyNotSwitchedOff(host.name, one) === null), foreign = on.filter((one) => !mine.includes(one));
  const warning = foreign.map((one) => `Not switched off: ${autostartShown(one)}.`);
  if (mine.length === 0) return outcome(ports, 'already', `${host.name}: nothing starts the server by itself.`, ...warning);
  if (attempt.mode === 'look') return outcome(ports, 'failed', `${host.name}: still on:`, ...mine.map(autostartShown));
  const noted = readAutostartNote(await readNote(at, 'autostart-off'));
  // What an earlier run switched off and somebody switched on again meanwhile is there twice otherwise.
  const was = [...(noted?.was ?? []), ...mine].filter((one, index, all) => all.findIndex((other) => JSON.stringify(other) === JSON.stringify(one)) === index);
  const unwritten = await leaveNote(at, attempt, 'autostart-off', JSON.stringify({ since: noted?.since ?? ports.clock.now().toISOString(), was }));
  if (unwritten) return outcome(ports, 'failed', unwritten);
  const said = await runEach(at, attempt, 'off', (starter) => (mine.some(({ kind }) => kind === starter.kind) ? starter.switchOff : []));
  const after = await lookAtAutostart(at);
  if (after === 'unknown') return outcome(ports, 'unknown', `${host.name}: whether it is off could not be seen.`, said);
  const left = after.filter((one) => whyNotSwitchedOff(host.name, one) === null);
  return left.length === 0 ? outcome(ports, 'done', `${host.name}: switched off:`, ...mine.map(autostartShown), ...warning)
    : outcome(ports, 'failed', `${host.name}: still on:`, ...left.map(autostartShown), said);
}

export async function restoreAutostart(ports: Ports, { host, attempt }: OnServer): Promise<StepOutcome> {
  const at = atWork(ports, host);
  const text = await readNote(at, 'autostart-off');
  const noted = readAutostartNote(text);
  if (noted === null) return text === null ? outcome(ports, 'already', `${host.name}: nothing was switched off.`) : outcome(ports, 'failed', `${host.name}: the note of what was switched off cannot be read: ${text}`);
  const missing = async (): Promise<readonly Autostart[] | 'unknown'> => {
    const on = await lookAtAutostart(at);
    return on === 'unknown' ? on : noted.was.filter((one) => !on.some((other) => JSON.stringify(other) === JSON.stringify(one)));
  };
  const before = await missing();
  const said = attempt.mode === 'act' && before.length > 0 ? await runEach(at, attempt, 'on', (starter) => starter.putBack(noted.was)) : '';
  const after = attempt.mode === 'act' && before.length > 0 ? await missing() : before;
  if (after === 'unknown') return outcome(ports, 'unknown', `${host.name}: whether it is on again could not be seen.`, said);
  if (after.length > 0) return outcome(ports, 'failed', `${host.name}: not on again:`, ...after.map(autostartShown), said);
  if (attempt.mode === 'act') await dropNote(at, attempt, 'autostart-off');
  return outcome(ports, before.length === 0 ? 'already' : 'done', `${host.name}: as it was before:`, ...noted.was.map(autostartShown));
}

/** What the commands printed; how they ended is seen, not believed. Off is switched beside an installer at work, too: what came up there must not come up again. */
async function runEach(at: HostAtWork, attempt: Attempt, name: 'on' | 'off', commands: (starter: Starter) => readonly Parameters<typeof runJob>[2]['command'][]): Promise<string> {
  const said: string[] = [];
  for (const starter of startersOf(at.host)) {
    for (const [index, command] of commands(starter).entries()) {
      const { output, code } = await runJob(at, attempt, { name: `${starter.kind}-${name}-${index + 1}`, command, beside: name === 'off' });
      if (code !== 0 || output.trim() !== '') said.push(`${starter.kind}: exit code ${code ?? 'unknown'} ${output.trim()}`);
    }
  }
  return said.join('\n');
}
