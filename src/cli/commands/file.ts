/** Commands about an installation file: `validate`. */
import type { Command } from 'commander';
import { loadInstallation } from '../../installation/load.ts';
import { messageOf } from '../../installation/problems.ts';
import type { Installation } from '../../upgrade/installation-urbancode.ts';
import { EXIT } from '../exit.ts';
import { printAs, withOutput, type Context, type OutputOption } from '../options.ts';
import { productName } from '../render/words.ts';

export function addValidate(program: Command, context: Context): void {
  withOutput(program.command('validate <file>'))
    .description('check an installation file; every mistake with its line, all at once')
    .addHelpText('after', `
Examples:
  lockkeeper validate om-prod.yaml
  lockkeeper validate om-prod.yaml -o json     what the workflow is started with`)
    .action(async (file: string, options: OutputOption) => {
      const installation = await loadFile(file, options, context);
      if (installation === null) return;
      printAs(options, context.terminal, {
        json: () => installation,
        text: () => `${file} is fine: ${installation.installation}, ${productName(installation.product)} to ${installation.target.version}, ${installation.hosts.length} hosts.`,
      });
    });
}

/** The installation in the file; null after its mistakes were printed, and the exit code set to 2. */
export async function loadFile(file: string, options: OutputOption, { terminal, exit }: Context): Promise<Installation | null> {
  const loaded = await loadInstallation(file);
  if ('installation' in loaded) return loaded.installation;
  const messages = loaded.problems.map(messageOf);
  if (options.output === 'json') terminal.print(JSON.stringify({ problems: loaded.problems }, null, 2));
  else terminal.complain([...messages, `${file} has ${messages.length === 1 ? 'one mistake' : `${messages.length} mistakes`}; nothing was touched.`].join('\n'));
  exit(EXIT.usage);
  return null;
}

const RUNBOOKS: Readonly<Record<Installation['product'], string>> = { 'ops-manager': 'opsManagerUpgrade', 'urbancode-deploy': 'urbancodeDeployUpgrade' };

/** The workflow type that upgrades this product. */
export function runbookOf({ product }: Installation): string {
  return RUNBOOKS[product];
}
