/** Hosts on which sudo runs what `lockkeeper sudoers` prints, and nothing else. */
import type { SudoersGroup } from '../../src/cli/render/sudoers.ts';
import type { LabHost } from '../lab/topology.ts';
import type { Story } from './story.ts';

/**
 * Lets the operator run by sudo what is printed for the story's file, on om-2 with a password; and on single hosts the
 * lines that a site writes itself, for commands of its own. Returns what every host was given.
 */
export async function allowWhatIsPrinted(story: Story, own: Partial<Record<LabHost, string>> = {}): Promise<Readonly<Record<LabHost, string>>> {
  const groups = JSON.parse(await story.must(0, 'sudoers', story.file, '-o', 'json')) as readonly SudoersGroup[];
  const given = groups.flatMap(({ hosts, text }) => (hosts as LabHost[]).map((host) => [host, `${text}${own[host] ?? ''}`] as const));
  await Promise.all(given.map(([host, text]) => story.lab.sh(host, 'cat >/root/lines && visudo -cf /root/lines && rm /etc/sudoers.d/ops && install -m 0440 /root/lines /etc/sudoers.d/lockkeeper', text)));
  return Object.fromEntries(given) as Record<LabHost, string>;
}
