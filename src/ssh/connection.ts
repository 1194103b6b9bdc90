/**
 * One connection to one host, kept and shared.
 *
 * The first caller connects; callers that come meanwhile wait for the same attempt. A connection that is lost fails
 * everything under way on it with `Unreachable`, and the next call connects again. A dead network is noticed by
 * keepalive: three unanswered questions, 5 s apart, is 15 to 20 s, well under any step's patience and above a hiccup.
 */
import ssh2 from 'ssh2';
import type { Client, ConnectConfig } from 'ssh2';
import type { Duplex } from 'node:stream';
import type { Reachable } from '../upgrade/installation.ts';
import { completeHost, type Complete } from './configured-host.ts';
import { Refused, Unreachable, unlessAborted } from './errors.ts';
import { hostKeyRule, type HostKeyRule } from './host-key.ts';
import { loginName, loginWith } from './login.ts';
import { startProxy, type Proxy } from './proxy-command.ts';
import { onWorker, type HostsConfig } from './settings.ts';
import { createSlots, type Slots } from './slots.ts';

const KEEPALIVE = { keepaliveInterval: 5_000, keepaliveCountMax: 3 };
/** TCP, key exchange and login together; a loaded host needs seconds, not a minute. */
const READY_TIMEOUT = 20_000;
/** sshd allows ten sessions a connection unless told otherwise (MaxSessions); some are left for those being closed. */
const SESSIONS_AT_ONCE = 6;

export interface Connection {
  readonly host: Reachable;
  readonly slots: Slots;
  /** Whether sudo on the host wants a terminal (`requiretty` in sudoers); undefined until it was asked. */
  readonly sudo: { wantsTerminal?: boolean };
  /** How often it was lost so far: counted before what went over it fails. */
  readonly losses: number;
  /** The live client; connects when there is none. Throws `Unreachable` or `Refused`. */
  client(signal?: AbortSignal): Promise<Client>;
  /** Cuts it. The next call connects again. */
  cut(): void;
}

export function createConnection(host: Reachable, config: HostsConfig, through: (jump: Reachable) => Connection): Connection {
  let current: Promise<Client> | undefined, losses = 0;
  const forget = (attempt: Promise<Client>): void => {
    if (current === attempt) current = undefined;
  };
  const begin = (): Promise<Client> => {
    const attempt = connect(host, config, through);
    current = attempt;
    attempt.then(
      (client) => client.once('close', () => {
        losses += 1;
        forget(attempt);
      }),
      () => forget(attempt),
    );
    return attempt;
  };
  return {
    host,
    slots: createSlots(SESSIONS_AT_ONCE),
    sudo: {},
    get losses() {
      return losses;
    },
    client: (signal) => unlessAborted(current ?? begin(), signal),
    cut() {
      const cut = current;
      current = undefined;
      cut?.then((client) => client.destroy(), () => undefined);
    },
  };
}

async function connect(asked: Reachable, config: HostsConfig, through: (jump: Reachable) => Connection): Promise<Client> {
  const { host, notFollowed } = await completeHost(asked, config);
  return connectTo(host, config, through).catch((error: unknown) => {
    throw error instanceof Refused && notFollowed !== '' ? new Refused(`${error.says} ${notFollowed}`, { cause: error }) : error;
  });
}

async function connectTo(host: Complete, config: HostsConfig, through: (jump: Reachable) => Connection): Promise<Client> {
  const rule = await hostKeyRule(host, onWorker(host.ssh.knownHostsFile, config));
  const login = await loginWith(host, config);
  let wrongKey: Refused | undefined;
  for (const serverHostKey of rule.asks) {
    const { sock, proxy } = await wayTo(host, config, through);
    const settings: ConnectConfig = {
      host: host.address, port: host.ssh.port, ...login, ...KEEPALIVE, readyTimeout: READY_TIMEOUT,
      algorithms: { serverHostKey: [...serverHostKey] }, ...(sock ? { sock } : {}),
    };
    try {
      const client = await handshake(host, settings, { rule, login: loginName(host, config) });
      if (proxy) client.once('close', proxy.end);
      return client;
    } catch (error) {
      if (proxy && error instanceof Unreachable) throw await proxy.blamed(error);
      proxy?.end();
      // A pinned fingerprint does not say which kind of key it is of: ask for the next kind.
      if (error instanceof WrongKey) wrongKey = error.refused ?? wrongKey;
      else throw error;
    }
  }
  throw wrongKey ?? new Refused(`${host.name} (${host.address}:${host.ssh.port}) offers no kind of host key that Lockkeeper knows.`);
}

