/** `init`: a first installation file from what the named hosts show. Changes nothing on them, and no file that is there. */
import { writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { FirstFile, SeenBalancer, SeenInstallation, SeenMachine, WrittenReach } from '../../installation/first-file.ts';
import { firstOpsManagerFile } from '../../installation/first-file-ops-manager.ts';
import { firstUrbancodeFile } from '../../installation/first-file-urbancode.ts';
import { completeReachable, inLongForm, isShortForm, type ReachableInFile, type SshInFile } from '../../installation/ssh.ts';
import { name as nameForm } from '../../installation/values.ts';
import type { Hosts, HostSession } from '../../ssh/port.ts';
import type { Reachable } from '../../upgrade/installation.ts';
import type { Installation } from '../../upgrade/installation-urbancode.ts';
import { hostsFromHere } from '../doctor/locks.ts';
import { EXIT, Stop } from '../exit.ts';
import { lookAtHaproxy } from '../init/look-at-haproxy.ts';
import { lookAtOpsManager } from '../init/look-at-ops-manager.ts';
import { lookAtUrbancodeDeploy } from '../init/look-at-urbancode-deploy.ts';
import { userName, type Context } from '../options.ts';

interface InitOptions {
  readonly output?: string;
  readonly product: Installation['product'];
  readonly name?: string;
  readonly user?: string;
  readonly identityFile?: string;
  readonly knownHosts: string;
  readonly jumpHost?: string;
  readonly sudoPasswordEnv?: string;
  readonly haproxy: readonly string[];
  readonly haproxySocket?: string;
}

export function addInit(program: Command, context: Context): void {
  program.command('init')
    .argument('<host...>', 'hosts of one installation, in the order of the upgrade, each as NAME or USER@NAME:PORT', eachHost)
    .description('write a first installation file from what the hosts show; changes nothing on them')
    .addOption(new Option('--product <product>', 'what is installed there').choices(Object.keys(PRODUCTS)).default('ops-manager'))
    .option('-o, --output <file>', 'where to write it, never over a file that is there (default: print it)')
    .option('--name <name>', 'name of the installation (default: the product)', installationName)
    .option('--haproxy <host>', 'a host of an HAProxy in front of them; may be given several times', eachHost, [])
    .option('--haproxy-socket <path>', 'its admin socket, where its configuration cannot be read')
    .option('--user <name>', 'login on the hosts (default: your own name)')
    .option('--identity-file <file>', 'private key (default: the SSH agent)')
    .option('--known-hosts <file>', 'the keys of the hosts', '~/.ssh/known_hosts')
    .option('--jump-host <host>', 'the host to go through, as USER@NAME:PORT', oneHost)
    .option('--sudo-password-env <name>', 'the environment variable that holds the password that sudo asks for')
    .addHelpText('after', `
Looks by SSH from this machine, as a worker here would: versions, ports, what runs and what starts it, which database,
HAProxy's servers. It reads by sudo where sudo lets it; what it could not see stands in the file as a comment. What only
you can know is left empty and listed at the end. Of UrbanCode Deploy name every server, standbys too; a Windows host is
told from the others and not looked at.

Examples:
  lockkeeper init om-1.example om-2.example bkp-1.example --haproxy lb-1.example -o om-prod.yaml
  lockkeeper init ops@10.0.0.11 ops@10.0.0.12:2222 --identity-file ~/.ssh/id_ed25519 --name om-prod -o om-prod.yaml
  lockkeeper init --product urbancode-deploy ucd-1 ucd-2 ucd-3 --haproxy lb-1 --name ucd-prod -o ucd-prod.yaml`)
    .action((hosts: readonly string[], options: InitOptions) => init(hosts, options, context));
}

async function init(hosts: readonly string[], options: InitOptions, { terminal }: Context): Promise<void> {
  const { output } = options;
  if (output !== undefined && existsSync(output)) throw new Stop(whyNotOver(output), EXIT.usage);
  const connections = hostsFromHere(terminal.environment);
  try {
    const { seen, write } = await PRODUCTS[options.product]({ connections, written: hosts, options });
    if (seen.hosts.every(({ unseen }) => unseen !== undefined)) {
      throw new Stop(`None of the hosts could be seen, so nothing was written. ${seen.hosts.map(({ unseen }) => unseen).join(' ')}`, EXIT.failed);
    }
    const file = write();
    if (output === undefined) terminal.print(file.text.trimEnd());
    else await writeNew(output, file.text);
    terminal.complain(whatIsLeft(file, seen, output).join('\n'));
  } finally {
    await connections.close();
  }
}

interface Looking { readonly connections: Hosts; readonly written: readonly string[]; readonly options: InitOptions }
interface Looked { readonly seen: SeenInstallation; readonly write: () => FirstFile }

/** Each product looks at a host and writes its file in its own words; the rest of `init` is the same for all. */
const PRODUCTS: Readonly<Record<Installation['product'], (looking: Looking) => Promise<Looked>>> = {
  'ops-manager': initOf(lookAtOpsManager, firstOpsManagerFile),
  'urbancode-deploy': initOf(lookAtUrbancodeDeploy, firstUrbancodeFile),
};

/** What a look tells: everything but how the file reaches the host. */
type Told = Omit<SeenMachine, keyof WrittenReach> & { readonly hostname: string | undefined };
type Reached<T extends Told> = WrittenReach & Omit<T, 'hostname'>;
type Look<T extends Told> = (session: HostSession, host: Reachable) => Promise<T>;

function initOf<T extends Told>(look: Look<T>, write: (seen: SeenInstallation<Reached<T>>) => FirstFile) {
  return async (looking: Looking): Promise<Looked> => {
    const seen = await lookAtAll(looking, look);
    return { seen, write: () => write(seen) };
  };
}

async function lookAtAll<T extends Told>({ connections, written, options }: Looking, look: Look<T>): Promise<SeenInstallation<Reached<T>>> {
  const ssh = sshOf(written, options);
  const reach = (each: string) => completeReachable(each, ssh, []);
  const looked = await Promise.all(written.map(async (each) => ({ each, seen: await look(connections.session(reach(each)), reach(each)) })));
  const hosts = looked.map(({ each, seen: { hostname, ...seen } }, at) => {
    const taken = looked.slice(0, at).map((other) => other.seen.hostname);
    return { ...reached(each, taken.includes(hostname) ? undefined : hostname, ssh), ...seen };
  });
  const known = hosts.map(({ name, address, addresses }) => ({ name, addresses: [...addresses, ...(address === undefined ? [] : [address])] }));
  const balancers = await Promise.all(options.haproxy.map(async (each): Promise<SeenBalancer> => {
    const { hostname, ...seen } = await lookAtHaproxy(connections.session(reach(each)), known, options.haproxySocket);
    return { ...reached(each, hostname, ssh), ...seen };
  }));
  return { name: options.name ?? options.product, ssh: { ...ssh, jumpHost: options.jumpHost }, hosts, balancers };
}

function sshOf(written: readonly string[], options: InitOptions) {
  const users = new Set(written.map((each) => inLongForm(each).ssh?.user));
  const [common] = users;
  return {
    user: options.user ?? (users.size === 1 && common !== undefined ? common : userName()),
    identityFile: options.identityFile, knownHostsFile: options.knownHosts, jumpHost: options.jumpHost as ReachableInFile | undefined,
    sudoPassword: options.sudoPasswordEnv === undefined ? undefined : { env: options.sudoPasswordEnv },
  } satisfies SshInFile;
}

/** How the file reaches the host: by the name that was given; by its own name where an address was given. */
function reached(each: string, hostname: string | undefined, { user }: SshInFile): WrittenReach {
  const { name: given, ssh = {} } = inLongForm(each);
  const isName = isIP(given) === 0 && nameForm.safeParse(given).success;
  const own = hostname !== undefined && nameForm.safeParse(hostname).success ? hostname : given.toLowerCase().replaceAll(':', '-');
  const different = { user: ssh.user === user ? undefined : ssh.user, port: ssh.port === 22 ? undefined : ssh.port };
  return {
    name: isName ? given : own,
    ...(isName ? {} : { address: given }),
    ...(different.user === undefined && different.port === undefined ? {} : { ssh: different }),
  };
}

async function writeNew(output: string, text: string): Promise<void> {
  try {
    await writeFile(output, text, { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Stop(code === 'EEXIST' ? whyNotOver(output) : `${output} could not be written (${code ?? String(error)}).`, EXIT.usage);
  }
}

function whyNotOver(output: string): string {
  return `${output} is there already and is never written over: name another file with -o, or move it away.`;
}

function whatIsLeft({ toFillIn }: FirstFile, seen: SeenInstallation, output: string | undefined): readonly string[] {
  const unseen = [...seen.hosts, ...seen.balancers].filter((each) => each.unseen !== undefined);
  return [
    ...(output === undefined ? [] : [`${output} is written.`]),
    ...unseen.map(({ name, unseen: why }) => `Not seen: ${name}: ${why}`),
    'Left to you:',
    ...toFillIn.map(({ path, says }) => `  ${path}: ${says}`),
    `Then: lockkeeper validate ${output ?? 'FILE'}`,
  ];
}

function oneHost(text: string): string {
  if (!isShortForm(text)) throw new InvalidArgumentError('Give a host as NAME, or as USER@NAME:PORT.');
  return text;
}

function eachHost(text: string, before: readonly string[] = []): readonly string[] {
  if (before.includes(text)) throw new InvalidArgumentError(`${text} is named twice.`);
  return [...before, oneHost(text)];
}

function installationName(text: string): string {
  const parsed = nameForm.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(`Give ${parsed.error.issues[0]?.message ?? 'another name'}.`);
  return text;
}
