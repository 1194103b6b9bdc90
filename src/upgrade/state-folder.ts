/** Lockkeeper's own folder on a host. It is root's; only the lock's folder in it belongs to the login. */
import { asRoot, type Command } from './command.ts';

export const STATE_FOLDER = '/var/lib/lockkeeper';

/** Makes the lock's folder the login's; safe to repeat. All that the lock needs root for. */
export function makeLockFolder(login: string, stateFolder: string = STATE_FOLDER): Command {
  return asRoot('install', '-d', '-m', '0755', '-o', login, `${stateFolder}/lock`);
}
