/** Commands by which people speak to an upgrade: `approve`, `answer`, `hold`, `resume`, `abort`. */
import { Argument, type Command } from 'commander';
import { CHOICES, type Choice } from '../../upgrade/messages.ts';
import { EXIT, Stop } from '../exit.ts';
import { durationText, idArgument, printAs, whereOf, withPerson, type Context, type PersonOptions } from '../options.ts';
import { send, type Message } from '../send.ts';
import { withTemporal } from '../temporal.ts';

export function addMessages(program: Command, context: Context): void {
  const says = async (id: string, options: PersonOptions, message: Message): Promise<void> => {
    const sent = await withTemporal(whereOf(options), ({ client }) => send(client, id, message));
    const text = sent.taken ? sent.says
      : `Your "${message.name}"${message.about ? ` of ${message.about}` : ''} is recorded; no worker is running to act on it. It is checked and takes effect as soon as one runs: lockkeeper worker`;
    printAs(options, context.terminal, { json: () => ({ recorded: true, taken: sent.taken, says: text }), text: () => text });
    context.exit(sent.taken ? EXIT.done : EXIT.noWorker);
  };

  withPerson(program.command('approve').addArgument(idArgument()).argument('<gate>', 'the gate, as status shows it'))
    .description('let the upgrade through a gate; also before it is open')
    .addHelpText('after', `
Gates, as the file's policy asks for them: start, first-host (Ops Manager), storage, first-installer (UrbanCode
Deploy), host:<name>, finish.

Examples:
  lockkeeper approve om-prod start
  lockkeeper approve om-prod host:om-2 --note "change 4711"
  lockkeeper approve ucd-prod first-installer`)
    .action((id: string, gate: string, options: PersonOptions) =>
      says(id, options, { name: 'approve', about: gate, body: { gate, ...personOf(options, 'note') } }));

  withPerson(program.command('answer').addArgument(idArgument()).argument('<question>', 'the question, as status shows it').addArgument(new Argument('<choice>', 'one of the choices that status shows').choices(CHOICES)))
    .description('answer what the upgrade asks')
    .option('--for <duration>', 'with wait: how long to wait before it asks again', durationText)
    .addHelpText('after', `
Examples:
  lockkeeper answer om-prod backup-daemons:1 wait --for 30m
  lockkeeper answer ucd-prod drain:1 cancel`)
    .action((id: string, question: string, choice: Choice, options: PersonOptions & { readonly for?: string }) => {
      if (options.for !== undefined && choice !== 'wait') throw new Stop(`--for goes with the choice wait, not with ${choice}.`, EXIT.usage);
      const patience = options.for === undefined ? {} : { for: options.for };
      return says(id, options, { name: 'answer', about: question, body: { question, choice, ...patience, ...personOf(options, 'note') } });
    });

  withPerson(program.command('hold').addArgument(idArgument()))
    .description('begin no new host until resume; the host in hand is finished first')
    .option('--now', 'hold already after the step in hand')
    .action((id: string, options: PersonOptions & { readonly now?: true }) =>
      says(id, options, { name: 'hold', body: { ...(options.now ? { now: true } : {}), ...personOf(options, 'reason') } }));

  withPerson(program.command('resume').addArgument(idArgument()))
    .description('go on after a hold')
    .action((id: string, options: PersonOptions) => says(id, options, { name: 'resume', body: personOf(options, 'reason') }));

  withPerson(program.command('abort').addArgument(idArgument()))
    .description('stop for good at the next safe point, and say what state each host is in')
    .addHelpText('after', `
Once a host's install has begun, that host is finished first. Then \`lockkeeper start FILE\` goes on from there.
Ops Manager: after the first host it stays read-only and backups are not running until the upgrade is finished.
UrbanCode Deploy: before the first installer all servers are started again as they were; later no old server is
started any more, and the way back is the backup.`)
    .action((id: string, options: PersonOptions) => says(id, options, { name: 'abort', body: personOf(options, 'reason') }));
}

/** Who says it and why; approvals and answers call the why a note, the others a reason. */
function personOf({ by, note }: PersonOptions, why: 'note' | 'reason'): { readonly by: string } {
  return { by, ...(note === undefined ? {} : { [why]: note }) };
}
