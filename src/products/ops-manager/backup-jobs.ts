/**
 * The setting "Backup Jobs" of Backup Daemons, in Ops Manager's public API.
 *
 * Documented: the paths, the fields, that changes take up to five minutes to take effect, that the setting is the one to
 * clear while a daemon's host is maintained. A guess: that the update takes the fields back as they were read, without
 * those that only answers have (`id`, `links`); that a list is whole when it holds `totalCount` entries; and which
 * statuses a key without the right and Upgrade Mode are answered with.
 */
import type { ManagedDaemon } from '../../upgrade/backup-jobs.ts';
import { asArray, asRecord, asText, jsonIn } from '../../upgrade/shape.ts';
import { writesRefused } from './served-version.ts';

export const SETTINGS_PATH = '/api/public/v1.0/admin/backup/daemon/configs';

export interface DaemonSettings extends ManagedDaemon {
  readonly backupJobsEnabled: boolean;
  /** All that was read, to be sent back. */
  readonly read: Readonly<Record<string, unknown>>;
}

/** What an update may hold, as documented. */
const UPDATED = [
  'assignmentEnabled', 'backupJobsEnabled', 'configured', 'garbageCollectionEnabled', 'headDiskType', 'labels', 'machine',
  'numWorkers', 'resourceUsageEnabled', 'restoreQueryableJobsEnabled',
];

/** Every configured daemon; null when the answer or one of them cannot be read, or when it is not the whole list. */
export function readSettings(body: string): readonly DaemonSettings[] | null {
  const { results, totalCount } = asRecord(jsonIn(body));
  if (!Array.isArray(results) || (typeof totalCount === 'number' && totalCount > results.length)) return null;
  // A daemon that was never set up has no head directory and does no jobs.
  const settings = asArray(results).map(asRecord).filter(({ configured }) => configured !== false).map(settingsIn);
  return settings.every((each) => each !== null) ? settings : null;
}

function settingsIn(read: Readonly<Record<string, unknown>>): DaemonSettings | null {
  const { machine, headRootDirectory } = asRecord(read['machine']);
  const [where, head, enabled] = [asText(machine), asText(headRootDirectory), read['backupJobsEnabled']];
  return where && head && typeof enabled === 'boolean' ? { machine: where, headRootDirectory: head, backupJobsEnabled: enabled, read } : null;
}

/** Where one daemon's settings are updated; slashes of the directory are encoded. */
export function settingsPath({ machine, headRootDirectory }: ManagedDaemon): string {
  return `${SETTINGS_PATH}/${encodeURIComponent(machine)}/${encodeURIComponent(headRootDirectory)}`;
}

/** The body of an update that changes nothing but whether the daemon begins new backup jobs. */
export function withBackupJobs({ read }: DaemonSettings, enabled: boolean): string {
  return JSON.stringify({ ...Object.fromEntries(Object.entries(read).filter(([field]) => UPDATED.includes(field))), backupJobsEnabled: enabled });
}

/** What an answer that is no 200 means, for people. */
export function whyRefused(status: number, body: string): string {
  if (writesRefused(status, body) === 'yes') return 'Ops Manager is in Upgrade Mode and takes no writes (405)';
  if (status === 401) return 'the API key is not accepted, or not from this address (401)';
  if (status === 403) return 'the API key may not change the settings of Backup Daemons (403); a key of a Global Owner may';
  return `Ops Manager answers ${status}`;
}