/** What the connection is made over; nothing for a connection of its own. */
async function wayTo(host: Complete, config: HostsConfig, through: (jump: Reachable) => Connection): Promise<{ readonly sock?: Duplex; readonly proxy?: Proxy }> {
  const { jumpHost, proxyCommand } = host.ssh;
  if (jumpHost !== undefined) return { sock: await forwarded(through(jumpHost), host) };
  if (proxyCommand === undefined) return {};
  const proxy = startProxy(host, proxyCommand, config);
  return { sock: proxy.sock, proxy };
}

/** The host showed a key that is not trusted, or (without `refused`) has none of the kind asked for. */
class WrongKey extends Error {
  readonly refused: Refused | undefined;
  constructor(refused?: Refused) {
    super('wrong host key');
    this.refused = refused;
  }
}

function handshake(host: Complete, settings: ConnectConfig, trust: { readonly rule: HostKeyRule; readonly login: string }): Promise<Client> {
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    let judged: Refused | null = null;
    const fail = (error: Error & { level?: string }): void => {
      client.on('error', () => undefined); // what comes after the first is its echo
      client.destroy();
      if (judged) reject(new WrongKey(judged));
      else if (/no matching host key/i.test(error.message)) reject(new WrongKey());
      else reject(whyNotConnected(host, trust.login, error));
    };
    client.once('error', fail);
    client.once('close', () => fail(new Error('the host closed the connection')));
    client.once('ready', () => {
      client.removeListener('error', fail);
      // Errors of a live connection end in 'close', which fails whatever is under way on it.
      client.on('error', () => client.destroy());
      client.setNoDelay(true);
      resolve(client);
    });
    client.connect({
      ...settings,
      hostVerifier: (key: Buffer) => {
        judged = trust.rule.judge(key);
        return judged === null;
      },
    });
  });
}

function whyNotConnected(host: Complete, login: string, error: Error & { level?: string }): Error {
  const where = `${host.name} (${host.address}:${host.ssh.port})`;
  if (error.level === 'client-authentication' || /too many authentication failures/i.test(error.message)) {
    return new Refused(`${where} refused the login of ${host.ssh.user} with ${login}: put its public key into ${host.ssh.user}'s authorized_keys there, or correct ssh.user and ssh.identityFile.`, { cause: error });
  }
  if (/no matching (key exchange|.*cipher|.*MAC)/i.test(error.message)) {
    return new Refused(`${where} and Lockkeeper have no encryption in common (${error.message}): the host's SSH server is too old or too narrow.`, { cause: error });
  }
  return new Unreachable(`${where} cannot be reached by SSH: ${error.message}.`, { cause: error });
}

/** A stream to the host through its jump host. */
async function forwarded(jump: Connection, host: Complete): Promise<Duplex> {
  const client = await jump.client();
  return new Promise((resolve, reject) => {
    const lost = (): void => reject(new Unreachable(`${jump.host.name} was lost on the way to ${host.name}.`));
    client.once('close', lost);
    client.forwardOut('127.0.0.1', 0, host.address, host.ssh.port, (error, stream) => {
      client.removeListener('close', lost);
      if (error) reject(new Unreachable(`${host.name} (${host.address}:${host.ssh.port}) cannot be reached through ${jump.host.name}: ${error.message}.`, { cause: error }));
      else resolve(stream);
    });
  });
}
