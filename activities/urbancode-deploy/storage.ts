/** Application data of the layout below 6.1.1.5: what is to be moved, and whether all of it has arrived. */
import { dataOf, DATA_ENTRIES } from '../../src/products/urbancode-deploy/layout.ts';
import { asOwner, listAppData, probeFile, removeProbe, seeProbe, writeProbe } from '../../src/products/urbancode-deploy/commands.ts';
import { quoted, typed } from '../../src/upgrade/command.ts';
import type { UrbancodeDeployHost, UrbancodeDeployInstallation } from '../../src/upgrade/installation-urbancode.ts';
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import type { OnInstallation, UrbancodeDeployLooks } from './contract.ts';
import type { Ports } from '../ports.ts';
import { atWork, outcome, runJob, type HostAtWork } from './host-at-work.ts';

/** The exact moves, as they would be typed on the first server: from below its install dir, or from where its links lead. */
export async function lookAtStorage(ports: Ports, { installation }: Parameters<UrbancodeDeployLooks['lookAtStorage']>[0]): Promise<{ readonly evidence: string }> {
  const at = atWork(ports, firstServer(installation)), { root } = dataOf(installation.appData);
  const due = await movesDue(at, root);
  return { evidence: due.length === 0 ? `Nothing of the old layout is left below ${at.layout.installDir} on ${at.host.name}.` : [`On ${at.host.name}, where ${root} must be the storage that all servers share:`, ...due].join('\n') };
}

/** One for each entry that is still in its old place; a link whose target was moved away leads to nothing. */
async function movesDue({ host, layout, look }: HostAtWork, root: string): Promise<readonly string[]> {
  const moves = await Promise.all(DATA_ENTRIES.map(async ({ name }): Promise<string | null> => {
    const from = `${layout.installDir}/${name}`, to = `${root}/${name}`;
    if ((await look(asOwner(host, 'ls', '-dL', '--', from))).code !== 0) return null;
    const { code, stdout } = await look(asOwner(host, 'readlink', '-f', '--', from));
    const real = stdout.trim(), source = code === 0 && real !== '' ? real : from;
    if (source === to) return null;
    const commands = [asOwner(host, 'mkdir', '-p', '--', to.slice(0, to.lastIndexOf('/'))), asOwner(host, 'mv', '-n', '-T', '--', source, to)].map(typed);
    return [...commands, ...(source === from ? [] : [`# and the link ${quoted(from)} is not used any more`])].join('\n');
  }));
  return moves.filter((each) => each !== null);
}

/** Every entry that always exists, on every server, the folder writable by its user, and nothing left in the old place. */
export async function proveStorage(ports: Ports, { installation, attempt }: OnInstallation): Promise<StepOutcome> {
  const wrong = (await Promise.all(installation.hosts.filter(({ platform }) => platform === 'linux').map(async (host) => {
    const at = atWork(ports, host);
    return [...await missingOn(at, installation.appData), ...(attempt.mode === 'act' ? await whyNotWritable(at, installation.appData, attempt) : [])];
  }))).flat();
  const first = atWork(ports, firstServer(installation)), due = await movesDue(first, dataOf(installation.appData).root);
  if (due.length > 0) wrong.push(`Still in the old place on ${first.host.name}:`, ...due);
  return wrong.length === 0 ? outcome(ports, 'done', `Every entry of the new layout is in ${installation.appData}, on every host, and its user may write there.`) : outcome(ports, 'failed', ...wrong);
}

async function missingOn(at: HostAtWork, appData: string): Promise<readonly string[]> {
  const { code, stdout } = await at.look(listAppData(at.host, appData));
  if (code === undefined || stdout.trim() === '') return [`${at.host.name}: ${appData} could not be read by ${at.host.runAs}.`];
  const there = new Set(stdout.split('\n').map((line) => line.slice(2)));
  return DATA_ENTRIES.filter(({ name, always }) => always && !there.has(name)).map(({ name }) => `${at.host.name}: ${appData}/${name} is not there.`);
}

async function whyNotWritable(at: HostAtWork, appData: string, attempt: OnInstallation['attempt']): Promise<readonly string[]> {
  const file = probeFile(appData, at.host.name);
  await runJob(at, attempt, { name: 'probe', command: writeProbe(at.host, file) });
  const written = (await at.look(seeProbe(at.host, file))).code === 0;
  await runJob(at, attempt, { name: 'probe-away', command: removeProbe(at.host, file) });
  return written ? [] : [`${at.host.name}: ${at.host.runAs} may not write in ${appData}.`];
}

function firstServer({ hosts }: UrbancodeDeployInstallation): UrbancodeDeployHost {
  return hosts.find(({ roles, platform }) => roles.includes('server') && platform === 'linux') ?? hosts[0]!;
}
