/**
 * A command on the worker whose stdin and stdout are the connection to a host, as OpenSSH's ProxyCommand. It is started
 * without a shell, in a process group of its own (Ctrl-C at a worker's terminal must not cut connections), and that
 * group ends with the connection. What it says on stderr is told when the host cannot be reached.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { quoted } from '../upgrade/command.ts';
import type { Complete } from './configured-host.ts';
import { Refused, Unreachable } from './errors.ts';
import type { HostsConfig } from './settings.ts';

export interface Proxy {
  readonly sock: Duplex;
  /** Ends the command. */
  end(): void;
  /** Ends it, and says why the host cannot be reached through it; `otherwise` when it had nothing to do with that. */
  blamed(otherwise: Unreachable): Promise<Error>;
}

/** What programs that connect may need. The rest of the worker's environment holds secrets. */
const ENVIRONMENT = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'SSH_AUTH_SOCK', 'KRB5CCNAME'];
/** Characters of its stderr that are told: the last, where the failure stands. */
const TOLD = 500;
/** Milliseconds in which a command that was ended says why. */
const LAST_WORDS = 2_000;

export function startProxy(host: Complete, command: readonly string[], config: HostsConfig): Proxy {
  const words = command.map((word) => filled(word, host));
  const [program = '', ...args] = words;
  const env = Object.fromEntries(ENVIRONMENT.flatMap((name) => (config.env[name] === undefined ? [] : [[name, config.env[name]]])));
  const child = spawn(program, args, { detached: true, env });
  const seen = watch(child);
  const sock = joined(child);
  const end = (): void => void sock.destroy();
  const shown = config.secrets.redact(words.map(quoted).join(' '));
  return {
    sock, end,
    async blamed(otherwise) {
      end();
      // A process of another user (sudo), or one that it left behind, may keep its stderr open for ever.
      await Promise.race([seen.closed, pause(LAST_WORDS, undefined, { ref: false })]);
      if (seen.failure) return new Refused(`\`${shown}\`, the way to ${host.name}, cannot be run on the worker (${seen.failure.code}): correct ssh.proxyCommand, or install it there.`, { cause: seen.failure });
      const said = config.secrets.redact(seen.stderr.trim()).slice(-TOLD) || (child.exitCode !== null ? `it ended with exit ${child.exitCode} and said nothing` : '');
      if (said === '') return otherwise;
      return new Unreachable(`${host.name} (${host.address}:${host.ssh.port}) cannot be reached by SSH through \`${shown}\` on the worker: ${said.replace(/\.$/, '')}.`, { cause: otherwise });
    },
  };
}

/** Both pipes as one stream. When it is destroyed, so is the command; when the command is gone, so is the stream. */
function joined(child: ChildProcessWithoutNullStreams): Duplex {
  const sock = new Duplex({
    read: () => void child.stdout.resume(),
    write: (chunk: Buffer, _encoding, done) => void child.stdin.write(chunk, done),
    final: (done) => void child.stdin.end(done),
    destroy(error, done) {
      killGroup(child);
      for (const pipe of [child.stdin, child.stdout]) pipe.destroy(); // its last words on stderr are still heard
      done(error);
    },
  });
  child.stdout.on('data', (chunk: Buffer) => {
    if (!sock.push(chunk)) child.stdout.pause();
  });
  child.stdout.once('end', () => sock.push(null));
  child.once('close', () => sock.destroy());
  for (const pipe of [sock, child.stdin, child.stdout]) pipe.on('error', () => sock.destroy());
  return sock;
}

/** %h, %p and %r are address, port and user; %% is a percent sign. */
function filled(word: string, host: Complete): string {
  const values: Readonly<Record<string, string>> = { h: host.address, p: String(host.ssh.port), r: host.ssh.user, '%': '%' };
  return word.replace(/%([hpr%])/g, (_, sign: string) => values[sign] ?? '');
}

interface Seen { stderr: string; failure?: NodeJS.ErrnoException; readonly closed: Promise<void> }

function watch(child: ChildProcessWithoutNullStreams): Seen {
  const seen: Seen = { stderr: '', closed: new Promise((resolve) => child.once('close', () => resolve())) };
  child.once('error', (error) => { seen.failure = error; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { seen.stderr = (seen.stderr + text).slice(-8 * TOLD); });
  return seen;
}

function killGroup({ pid }: ChildProcessWithoutNullStreams): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It is gone already, or has become another user's (sudo) and ends with its pipes.
    if (!/^(ESRCH|EPERM)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
