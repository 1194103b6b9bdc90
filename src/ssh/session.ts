/** One host, as the rest of Lockkeeper uses it. Every text that comes back is cut and has its secrets blacked out. */
import { asRoot, type Command } from '../upgrade/command.ts';
import { makeLockFolder } from '../upgrade/state-folder.ts';
import { DEFAULT_OUTPUT, exec, type ExecOptions } from './channel.ts';
import type { Connection } from './connection.ts';
import { Refused, Unreachable } from './errors.ts';
import { forward } from './forward.ts';
import { askHttp } from './http.ts';
import { answered, livingJobs, readJob, startJob, sweepJobs, type JobGround } from './jobs.ts';
import { BREAK, READ_LOCK, RELEASE, TAKE, lockFile, parseLock, writeLock } from './lock.ts';
import type { Forbidden, HostLock, HostSession, Ran, RunOptions } from './port.ts';
import type { HostsConfig } from './settings.ts';
import { afterMark, shellLine } from './shell.ts';
import { askEach, forbiddenIn, questions, withinFor } from './sudo-questions.ts';
import { SUDO_ASKED, SUDO_ASKING, sudoRefusal, sudoRefused, sudoWords, wantsTerminal, withTerminal } from './sudo.ts';
import { upload } from './upload.ts';

/** Shell: the command as arguments, with nothing on stdin or with what was sent behind the password. */
function shellFor(withPassword: boolean, withStdin: boolean): string {
  const command = withStdin ? '"$@"' : '"$@" </dev/null';
  return withPassword ? `IFS= read -r password\n${SUDO_ASKING}${command} 3>&-\ncode=$?\n${SUDO_ASKED}exit $code` : command;
}

