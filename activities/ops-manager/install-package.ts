/** Installs by the host's package manager: one command, which keeps the edited configuration. */
import { stagedPackage } from '../../src/products/linux/keeping.ts';
import type { PackageManager } from '../../src/products/ops-manager/packaging.ts';
import { notNow, refused } from '../at-work.ts';
import { awaitJob, runJob, type HostAtWork, type JobEnd } from './host-at-work.ts';
import type { Installer } from './installer.ts';
import { notStopped } from './processes.ts';
import { lookAtFile, type Seen, type Target } from './staged-file.ts';

const tryName = (n: number): string => `install-${n}`;

export function packageInstaller(at: HostAtWork, manager: PackageManager): Installer {
  const read = async (attempt: Parameters<Installer['install']>[0], n: number) => at.session.readJob(attempt, tryName(n), { signal: at.signal });
  const dryRun = async ({ package: { sha256 } }: Target): Promise<Seen> => {
    const { code, stderr } = await at.look(manager.dryRun(stagedPackage(sha256)));
    return code === 0 ? { right: true, says: 'dry run accepted' } : { right: false, says: `${at.host.name}: ${manager.name} would not take ${stagedPackage(sha256)}: ${stderr.trim()}` };
  };
  const isLockedOut = ({ code, output }: JobEnd): boolean => code !== 0 && manager.isLockedOut(output);
  return {
    lookAtStaged: dryRun,
    prepare: async () => null,
    async progress(attempt) {
      const { state } = await read(attempt, 1);
      return state === 'absent' || state === 'running' ? state : 'begun';
    },
    async whyNotInstall(target) {
      const file = await lookAtFile(at, target);
      const staged = file.right ? await dryRun(target) : file;
      return staged.right ? null : staged.says;
    },
    /**
     * Another package manager at work makes ours end at once, having done nothing: that is "not now". The job has
     * then ended for good, so the next try is a job of the next name. Only such an end leads to another one.
     */
    async install(attempt, { package: { sha256 } }) {
      const command = manager.install(stagedPackage(sha256));
      for (let n = 1; ; n += 1) {
        const seen = await read(attempt, n);
        if (seen.state === 'refused') throw refused(`${at.host.name} did not run the step: ${seen.why}`);
        if (seen.state === 'absent') {
          // The other package manager may have started something meanwhile.
          const living = n === 1 ? null : await notStopped(at);
          if (living) return { state: living.running === 'yes' ? 'finished' : 'lost', output: '', says: `${at.host.name} is not stopped: ${living.why} Nothing was installed.` };
          const ended = await runJob(at, attempt, { name: tryName(n), command });
          if (isLockedOut(ended)) throw notNow(`${at.host.name}: another package manager is at work and holds ${manager.name}'s lock; nothing was installed yet.`, '15s');
          return ended;
        }
        const ended = await awaitJob(at, attempt, tryName(n), seen);
        if (ended === null) throw notNow(`${at.host.name}: the installation still runs.`);
        if (!isLockedOut(ended)) return ended;
      }
    },
    kept: async () => '',
  };
}
