/** How hosts are reached: the `ssh` sections of the file, and the complete settings that every host gets from them. */
import { z } from 'zod';
import type { Reachable, SshSettings } from '../upgrade/installation.ts';
import { secretReference } from './secret-reference.ts';
import { section } from './section.ts';
import { address, isAddress, port, textLike, user, workerPath } from './values.ts';

/** What may be said of SSH; what is not said for one host is taken from the file's own `ssh`. */
export type SshInFile = { readonly [Key in keyof Omit<SshSettings, 'jumpHost'>]?: SshSettings[Key] | undefined } & {
  readonly jumpHost?: ReachableInFile | undefined;
};

/** A machine that is not upgraded itself: "lb-1", "ops@bastion", "ops@bastion:2222", or name, address and settings. */
export type ReachableInFile =
  | string
  | { readonly name: string; readonly address?: string | undefined; readonly ssh?: SshInFile | undefined };

// user, then a name, an IPv4 or a bracketed IPv6 address, then the port.
const shortForm = /^(?:([A-Za-z_][A-Za-z0-9_.@\\$-]*)@)?(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9][A-Za-z0-9._-]{0,252}))(?::(\d{1,5}))?$/;
const howToName = 'the name of a host, "user@host:port", or a mapping with the keys name, address, ssh';

export const reachable: z.ZodType<ReachableInFile, ReachableInFile> = z.lazy(() => z.union([
  textLike(shortForm, howToName).refine(isShortForm, { error: howToName }),
  section({ name: address, address: address.optional(), ssh: sshOfOneHost.optional() }),
], { error: howToName })).meta({ id: 'reachableHost' });

const proxyCommandAllowed = 'a list of words, the program first, like [nc, -X, connect, -x, "proxy:3128", "%h", "%p"]';
const wordOnWorker = textLike(/^(?:[^%\0]|%[hpr%]){1,4096}$/, 'a word of a command on the worker; in it %h is the address, %p the port, %r the user and %% a percent sign');

const forEveryHost = {
  user: user.optional(),
  port: port.optional(),
  identityFile: workerPath.optional(),
  passphrase: secretReference.optional(),
  knownHostsFile: workerPath.optional(),
  configFile: workerPath.optional(),
  jumpHost: reachable.optional(),
  proxyCommand: z.array(wordOnWorker, { error: proxyCommandAllowed }).min(1, { error: proxyCommandAllowed }).optional(),
  sudoPassword: secretReference.optional(),
};

const pinnedKey = /^(SHA256:[A-Za-z0-9+/]{43}=?|(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,3}( .*)?)$/;
const forOneHost = {
  hostKey: textLike(pinnedKey, 'a public host key as "ssh-ed25519 AAAA…", or its fingerprint "SHA256:…" as ssh-keygen -lf prints it').optional(),
  hostKeyAlias: address.optional(),
};

/** The file's own `ssh`, for all hosts. A host key belongs to one host and has no place here. */
export const sshOfAllHosts = section(forEveryHost).meta({ id: 'sshOfAllHosts' });
/** The `ssh` of one host; it wins over the file's own. */
export const sshOfOneHost = section({ ...forEveryHost, ...forOneHost }).meta({ id: 'sshOfOneHost' });

/** A host of the file, for other parts of the file that name it. */
export interface Addressed { readonly name: string; readonly address: string }

/** What a host does not say itself is taken from the file's own `ssh`. The rules have seen that there is a user. */
export function completeSsh(base: SshInFile, own: SshInFile, hosts: readonly Addressed[]): SshSettings {
  const { jumpHost, ...merged } = mergedSsh(base, own);
  if (merged.user === undefined) throw new TypeError('an ssh section without user passed the rules');
  // A jump host belongs to the section it is written in, and takes its settings from there.
  const around = own.jumpHost === undefined ? { ...own, ...base } : merged;
  return {
    ...merged,
    user: merged.user,
    // OpenSSH's configuration may say the port too.
    ...(merged.port !== undefined || merged.configFile === undefined ? { port: merged.port ?? 22 } : {}),
    ...(jumpHost === undefined ? {} : { jumpHost: completeReachable(jumpHost, inheritedByJumpHost(around), hosts) }),
  };
}

/** One way leads to a host: its own jump host or proxy command takes the place of both of the file's. */
export function mergedSsh<Settings extends { readonly jumpHost?: unknown; readonly proxyCommand?: unknown }>(base: Settings, own: Settings): Settings {
  const ownWay = own.jumpHost !== undefined || own.proxyCommand !== undefined;
  const way = ownWay ? own : base;
  const both = { ...base, ...own, jumpHost: way.jumpHost, proxyCommand: way.proxyCommand };
  return Object.fromEntries(Object.entries(both).filter(([, value]) => value !== undefined)) as typeof both;
}

/** User, key, known_hosts and OpenSSH's configuration; never port, pinned key or sudo password, which belong to the host behind the jump host. */
export function inheritedByJumpHost(around: SshInFile): SshInFile {
  const { user: login, identityFile, passphrase, knownHostsFile, configFile } = around;
  const inherited = { user: login, identityFile, passphrase, knownHostsFile, configFile };
  return Object.fromEntries(Object.entries(inherited).filter(([, value]) => value !== undefined));
}

/** A machine with a name: at its own address, at that of the host with this name, or where its name leads. */
export function completeReachable(written: ReachableInFile, base: SshInFile, hosts: readonly Addressed[]): Reachable {
  const { name, address: itsAddress, ssh = {} } = inLongForm(written);
  return {
    name,
    address: itsAddress ?? hosts.find((host) => host.name === name)?.address ?? name,
    ssh: completeSsh(base, ssh, hosts),
  };
}

export function isShortForm(text: string): boolean {
  const [matched, , bracketed, plain, portText = '22'] = shortForm.exec(text) ?? [];
  return matched !== undefined && isAddress(bracketed ?? plain ?? '') && port.safeParse(Number(portText)).success;
}

/** "ops@bastion:2222" → { name: "bastion", ssh: { user: "ops", port: 2222 } }. */
export function inLongForm(written: ReachableInFile): Exclude<ReachableInFile, string> {
  if (typeof written !== 'string') return written;
  const [, login, bracketed, plain, portText] = shortForm.exec(written) ?? [];
  return {
    name: bracketed ?? plain ?? written,
    ssh: { ...(login === undefined ? {} : { user: login }), ...(portText === undefined ? {} : { port: Number(portText) }) },
  };
}
