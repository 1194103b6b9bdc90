/** `list`: all upgrades, and which of them need a person. */
import type { Command } from 'commander';
import { printAs, whereOf, withTemporalOptions, type Context, type TemporalOptions } from '../options.ts';
import { listLines } from '../render/list.ts';
import { withTemporal } from '../temporal.ts';
import { listUpgrades, withAnswers } from '../upgrades.ts';

export function addList(program: Command, { terminal }: Context): void {
  withTemporalOptions(program.command('list'))
    .description('all upgrades: what each waits for, and which cannot go on')
    .action(async (options: TemporalOptions) => {
      const upgrades = await withTemporal(whereOf(options), async ({ client }) => withAnswers(client, await listUpgrades(client)));
      printAs(options, terminal, {
        json: () => upgrades,
        text: () => listLines(upgrades, { columns: terminal.columns, colours: terminal.colours, now: new Date() }).join('\n'),
      });
    });
}
