/**
 * What OpenSSH's client configuration on the worker says of a host: read only where `ssh.configFile` names it.
 *
 *   1. `Host` blocks and `Match all` that fit the host's name; of every keyword the first that is found counts.
 *   2. What would lead elsewhere, or trust otherwise, and cannot be followed: refused, with the way round.
 *   3. What only offers another login (certificates, GSSAPI): told when the login fails, since a key may do as well.
 *
 * Nothing is run: neither `Match exec` nor a shell.
 */
import SshConfig from 'ssh-config';
import { Refused } from './errors.ts';

/** Of these, what is absent or `none` in the file is absent here. Tokens (%h) are still in them. */
export interface Configured {
  readonly hostName?: string | undefined;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  readonly identityFile?: string | undefined;
  readonly knownHostsFile?: string | undefined;
  readonly hostKeyAlias?: string | undefined;
  readonly proxyJump?: string | undefined;
  readonly proxyCommand?: string | undefined;
  /** A sentence about what of the file is not followed and may be why the host refuses; empty when all is. */
  readonly notFollowed: string;
}

/** Keywords that change where the connection goes or whom it trusts, with the way round. */
const REFUSED: Readonly<Record<string, string>> = {
  include: 'name the file that holds these hosts in ssh.configFile',
  bindaddress: systemSsh('-b ADDRESS'), bindinterface: systemSsh('-B INTERFACE'), addressfamily: 'give the host an address of that family',
  knownhostscommand: 'write the keys to a file and name it in ssh.knownHostsFile',
  revokedhostkeys: 'mark the keys @revoked in known_hosts', identityagent: 'start the worker with that agent in SSH_AUTH_SOCK',
  proxyusefdpass: 'give ssh.proxyCommand a command that passes the data itself, like nc or ssh -W',
};
/** Values with which those keywords change nothing. */
const HARMLESS: Readonly<Record<string, RegExp>> = {
  addressfamily: /^any$/i, knownhostscommand: /^none$/i, revokedhostkeys: /^none$/i,
  identityagent: /^SSH_AUTH_SOCK$/, proxyusefdpass: /^no$/i,
};
/** Keywords of logins that ssh2 does not have. */
const OTHER_LOGINS: Readonly<Record<string, RegExp>> = {
  certificatefile: /./, pkcs11provider: /^(?!none$)./i, gssapiauthentication: /^yes$/i, securitykeyprovider: /^(?!internal$)./i,
};

function systemSsh(option: string): string {
  return `use the system's ssh: ssh.proxyCommand with ssh ${option} -W`;
}

/** What the text of the file says of the host of this name. Throws `Refused`. */
export function configured(text: string, name: string, file: string): Configured {
  const found = computed(text, name, file);
  for (const [keyword, wayRound] of Object.entries(REFUSED)) {
    const value = found.get(keyword)?.[0];
    if (value !== undefined && !HARMLESS[keyword]?.test(value)) {
      throw new Refused(`${file} sets ${keyword} for ${name}, which Lockkeeper does not follow: ${wayRound}, or name a file without it.`);
    }
  }
  const first = (keyword: string): string | undefined => {
    const value = found.get(keyword)?.[0];
    return value === undefined || value === '' || /^none$/i.test(value) ? undefined : value;
  };
  const port = first('port');
  if (port !== undefined && !/^[1-9]\d{0,4}$/.test(port)) throw new Refused(`${file} has the port "${port}" for ${name}: correct it.`);
  // Whichever of the two stands first is the way; "none" ends it too.
  const way = [...found.keys()].find((keyword) => keyword === 'proxyjump' || keyword === 'proxycommand');
  return {
    hostName: first('hostname'), user: first('user'), port: port === undefined ? undefined : Number(port),
    identityFile: first('identityfile'), knownHostsFile: first('userknownhostsfile'), hostKeyAlias: first('hostkeyalias'),
    proxyJump: way === 'proxyjump' ? first(way) : undefined,
    proxyCommand: way === 'proxycommand' ? first(way) : undefined,
    notFollowed: notFollowed(found, file),
  };
}

/** Every keyword in lower case with its values, in the order in which they were found. */
function computed(text: string, name: string, file: string): ReadonlyMap<string, readonly string[]> {
  try {
    const config = SshConfig.parse(text);
    refuseUncertain(config, file);
    const said = config.compute(name, { ignoreCase: true, matchExec: false });
    return new Map(Object.entries(said).map(([keyword, value]) => [keyword, [value].flat()]));
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(`${file} cannot be read as OpenSSH's client configuration (${(error as Error).message}): correct it, \`ssh -G -F ${file} ${name}\` says where.`, { cause: error });
  }
}

/** Whether a Match fits depends on what is not known here, or on running something; canonical names are asked of the network. */
function refuseUncertain(config: SshConfig, file: string): void {
  for (const line of config.flatMap((each) => ('config' in each ? [each, ...each.config] : [each]))) {
    const criteria = 'criteria' in line ? Object.keys(line.criteria).filter((each) => each.toLowerCase() !== 'all') : [];
    if (criteria.length > 0) {
      throw new Refused(`${file} has a block "Match ${criteria.join(' ')}", which Lockkeeper does not evaluate: write it as a Host block, or name a file without it in ssh.configFile.`);
    }
    if ('param' in line && /^CanonicalizeHostname$/i.test(line.param) && line.value !== 'no') {
      throw new Refused(`${file} sets CanonicalizeHostname, which Lockkeeper does not follow: give full names as addresses, and name a file without it in ssh.configFile.`);
    }
  }
}

function notFollowed(found: ReadonlyMap<string, readonly string[]>, file: string): string {
  const logins = Object.entries(OTHER_LOGINS).filter(([keyword, sets]) => sets.test(found.get(keyword)?.[0] ?? '')).map(([keyword]) => keyword);
  const strict = /^(no|off|accept-new)$/i.exec(found.get('stricthostkeychecking')?.[0] ?? '')?.[0];
  return [
    ...(logins.length === 0 ? [] : [`${file} sets ${logins.join(' and ')}, with which Lockkeeper cannot log in: give a plain key, or an agent that holds one.`]),
    ...(strict === undefined ? [] : [`StrictHostKeyChecking ${strict} in ${file} is never followed.`]),
  ].join(' ');
}
