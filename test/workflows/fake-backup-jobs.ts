/** The setting "Backup Jobs" of every Backup Daemon, as Ops Manager's API holds it, and what the hosts have noted of it. */
import type { BackupJobsOutcome } from '../../activities/ops-manager/contract.ts';
import { everyDaemon, isSameDaemon, type ManagedDaemon } from '../../src/upgrade/backup-jobs.ts';
import type { Attempt } from '../../src/upgrade/outcome.ts';
import { done, failed } from './fake-outcomes.ts';

export interface FakeDaemon extends ManagedDaemon { enabled: boolean }

export class FakeBackupJobs {
  readonly daemons: FakeDaemon[] = ['om-1', 'bkp-1'].map((machine) => ({ machine, headRootDirectory: '/data/backup/', enabled: true }));
  /** What the hosts remember; outlives a run. */
  noted: readonly ManagedDaemon[] = [];
  /** Why the API takes no updates, beside Upgrade Mode. */
  refuses: string | null = null;
  readonly #upgradeMode: () => boolean;

  constructor(upgradeMode: () => boolean) {
    this.#upgradeMode = upgradeMode;
  }

  /** Machines whose daemon begins new jobs. */
  on(): string[] {
    return this.daemons.filter(({ enabled }) => enabled).map(({ machine }) => machine);
  }

  switchOff({ mode }: Attempt): BackupJobsOutcome {
    const on = this.daemons.filter(({ enabled }) => enabled);
    if (on.length === 0) return { outcome: 'already', evidence: 'off', off: this.noted };
    if (mode === 'look') return { ...failed('on'), off: this.noted };
    this.noted = everyDaemon(this.noted, on.map(({ machine, headRootDirectory }) => ({ machine, headRootDirectory })));
    return this.#update(on, false) ?? { ...done('off'), off: this.noted };
  }

  switchOn({ mode }: Attempt, known: readonly ManagedDaemon[] = []): BackupJobsOutcome {
    const wanted = everyDaemon(known, this.noted);
    const due = this.daemons.filter((each) => !each.enabled && wanted.some((other) => isSameDaemon(each, other)));
    if (due.length > 0 && mode === 'look') return { ...failed('off'), off: wanted };
    const refused = due.length > 0 ? this.#update(due, true) : undefined;
    if (refused) return refused;
    this.noted = [];
    return { ...done('on'), off: [] };
  }

  #update(daemons: readonly FakeDaemon[], enabled: boolean): BackupJobsOutcome | undefined {
    const why = this.#upgradeMode() ? 'Ops Manager is in Upgrade Mode and takes no writes (405)' : this.refuses;
    if (why !== null) return { ...failed(why), off: enabled ? daemons : this.noted };
    for (const daemon of daemons) daemon.enabled = enabled;
    return undefined;
  }
}
