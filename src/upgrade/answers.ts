/** The exact commands that answer a wait: shown in the Temporal UI's details, in status and in watch, always the same words. */
import { quoted } from './command.ts';
import type { Choice } from './messages.ts';
import type { Wait } from './view.ts';

export interface TypedAnswer {
  /** What answering so means, for people. */
  readonly means: string;
  readonly lockkeeper: string;
  readonly temporal: string;
}

const MEANS: Readonly<Record<Choice, string>> = {
  'retry': 'Try it again',
  'wait': 'Go on waiting',
  'stop': 'Stop it all the same, as the vendor\'s guide says',
  'cancel': 'Cancel each of them',
  'restore': 'Restore from the backup, by the file\'s commands',
  'repair': 'Repair it: install once more over what is half there',
  'keep-mine': 'Keep what is there',
  'stop-anyway': 'Stop the host anyway',
  'run-again': 'Run it again',
  'leave-stopped': 'Leave it stopped',
  'done-by-hand': 'I did it by hand (it is checked)',
  'abort': 'Abort the upgrade',
};

/** One answer for a gate, one per choice for a question. The `by` of the `temporal` line is left for the person to fill in. */
export function typedAnswer(installation: string, wait: Wait): readonly TypedAnswer[] {
  const workflow = `upgrade/${installation}`;
  if (wait.kind === 'gate') {
    return [{
      means: 'Approve',
      lockkeeper: `lockkeeper approve ${installation} ${wait.id}`,
      temporal: signal(workflow, 'approve', { gate: wait.id, by: 'YOUR NAME' }),
    }];
  }
  return wait.choices.map((choice) => ({
    means: wait.means?.[choice] ?? MEANS[choice],
    lockkeeper: `lockkeeper answer ${installation} ${wait.id} ${choice}`,
    temporal: signal(workflow, 'answer', { question: wait.id, choice, by: 'YOUR NAME' }),
  }));
}

function signal(workflow: string, name: string, message: object): string {
  return `temporal workflow signal -w ${quoted(workflow)} --name ${name} --input ${quoted(JSON.stringify(message))}`;
}
