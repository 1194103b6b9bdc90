/** Lockkeeper's own folder on a host. It is root's; only the lock's folder in it belongs to the login. */
import { asRoot, type Command } from './command.ts';

export const STATE_FOLDER = '/var/lib/lockkeeper';

/** Makes the lock's folder the login's; safe to repeat. All that the lock needs root for. */
export function makeLockFolder(login: string, stateFolder: string = STATE_FOLDER): Command {
  return asRoot('install', '-d', '-m', '0755', '-o', login, `${stateFolder}/lock`);
}

/**
 * What an upgrade owes a host or the installation, noted beside the lock: outlives the run, its Temporal and a reboot.
 * `backup-jobs-off`: Backup Daemons whose jobs it switched off. `quiesced`: the site's command that ends it is due.
 * `autostart-off`: what started the server by itself and was switched off. `maintenance-on`: maintenance mode of the
 * installation. `install-begun`: an installer that cannot simply be run again has begun here.
 */
export const NOTES = ['backup-jobs-off', 'quiesced', 'autostart-off', 'maintenance-on', 'install-begun'] as const;
export type Note = (typeof NOTES)[number];

/** The login's own, so that no root is needed. */
export const LOCK_FOLDER = `${STATE_FOLDER}/lock`;

export function noteFile(note: Note): string {
  return `${LOCK_FOLDER}/${note}`;
}
