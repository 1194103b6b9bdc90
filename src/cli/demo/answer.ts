/** The person's part in the demo: what is waited for is answered at a prompt, or by the demo itself with `--yes`. */
import { select } from '@inquirer/prompts';
import { typedAnswer } from '../../upgrade/answers.ts';
import type { Wait } from '../../upgrade/view.ts';
import type { Story } from './story.ts';

/** The words of the CLI command that answers: `approve om-demo start`. */
export type Words = readonly string[];

/**
 * Asks the person. Throws when the signal is aborted (answered elsewhere, or the demo ends) or the person presses Ctrl-C.
 * The prompts show the very commands that would do the same from another terminal.
 */
export async function askPerson(story: Story, wait: Wait, signal: AbortSignal): Promise<Words> {
  const answers = answersTo(story, wait);
  const line = await select({
    message: wait.asks,
    choices: answers.map(({ means, lockkeeper }) => ({ name: `${means.padEnd(widest(answers))}   ${lockkeeper}`, value: lockkeeper })),
  }, { signal });
  return wordsOf(line);
}

/** What the demo answers by itself: approves every gate, answers the story's question, and knows no other. */
export function answerByItself(story: Story, wait: Wait): Words {
  const answers = answersTo(story, wait);
  const wanted = wait.kind === 'gate' ? answers[0] : wait.id.startsWith(story.question.begins) ? answers.find(({ lockkeeper }) => lockkeeper.endsWith(` ${story.question.answer}`)) : undefined;
  if (!wanted) throw new Error(`the upgrade asks what the demo does not expect: ${wait.id}: ${wait.asks}\n${wait.evidence}`);
  return wordsOf(wanted.lockkeeper);
}

interface OneAnswer { readonly means: string; readonly lockkeeper: string }

function answersTo({ installation }: Story, wait: Wait): readonly OneAnswer[] {
  const answers: readonly OneAnswer[] = typedAnswer(installation, wait).map(({ means, lockkeeper }) => ({
    // The demo's jobs end within a minute: so long the question need not come again.
    means, lockkeeper: lockkeeper.endsWith(' wait') ? `${lockkeeper} --for 1m` : lockkeeper,
  }));
  return wait.kind === 'gate' ? [...answers, { means: 'Abort the upgrade', lockkeeper: `lockkeeper abort ${installation}` }] : answers;
}

function widest(answers: readonly OneAnswer[]): number {
  return Math.max(...answers.map(({ means }) => means.length));
}

function wordsOf(line: string): Words {
  return line.split(' ').slice(1);
}
