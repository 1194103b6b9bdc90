/** `sudoers`: the lines that let the login user run what an upgrade needs as root. */
import type { Command } from 'commander';
import { EXIT, Stop } from '../exit.ts';
import { printAs, withOutput, type Context, type OutputOption } from '../options.ts';
import { sudoersGroups, sudoersText } from '../render/sudoers.ts';
import { loadFile } from './file.ts';

interface SudoersOptions extends OutputOption { readonly host?: string; readonly anyPackage?: true }

export function addSudoers(program: Command, context: Context): void {
  withOutput(program.command('sudoers <file>'))
    .description('print the sudoers lines that the upgrade needs on each host; nothing is contacted')
    .option('--host <name>', 'only the lines of this host')
    .option('--any-package', 'lines that hold for later upgrades, too, not for the package of this file alone')
    .addHelpText('after', `
Hosts that need the same lines are named together; for a host whose user is root there are none. Preflight asks sudo on
every host about the same list. Write the lines to a file on the host, check it and put it in place, as root:
  visudo -cf FILE && install -m 0440 FILE /etc/sudoers.d/lockkeeper

Examples:
  lockkeeper sudoers om-prod.yaml
  lockkeeper sudoers om-prod.yaml --host om-1 > om-1.sudoers`)
    .action(async (file: string, options: SudoersOptions) => {
      const installation = await loadFile(file, options, context);
      if (installation === null) return;
      const wish = { installation, anyPackage: options.anyPackage === true };
      const all = sudoersGroups(wish);
      const groups = options.host === undefined ? all : all.filter(({ hosts }) => hosts.includes(options.host ?? ''));
      if (groups.length === 0) throw new Stop(whyNone(options.host, all.flatMap(({ hosts }) => hosts)), EXIT.usage);
      printAs(options, context.terminal, { json: () => groups, text: () => sudoersText(wish, groups) });
    });
}

function whyNone(host: string | undefined, known: readonly string[]): string {
  if (host === undefined || known.length === 0) return 'No host needs such lines: Lockkeeper logs in to all of them as root.';
  return `${host} needs no such lines: the file does not name it, or Lockkeeper logs in to it as root. These hosts need them: ${known.join(', ')}.`;
}
