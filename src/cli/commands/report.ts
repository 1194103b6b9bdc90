/** `report`: what an upgrade did, from history; works for closed and terminated ones, and without a worker. */
import type { Command } from 'commander';
import { readRecorded } from '../../temporal/history.ts';
import { foldReport, type Report } from '../../upgrade/report.ts';
import { EXIT, Stop } from '../exit.ts';
import { GRPC, grpcFailure, isNotFound } from '../explain.ts';
import { idArgument, printAs, whereOf, withTemporalOptions, type Context, type TemporalOptions } from '../options.ts';
import { reportMarkdown } from '../render/report.ts';
import { noUpgrade, workflowIdOf } from '../standing.ts';
import { withTemporal } from '../temporal.ts';

export function addReport(program: Command, { terminal, exit }: Context): void {
  withTemporalOptions(program.command('report').addArgument(idArgument()))
    .description('what an upgrade did: every step with its evidence, who approved what, what users saw')
    .option('--run <runId>', 'an earlier upgrade of the installation, by the id that Temporal shows')
    .addHelpText('after', `
Examples:
  lockkeeper report om-prod > om-prod-upgrade.md
  lockkeeper report om-prod -o json`)
    .action(async (id: string, options: TemporalOptions & { readonly run?: string }) => {
      const report = await withTemporal(whereOf(options), ({ client }) => reportOf(client, id, options.run));
      printAs(options, terminal, { json: () => report, text: () => reportMarkdown(report) });
      exit(report.end === 'running' || report.end === 'done' ? EXIT.done : EXIT.failed);
    });
}

async function reportOf(client: Parameters<typeof readRecorded>[0], installation: string, run: string | undefined): Promise<Report> {
  try {
    const { entries, complete } = await readRecorded(client, workflowIdOf(installation), run);
    return foldReport(entries, complete);
  } catch (error) {
    if (run !== undefined && (isNotFound(error) || grpcFailure(error)?.code === GRPC.invalidArgument)) {
      throw new Stop(`${installation} has no upgrade with the run id "${run}". Without --run it is the newest one; the Temporal UI shows the ids of earlier ones.`, EXIT.usage);
    }
    throw isNotFound(error) ? noUpgrade(installation) : error;
  }
}
