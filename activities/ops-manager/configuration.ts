/**
 * gen.key and the configuration files: saved before anything is touched, compared after the install, asserted before
 * every start. A start without the shared key makes a new one, and then what the Application Database holds encrypted
 * is lost; so the key is looked at before, not after.
 */
import { asLogin } from '../../src/upgrade/command.ts';
import type { LockOwner, StepOutcome } from '../../src/upgrade/outcome.ts';
import { keyPath, newKeys } from '../../src/products/ops-manager/configuration.ts';
import { parseChangedFiles } from '../../src/products/ops-manager/changed-files.ts';
import { checksums, copyInto, describeFiles, makeFolder, parseChecksums, parseFiles, readFile, savedConfiguration } from '../../src/products/linux/keeping.ts';
import { KEY_BELOW_HOME } from '../../src/products/ops-manager/layout.ts';
import type { OnHost } from './contract.ts';
import { atWork, outcome, runJob, type HostAtWork } from './host-at-work.ts';
import type { OpsManagerPorts } from './ports.ts';

/** Where the shared key is on this host; null when mms.conf names it in a way that cannot be followed. */
export async function findKey(at: HostAtWork): Promise<string | null> {
  const { code, stdout } = await at.look(readFile(at.layout.settings));
  const home = await homeOfProduct(at);
  const path = code === 0 ? keyPath(stdout, home) : null;
  return path === 'unknown' ? null : path ?? (home === null ? at.layout.key : `${home}/${KEY_BELOW_HOME}`);
}

/** Home of the user that a tarball runs as, where its key is; null for packages, and where nobody knows such a user. */
async function homeOfProduct(at: HostAtWork): Promise<string | null> {
  if (at.commands.package.kind !== 'tree') return null;
  const { stdout } = await at.look(asLogin('getent', 'passwd', at.host.runAs));
  const home = stdout.trim().split(':')[5] ?? '';
  return home.startsWith('/') ? home : null;
}

async function configurationFiles(at: HostAtWork): Promise<readonly string[] | null> {
  const key = await findKey(at);
  return key === null ? null : [key, at.layout.properties, at.layout.settings];
}

interface Compared { readonly same: boolean; readonly different: readonly string[]; readonly missing: readonly string[]; readonly says: string }

/** Are the files on the host the ones that were saved? Checksums are shown by their first twelve digits. */
async function compareWithSaved(at: HostAtWork, files: readonly string[], saved: string): Promise<Compared> {
  const now = parseChecksums((await at.look(checksums(files))).stdout);
  const then = parseChecksums((await at.look(checksums(files.map((file) => saved + file)))).stdout);
  const missing = files.filter((file) => !then.has(saved + file));
  const different = files.filter((file) => then.has(saved + file) && now.get(file) !== then.get(saved + file));
  const says = files.map((file) => {
    const sum = now.get(file)?.slice(0, 12);
    if (sum === undefined) return `${file} is not there.`;
    return missing.includes(file) ? `${file} (${sum}…) was not saved.` : different.includes(file) ? `${file} (${sum}…) is not the saved one.` : `${file} ${sum}…`;
  });
  return { same: missing.length === 0 && different.length === 0, different, missing, says: says.join('\n') };
}

/** Copies gen.key and the configuration files, with owner and mode, to where only root can read them. */
export async function saveConfiguration(ports: OpsManagerPorts, { host, attempt }: OnHost): Promise<StepOutcome> {
  const at = atWork(ports, host);
  const files = await configurationFiles(at);
  if (files === null) return outcome(ports, 'failed', `${host.name}: ENC_KEY_PATH in ${at.layout.settings} holds a shell variable, so the shared key cannot be found. Write the path out.`);
  const saved = savedConfiguration(attempt.owner.firstExecutionRunId);
  const before = await compareWithSaved(at, files, saved);
  if (before.same) return outcome(ports, 'already', `Saved in ${saved} on ${host.name}:`, before.says);
  if (attempt.mode === 'look') return outcome(ports, 'failed', before.says);
  await runJob(at, attempt, { name: 'folder', command: makeFolder(saved) });
  const copied = await runJob(at, attempt, { name: 'copy', command: copyInto(saved, files) });
  const after = await compareWithSaved(at, files, saved);
  return after.same
    ? outcome(ports, 'done', `Saved in ${saved} on ${host.name}:`, after.says)
    : outcome(ports, copied.state === 'lost' ? 'unknown' : 'failed', copied.says, copied.output, after.says);
}

