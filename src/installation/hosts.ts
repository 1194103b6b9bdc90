/** Fills in what hosts of every product take from the file: address and SSH settings. */
import type { SshSettings } from '../upgrade/installation.ts';
import { completeSsh } from './ssh.ts';
import type { SshInFile } from './ssh.ts';

export interface HostInFile {
  readonly name: string;
  readonly address?: string | undefined;
  readonly ssh?: SshInFile | undefined;
}

/** A host without an address is reached by its name. */
export function completeHosts<Host extends HostInFile>(hosts: readonly Host[], base: SshInFile) {
  const addressed = hosts.map((host) => ({ name: host.name, address: host.address ?? host.name }));
  return hosts.map((host): Omit<Host, 'address' | 'ssh'> & { address: string; ssh: SshSettings } => ({
    ...host,
    address: host.address ?? host.name,
    ssh: completeSsh(base, host.ssh ?? {}, addressed),
  }));
}
