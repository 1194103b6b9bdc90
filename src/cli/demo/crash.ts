/** The demo's proof: its worker is killed in the middle of an install, started again, and the install ran once. */
import { setTimeout as pause } from 'node:timers/promises';
import type { SimulatedHost } from '../../simulation/simulated-host.ts';

/** How often the host's record is looked at, in milliseconds: an install takes seconds. */
const LOOK_EVERY = 50;

/** Returns when the host's own record says that an install began and has not ended. */
export async function installBegun(host: SimulatedHost, signal: AbortSignal): Promise<void> {
  while (!(begun(host) > ended(host))) await pause(LOOK_EVERY, undefined, { signal });
}

/** Why the host's record does not show exactly one whole install; null when it does. */
export function whyNotOnce(host: SimulatedHost): string | null {
  if (begun(host) === 1 && ended(host) === 1) return null;
  return `${host.name}: ${begun(host)} installs began and ${ended(host)} ended`;
}

function begun(host: SimulatedHost): number {
  return host.installs().filter((line) => line.includes(' begin ')).length;
}

function ended(host: SimulatedHost): number {
  return host.installs().filter((line) => line.includes(' end ')).length;
}