/**
 * After the install: is the configuration what it was, and which keys does the new release bring? The package manager keeps an edited
 * file and replaces one that nobody edited: so mms.conf may be the new release's own. The key and
 * conf-mms.properties, which names the Application Database, must be the saved ones.
 */
export async function configurationKept(at: HostAtWork, owner: LockOwner): Promise<{ readonly kept: boolean; readonly says: string }> {
  const files = await configurationFiles(at);
  if (files === null) return { kept: false, says: `ENC_KEY_PATH in ${at.layout.settings} cannot be followed any more.` };
  const { different, missing, says } = await compareWithSaved(at, files, savedConfiguration(owner.firstExecutionRunId));
  const replaced = different.includes(at.layout.settings) && await isAsShipped(at, at.layout.settings) ? at.layout.settings : null;
  const kept = missing.length === 0 && different.every((file) => file === replaced);
  const news = await Promise.all([at.layout.properties, at.layout.settings].map((file) => newSettings(at, file)));
  return { kept, says: [says, replaced ? `${replaced} had not been edited and is the new release's own now.` : '', ...news].filter((line) => line !== '').join('\n') };
}

async function isAsShipped(at: HostAtWork, file: string): Promise<boolean> {
  if (at.commands.package.kind === 'tree') return false; // all of conf/ is carried over, edited or not
  const { code, stdout, stderr } = await at.look(at.commands.package.changedFiles);
  // It ends with 1 where files differ, and where it could not look: then it says so.
  return code !== undefined && !/\b(?:error|cannot|can't|failed)\b/i.test(stderr) && !parseChangedFiles(stdout).some(({ path }) => path === file);
}

async function newSettings(at: HostAtWork, file: string): Promise<string> {
  const shipped = at.commands.package.shipped(file);
  const [mine, theirs] = await Promise.all([at.lookUnredacted(readFile(file)), at.lookUnredacted(readFile(shipped))]);
  if (mine.code !== 0 || theirs.code !== 0) return '';
  const keys = newKeys(mine.stdout, theirs.stdout);
  return keys.length === 0 ? '' : `New in ${shipped}: ${keys.join(', ')}. The edited file was kept without them.`;
}

/**
 * Why the host must not be started now because of its shared key; null when the key is the saved one: there, 24 bytes or
 * whatever was saved, same owner, same mode. Asked right before every start.
 */
export async function whyKeyIsNotRight(at: HostAtWork, owner: LockOwner): Promise<string | null> {
  const key = await findKey(at);
  if (key === null) return `ENC_KEY_PATH in ${at.layout.settings} cannot be followed.`;
  const copy = savedConfiguration(owner.firstExecutionRunId) + key;
  const sums = parseChecksums((await at.look(checksums([key, copy]))).stdout);
  const facts = parseFiles((await at.look(describeFiles([key, copy]))).stdout);
  if (!sums.has(copy)) return `The saved copy ${copy} is not there, so ${key} cannot be compared. Save the configuration first.`;
  const restore = `Restore it on ${at.host.name} by: sudo cp -a ${copy} ${key}`;
  if (!sums.has(key)) return `${key} is not there: started now, Ops Manager would make a new key and could read nothing that the old one encrypted. ${restore}`;
  if (sums.get(key) !== sums.get(copy)) return `${key} is not the key that was saved. ${restore}`;
  const [now, then] = [facts.get(key), facts.get(copy)];
  return now && then && now.owner === then.owner && now.mode === then.mode ? null
    : `${key} has owner ${now?.owner ?? 'unknown'} and mode ${now?.mode ?? 'unknown'}, saved were ${then?.owner ?? 'unknown'} and ${then?.mode ?? 'unknown'}. ${restore}`;
}

/** Whether the shared key on the host is another than the saved one, or gone: a start has lost it. */
export async function isKeyLost(at: HostAtWork, owner: LockOwner): Promise<boolean> {
  const key = await findKey(at);
  if (key === null) return false;
  const copy = savedConfiguration(owner.firstExecutionRunId) + key;
  const sums = parseChecksums((await at.look(checksums([key, copy]))).stdout);
  return sums.has(copy) && sums.get(key) !== sums.get(copy);
}

