/**
 * A host with all its settings: those of the installation file, and below them those of its `ssh.configFile`, which is
 * read on the worker each time a connection is made. A host is looked up by its name, as `ssh NAME` would. What comes out
 * names no `configFile` any more, and neither do the jump hosts that lead there.
 */
import { readFile } from 'node:fs/promises';
import type { Reachable, SshSettings } from '../upgrade/installation.ts';
import { configured, type Configured } from './config-file.ts';
import { Refused } from './errors.ts';
import { onWorker, type HostsConfig } from './settings.ts';

/** A host whose port is known. */
export interface Complete extends Reachable { readonly ssh: SshSettings & { readonly port: number } }
export interface CompleteHost { readonly host: Complete; readonly notFollowed: string }

/** OpenSSH's own default. */
const KNOWN_HOSTS = '~/.ssh/known_hosts';

/** Throws `Refused` when the file cannot be read or followed. `behind` are the hosts that this one leads to. */
export async function completeHost(host: Reachable, config: HostsConfig, behind: readonly string[] = []): Promise<CompleteHost> {
  if (behind.includes(host.name)) throw new Refused(`${host.name} would be reached through itself (${[...behind, host.name].join(' through ')}): correct ProxyJump in ssh.configFile; a block for ${host.name} with "ProxyJump none" ends the way there.`);
  const { configFile, ...ssh } = host.ssh;
  const file = onWorker(configFile, config);
  const said: Configured = file === undefined ? { notFollowed: '' } : configured(await text(file, host), host.name, file);
  const withoutAddress = host.address === host.name;
  const address = withoutAddress && said.hostName !== undefined ? said.hostName.replaceAll('%h', host.name) : host.address;
  const port = ssh.port ?? said.port ?? 22;
  const fill = (value: string | undefined, keyword: string): string | undefined =>
    value === undefined ? undefined : filled(value, { keyword, file: file ?? '', tokens: { h: address, n: host.name, p: String(port), r: ssh.user, d: '~', '%': '%' } });
  const complete: Complete = {
    ...host, address,
    ssh: {
      ...ssh, port,
      identityFile: ssh.identityFile ?? fill(said.identityFile, 'IdentityFile'),
      knownHostsFile: ssh.knownHostsFile ?? fill(said.knownHostsFile, 'UserKnownHostsFile') ?? (file === undefined ? undefined : KNOWN_HOSTS),
      hostKeyAlias: ssh.hostKeyAlias ?? fill(said.hostKeyAlias, 'HostKeyAlias'),
    },
  };
  const { notFollowed, ...way } = await wayTo(host, { said, config, behind, fill });
  return { host: { ...complete, ssh: { ...complete.ssh, ...way } }, notFollowed: [...new Set([said.notFollowed, notFollowed])].filter(Boolean).join(' ') };
}

interface Way {
  readonly said: Configured;
  readonly config: HostsConfig;
  readonly behind: readonly string[];
  readonly fill: (value: string, keyword: string) => string | undefined;
}

/** The installation file's own way wins over the configuration's. */
async function wayTo(host: Reachable, { said, config, behind, fill }: Way): Promise<Pick<SshSettings, 'jumpHost' | 'proxyCommand'> & { readonly notFollowed?: string }> {
  const { proxyCommand } = host.ssh;
  if (proxyCommand !== undefined) return { proxyCommand };
  const jump = host.ssh.jumpHost ?? (said.proxyJump === undefined ? undefined : await jumpsOf(said.proxyJump, host, config));
  if (jump !== undefined) {
    const { host: jumpHost, notFollowed } = await completeHost(jump, config, [...behind, host.name]);
    return { jumpHost, notFollowed };
  }
  if (said.proxyCommand === undefined) return {};
  return { proxyCommand: wordsOf(said.proxyCommand, host).map((word) => fill(word, 'ProxyCommand')?.replaceAll('%', '%%') ?? '') };
}

/** "a,ops@b:2222": through a, then b. */
async function jumpsOf(proxyJump: string, host: Reachable, config: HostsConfig): Promise<Reachable | undefined> {
  let last: Reachable | undefined;
  for (const written of proxyJump.split(',')) {
    const [matched, user, bracketed, plain, port] = /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(?:\[([^\]]+)\]|([^:@\s[\]/]+))(?::(\d{1,5}))?\/?$/.exec(written.trim()) ?? [];
    const name = bracketed ?? plain;
    if (matched === undefined || name === undefined) throw new Refused(`ProxyJump "${proxyJump}" for ${host.name} cannot be read: write it as user@host:port, or give ssh.jumpHost.`);
    last = await jumpHostOf({ name, user, port }, { host, config, through: last });
  }
  return last;
}

interface WrittenJump { readonly name: string; readonly user: string | undefined; readonly port: string | undefined }

/** What the configuration says of a jump host wins over what it takes from the host behind it. */
async function jumpHostOf(written: WrittenJump, from: { readonly host: Reachable; readonly config: HostsConfig; readonly through: Reachable | undefined }): Promise<Reachable> {
  const { configFile, user, identityFile, passphrase, knownHostsFile } = from.host.ssh;
  const file = onWorker(configFile, from.config) ?? '';
  const said = configured(await text(file, from.host), written.name, file);
  return {
    name: written.name, address: written.name,
    ssh: {
      configFile, passphrase, user: written.user ?? said.user ?? user, port: written.port === undefined ? undefined : Number(written.port),
      identityFile: said.identityFile === undefined ? identityFile : undefined,
      knownHostsFile: said.knownHostsFile === undefined ? knownHostsFile : undefined,
      jumpHost: from.through,
    },
  };
}

async function text(file: string, host: Reachable): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new Refused(`The SSH configuration ${file} for ${host.name} cannot be read on the worker (${(error as NodeJS.ErrnoException).code}): check ssh.configFile.`, { cause: error });
  });
}

/** OpenSSH hands the command to a shell; here it is run as it stands. */
function wordsOf(command: string, host: Reachable): readonly string[] {
  if (/[\\$`|&;<>()*?~#\n]/.test(command)) {
    throw new Refused(`ProxyCommand "${command}" for ${host.name} needs a shell, which Lockkeeper does not give it: write it in ssh.proxyCommand, as in [sh, -c, "…"].`);
  }
  const words = command.replace(/^exec\s+/, '').match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}

function filled(value: string, { keyword, file, tokens }: { readonly keyword: string; readonly file: string; readonly tokens: Readonly<Record<string, string>> }): string {
  return value.replace(/%(.?)|\$\{/g, (token, sign: string | undefined) => {
    const known = sign === undefined ? undefined : tokens[sign];
    if (known === undefined) throw new Refused(`${keyword} "${value}" in ${file} holds ${token}, which Lockkeeper does not know: give it in the installation file.`);
    return known;
  });
}
