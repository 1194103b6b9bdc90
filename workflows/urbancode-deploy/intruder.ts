/**
 * Nothing may come up while an installer runs: all that must be down is watched, by the same probe that proved it, from
 * the moment in which an installer is handed out until it has ended, its questions included.
 *
 * What came up is stopped at once, while the others are watched on. Then a person is asked, because it may have damaged
 * the database; the installer, which nothing can stop, is seen to its end meanwhile, and nothing is started before the
 * answer.
 */
import { CancellationScope, condition, sleep } from '@temporalio/workflow';
import type { NotDown, WholeStop } from '../../activities/urbancode-deploy/contract.ts';
import type { UrbancodeDeployHost } from '../../src/upgrade/installation-urbancode.ts';
import { asRecord, asText } from '../../src/upgrade/shape.ts';
import { long } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import { whatHappened } from '../runbook/happened.ts';
import { hostNamed } from '../steps/backups.ts';
import { isGuided } from './guided.ts';
import { fullStopProven, stoppedAgain } from './stop.ts';
import type { Upgrade } from './upgrade.ts';

/** A supervisor's cycle is seldom shorter, and a look costs each host a process list. */
const EVERY = '5s';
/** Hosts that could not be watched are seldom back sooner; and what nobody can switch off shall not be stopped each time within seconds, for hours. */
const AGAIN_AFTER = '1m';

type Ended = { readonly error: unknown } | undefined;

export class IntruderWatch {
  readonly #upgrade: Upgrade;
  readonly #installer: UrbancodeDeployHost;
  readonly #stop: WholeStop;
  #under: { readonly scope: CancellationScope; readonly ended: Promise<Ended> } | undefined;
  /** The look under way; begun again when one more host is to be watched. */
  #look: CancellationScope | undefined;
  /** Hosts that are being stopped, and so are not watched. */
  readonly #aside = new Map<string, Promise<Ended>>();
  /** Hosts whose intrusion a person is being asked about. */
  readonly #asking = new Map<string, Promise<Ended>>();
  /** Whose intrusion a person answered with abort. */
  #aborted: string | undefined;

  /** @param stop what must be down beside the installer. */
  constructor(upgrade: Upgrade, installer: UrbancodeDeployHost, stop: WholeStop) {
    this.#upgrade = upgrade;
    this.#installer = installer;
    this.#stop = stop;
  }

  begin(): void {
    if (this.#under) return;
    const scope = new CancellationScope();
    this.#under = { scope, ended: ended(this.#watch(scope)) };
  }

  /** Returns when all that came up was stopped and asked about. Throws where that ended in an abort. */
  async end(): Promise<void> {
    this.#under?.scope.cancel();
    const watched = await this.#under?.ended;
    this.#under = undefined;
    const stopped = await Promise.all(this.#aside.values()); // who is stopped is asked about next
    const asked = await Promise.all(this.#asking.values());
    this.#aside.clear();
    this.#asking.clear();
    for (const each of [watched, ...stopped, ...asked]) if (each) throw each.error;
    if (this.#aborted !== undefined) throw new AbortUpgrade(`aborted: a server lived on ${this.#aborted} beside the installer`);
  }

  /** What came up in the last moment of the watch is seen here, before anything is started. */
  async seeNobodyCame(): Promise<void> {
    const hosts = this.#stop.hosts.filter((name) => name !== this.#installer.name); // its own server is what comes next
    if (hosts.length > 0) await fullStopProven(this.#upgrade, { ...this.#stop, hosts, everything: false }, (alive) => this.#stopped(alive));
    await this.end();
  }

  async #watch(scope: CancellationScope): Promise<void> {
    while (!scope.consideredCancelled) {
      const look = new CancellationScope({ cancellable: true, parent: scope });
      this.#look = look;
      const seen = await look.run(() => this.#next()).catch((error: unknown) => {
        if (!look.consideredCancelled) throw error;
        return undefined;
      });
      if (isAlive(seen, this.#stop.hosts)) this.#came(seen, scope);
    }
  }

  async #next(): Promise<unknown> {
    const { installation, record } = this.#upgrade;
    // Who installs by hand may start it before saying so; an installer stops at its own server's pid file.
    const own = isGuided(this.#installer) ? this.#installer.name : undefined;
    const hosts = installation.hosts.filter(({ name }) => this.#stop.hosts.includes(name) && name !== own && !this.#aside.has(name));
    if (hosts.length === 0) await condition(() => false); // until one is watched again
    let says = 'it was completed by hand';
    try {
      const seen: unknown = await long(`watch that no server comes up beside the installer on ${this.#installer.name}`).watchForServers({ hosts, every: EVERY });
      if (isAlive(seen, this.#stop.hosts)) return seen;
    } catch (error) {
      const happened = whatHappened(error);
      if (happened.kind === 'pass') throw error;
      if ('says' in happened) says = happened.says;
    }
    record.note({ step: 'watch', outcome: `ended early, and is begun again: ${says}` });
    await sleep(AGAIN_AFTER, { summary: 'before the next watch' });
    return undefined;
  }

  /** It is stopped beside the watch, which goes on with the others; then it is watched again, too. */
  #came(alive: NotDown, scope: CancellationScope): void {
    const cameBack = this.#asking.has(alive.host);
    const handled = async (): Promise<void> => {
      await this.#stopped(alive);
      if (cameBack) await ended(scope.run(() => sleep(AGAIN_AFTER, { summary: `before ${alive.host} is watched again` })));
      this.#aside.delete(alive.host);
      this.#look?.cancel();
    };
    this.#aside.set(alive.host, ended(handled()));
  }

  async #stopped(alive: NotDown): Promise<void> {
    const { host: name, says } = alive;
    const { installation, record } = this.#upgrade;
    record.note({ step: 'watch', host: name, outcome: `${this.#lived(name)}: ${says}` });
    await stoppedAgain(this.#upgrade, hostNamed(installation.hosts, name));
    if (!this.#asking.has(name)) this.#asking.set(name, ended(this.#asked(alive).then(() => void this.#asking.delete(name))));
  }

  async #asked({ host, says }: NotDown): Promise<void> {
    const { journal, operator, record } = this.#upgrade;
    const answer = await operator.ask({
      id: journal.questionId(`intruder:${host}`), evidence: says, choices: ['keep-mine', 'abort'], means: { 'keep-mine': 'Go on with the database, which I looked at' },
      asks: `${this.#lived(host)}. It is stopped now, but may have damaged the database. Find out what started it and look at the database and the installer's log; "keep-mine" goes on with the database as it is.`,
    });
    record.state.remarks.push(`${this.#lived(host)}; ${answer.choice === 'abort' ? 'nobody has' : `${answer.by} has`} looked at the database.`);
    if (answer.choice === 'abort') this.#aborted = host; // the installer is seen to its end first
  }

  #lived(host: string): string {
    return `A server lived on ${host} beside the installer on ${this.#installer.name}`;
  }
}

/** Errors of work beside the installer wait until it has ended. */
function ended(work: Promise<void>): Promise<Ended> {
  return work.then(() => undefined, (error: unknown) => ({ error }));
}

/** It may have been typed into the UI. */
function isAlive(value: unknown, hosts: readonly string[]): value is NotDown {
  const { host, is, says } = asRecord(value);
  return is === 'alive' && asText(says) !== undefined && hosts.includes(asText(host) ?? '');
}