export function createSession(connection: Connection, config: HostsConfig): HostSession {
  const { host } = connection;
  const lock = lockFile(config.stateFolder);

  const script = async (text: string, data: readonly string[], options: ExecOptions = {}): Promise<Ran> => {
    const ran = await exec(connection, shellLine(text, ...data), options);
    const { redact } = config.secrets;
    const shown = options.unredacted === true ? (text: string) => text : redact;
    return tidy(ran, { host: host.name, limit: options.maxOutput ?? DEFAULT_OUTPUT, redact, shown });
  };
  const sudoPassword = async (): Promise<string | undefined> =>
    host.ssh.sudoPassword === undefined ? undefined : await config.secrets.resolve(host.ssh.sudoPassword);
  /** A `script` that ends before its command would make every job look finished, and every question answered. */
  const seeTerminalWork = async ({ signal }: RunOptions): Promise<void> => {
    const { code } = await script('"$@"', withTerminal(['/bin/sh', '-c', 'sleep 1; exit 7']), { signal });
    if (code === undefined) throw new Unreachable(`The channel to ${host.name} closed before its \`script\` was seen to work.`);
    if (code !== 7) throw new Refused(`sudo on ${host.name} wants a terminal (requiretty), and its \`script\` cannot give one (exit ${code}): install util-linux 2.25 or newer, or write into sudoers: Defaults:${host.ssh.user} !requiretty`);
  };
  /** Runs the command, or asks sudo whether it may be run; once more with a terminal where sudo ran nothing for want of one. */
  const withSudo = async (command: Command, options: RunOptions = {}, ask?: 'ask'): Promise<Ran & { readonly refused: string | null }> => {
    const password = command.as === 'login' ? undefined : await sudoPassword();
    const asked = password !== undefined, { sudo } = connection;
    const onTerminal = command.as !== 'login' && sudo.wantsTerminal === true;
    const words = sudoWords(command, asked, ask), typedOn = onTerminal ? withTerminal(words) : words;
    const stdin = `${asked ? `${password}\n` : ''}${options.stdin ?? ''}`;
    const text = shellFor(asked, options.stdin !== undefined);
    // Without a stdin of its own the command has none, and the channel's stays open: only then can it be stopped.
    const ran = options.stdin !== undefined ? await script(text, typedOn, { ...options, stdin })
      : await script(text, typedOn, { ...options, stoppable: true, feed: async (channel) => void channel.write(stdin) });
    const refused = sudoRefusal(command, ran);
    if (command.as === 'login' || onTerminal) return { ...ran, refused };
    const wanted = wantsTerminal(refused);
    if (wanted) await seeTerminalWork(options);
    sudo.wantsTerminal = wanted;
    return wanted ? withSudo(command, options, ask) : { ...ran, refused };
  };
  /** A job is started once: whether its sudo wants a terminal is asked before. */
  const sudoWantsTerminal = async (options?: RunOptions): Promise<boolean> => {
    if (connection.sudo.wantsTerminal === undefined) await withSudo(asRoot('true'), options, 'ask');
    return connection.sudo.wantsTerminal === true;
  };
  const run = async (command: Command, options?: RunOptions): Promise<Ran> => {
    const { refused, ...ran } = await withSudo(command, options);
    if (refused !== null) throw new Refused(sudoRefused(host.name, command, refused));
    return ran;
  };
  /** As the port says; once more with a terminal where sudo answers nothing for want of one. */
  const sudoForbids = async (commands: readonly Command[], options: RunOptions = {}): Promise<readonly Forbidden[]> => {
    const asked = commands.filter(({ as }) => as !== 'login'), password = await sudoPassword();
    const shell = ['/bin/sh', '-c', askEach(password !== undefined)], onTerminal = connection.sudo.wantsTerminal === true;
    const stdin = `${password === undefined ? '' : `${password}\n`}${questions(asked, password !== undefined)}`;
    const ran = await script('"$@"', onTerminal ? withTerminal(shell) : shell, { timeoutMs: withinFor(asked), ...options, stoppable: true, feed: async (channel) => void channel.write(stdin) });
    if (ran.code === undefined) throw new Unreachable(`The channel to ${host.name} closed before sudo answered.`);
    const forbidden = forbiddenIn(ran.stdout, host.name, asked);
    if (onTerminal || !forbidden.some(({ why }) => wantsTerminal(why))) return forbidden;
    await seeTerminalWork(options);
    connection.sudo.wantsTerminal = true;
    return sudoForbids(commands, options);
  };
  /** Makes the lock's folder this login's; safe to repeat, and it takes nothing from a lock that is there. */
  const prepare = async (options?: RunOptions): Promise<void> => {
    const made = await run(makeLockFolder(host.ssh.user, config.stateFolder), options);
    if (made.code !== 0) throw new Refused(`The folder of the lock on ${host.name} cannot be made: ${made.stderr.trim()}`);
  };
  const lockScript = async (text: string, wanted: HostLock, options?: RunOptions): Promise<string> => {
    const ask = async (): Promise<string> => answered(await script(text, [lock, writeLock(wanted), String(wanted.stepNumber)], options), host.name).stdout;
    const first = await ask();
    if (first.trim() !== 'unprepared') return first;
    await prepare(options);
    return ask();
  };
  const ground: JobGround = { name: host.name, lock, sudoPassword, sudoWantsTerminal, script };

  return {
    name: host.name,
    run,
    runLine: async (line, options = {}) => {
      const { redact } = config.secrets, limit = options.maxOutput ?? DEFAULT_OUTPUT;
      const ran = await exec(connection, line, options);
      return { ...ran, stdout: redact(ran.stdout).slice(0, limit), stderr: redact(ran.stderr).slice(0, limit), truncated: ran.truncated || ran.stdout.length > limit };
    },
    sudoForbids,
    startJob: (attempt, job, options) => startJob(ground, { attempt, job, options }),
    readJob: (attempt, name, options) => readJob(ground, { attempt, name, options }),
    livingJobs: (options) => livingJobs(ground, options),
    sweepJobs: (run_, options) => sweepJobs(ground, run_, options),
    async takeLock(wanted, options) {
      const said = await lockScript(TAKE, wanted, options);
      if (said.startsWith('taken')) return { taken: true };
      const heldBy = heldIn(said);
      return { taken: false, heldBy, why: whyHeld(host.name, lock, heldBy) };
    },
    async readLock(options) {
      const said = answered(await script(READ_LOCK, [lock], options), host.name).stdout;
      return heldIn(said);
    },
    releaseLock: async (owner, options) => /^(gone|other)/.test(await lockScript(RELEASE, owner, options)),
    breakLock: async (expected, options) => (await lockScript(BREAK, expected, options)).startsWith('gone'),
    upload: (from, to, options) => upload({ connection, script }, { from, to, ...options }),
    http: (question) => askHttp(connection, question, config.secrets.redact),
    forward: (to, signal) => forward(connection, to, signal),
    cut: () => connection.cut(),
  };
}

function heldIn(said: string): HostLock | null {
  return said.startsWith('held\n') ? parseLock(said.slice('held\n'.length)) : null;
}

function whyHeld(host: string, file: string, heldBy: HostLock | null): string {
  return heldBy === null
    ? `${file} on ${host} is there but cannot be read as a lock: look at it, and remove it by hand if nothing is at work.`
    : `${host} is locked by ${heldBy.workflowId} (run ${heldBy.firstExecutionRunId}, namespace ${heldBy.namespace}, step ${heldBy.stepNumber}): let that upgrade end, or see \`lockkeeper doctor\`.`;
}

interface Tidying {
  readonly host: string;
  readonly limit: number;
  readonly redact: (text: string) => string;
  /** What is done to stdout. */
  readonly shown: (text: string) => string;
}

/** What a profile printed before the mark goes, then secrets, then what is beyond the limit. */
function tidy(ran: Ran, { host, limit, redact, shown }: Tidying): Ran {
  const stdout = afterMark(ran.stdout);
  if (stdout === undefined && ran.code !== undefined) {
    throw new Refused(`The login shell on ${host} did not run the command: ${redact((ran.stderr || ran.stdout).trim().replace(/\.$/, '')).slice(0, 500) || `exit ${ran.code}`}. The login user needs a shell that runs commands: sh, bash, zsh, csh or tcsh, neither nologin nor a restricted one.`);
  }
  const out = shown(stdout ?? '');
  const err = redact(afterMark(ran.stderr) ?? ran.stderr);
  return { ...ran, stdout: out.slice(0, limit), stderr: err.slice(0, limit), truncated: ran.truncated || out.length > limit || err.length > limit };
}
