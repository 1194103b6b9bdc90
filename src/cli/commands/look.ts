/** Commands that look at one upgrade: `status`, `watch`, `wait`. */
import type { Command } from 'commander';
import { EXIT } from '../exit.ts';
import { idArgument, printAs, whereOf, withTemporalOptions, type Context, type TemporalOptions } from '../options.ts';
import { standingJson } from '../render/json.ts';
import { newLines } from '../render/lines.ts';
import { screen } from '../render/screen.ts';
import { exitCodeOf, lookAt, type Standing } from '../standing.ts';
import { withTemporal } from '../temporal.ts';
import { waitFor, watch } from '../watch.ts';

export function addLooks(program: Command, context: Context): void {
  const { terminal, exit } = context;

  withTemporalOptions(program.command('status').addArgument(idArgument()))
    .description('where an upgrade stands and what it waits for; works without a worker')
    .addHelpText('after', `
Ends with 0 when it runs or is done, 1 when it failed or was aborted, 3 when a person is waited for,
5 when no worker is running.

Examples:
  lockkeeper status om-prod
  lockkeeper status om-prod -o json`)
    .action(async (id: string, options: TemporalOptions) => {
      const standing = await withTemporal(whereOf(options), ({ client }) => lookAt(client, id));
      printAs(options, terminal, {
        json: () => standingJson(standing),
        text: () => screen(standing, { columns: terminal.columns, colours: terminal.colours, now: new Date() }),
      });
      exit(exitCodeOf(standing));
    });

  withTemporalOptions(program.command('watch').addArgument(idArgument()))
    .description('watch an upgrade: a live view on a terminal, plain lines elsewhere; Ctrl-C leaves the upgrade alone')
    .addHelpText('after', `
With -o json: one line of JSON, as of status, whenever something has changed.`)
    .action(async (id: string, options: TemporalOptions) => {
      exit(await withTemporal(whereOf(options), (temporal) => watch(temporal, id, { terminal, json: options.output === 'json' })));
    });

  withTemporalOptions(program.command('wait').addArgument(idArgument()))
    .description('return as soon as a person is waited for (3), or the upgrade is done (0) or has failed (1)')
    .addHelpText('after', `
Example, for a script:
  lockkeeper wait om-prod; test $? -eq 3 && notify-the-operator`)
    .action(async (id: string, options: TemporalOptions) => {
      const standing = await withTemporal(whereOf(options), (temporal) => waitFor(temporal, id, terminal));
      if (standing === null) return exit(EXIT.done);
      printAs(options, terminal, { json: () => standingJson(standing), text: () => waitedFor(standing) });
      exit(exitCodeOf(standing));
    });
}

function waitedFor(standing: Standing): string {
  if (standing.kind !== 'open') return newLines(null, standing).join('\n');
  const { waitingFor, held } = standing.view;
  const quiet = { ...standing, view: { ...standing.view, waitingFor: [], held: null } };
  return newLines(quiet, { ...standing, view: { ...standing.view, waitingFor, held } }).join('\n');
}
