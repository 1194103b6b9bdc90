/** What `init` sees a host with, whichever product is there. Looks change nothing; what could not be seen is told in a sentence. */
import { readFile } from '../../products/linux/keeping.ts';
import type { HttpAnswer, HostSession, Ran } from '../../ssh/port.ts';
import { asLogin, type Command } from '../../upgrade/command.ts';
import { REFUSED } from '../../upgrade/errors.ts';

/** Runs commands, by sudo where they want it, until sudo refuses once: a wrong password given twice may lock an account. */
export class Eyes {
  readonly session: HostSession;
  #sudo = true;
  readonly notSeen: string[] = [];

  constructor(session: HostSession) {
    this.session = session;
  }

  async look(command: Command, options: { readonly stdin?: string } = {}): Promise<Ran> {
    if (command.as !== 'login' && this.#sudo) {
      try {
        return await this.session.run(command, { ...options, unredacted: true });
      } catch (error) {
        if (!(error instanceof Error) || error.name !== REFUSED) throw error;
        this.#sudo = false;
        this.notSeen.push(/password/.test(error.message)
          ? 'sudo asks for a password here: give it by ssh.sudoPassword (init: --sudo-password-env).'
          : 'sudo does not let this login look as root: `lockkeeper sudoers` prints the lines that an upgrade needs.');
      }
    }
    return this.session.run({ ...command, as: 'login' }, { ...options, unredacted: true });
  }

  /** Null, and told, when it cannot be read. */
  async read(path: string, command = readFile(path)): Promise<string | null> {
    const { code, stdout } = await this.look(command);
    if (code !== 0) this.notSeen.push(`${path} could not be read.`);
    return code === 0 ? stdout : null;
  }

  /** The release that answers at the URL; none, and told, when nothing does or the answer names none. */
  async served(url: URL, versionIn: (answer: HttpAnswer) => string | null): Promise<string | undefined> {
    try {
      const answer = await this.session.http({ url: url.href, timeoutMs: 5_000 });
      const version = answer.status === 200 ? versionIn(answer) : null;
      if (version === null) this.notSeen.push(`${url.origin} names no version (it answered ${answer.status}).`);
      return version ?? undefined;
    } catch (error) {
      this.notSeen.push(`${url.origin} was not answered (${error instanceof Error ? error.message : String(error)}).`);
      return undefined;
    }
  }
}

/** The host's own name and IP addresses; no name where it does not tell. */
export async function whoIsIt(eyes: Eyes): Promise<{ readonly hostname: string | undefined; readonly addresses: readonly string[] }> {
  const hostname = (await eyes.look(asLogin('hostname'))).stdout.trim().toLowerCase().split('.')[0];
  const addresses = (await eyes.look(asLogin('hostname', '-I'))).stdout.trim().split(/\s+/).filter((word) => /^[\da-f]*[.:][\da-f.:]+$/i.test(word));
  return { hostname: hostname || undefined, addresses };
}
