/**
 * What was done and what was begun, with the tokens that keep a step from running twice.
 *
 * Finished steps are in the state and survive continue-as-new. What was only begun is not: nothing continues as new
 * while a step is under way.
 */
import { workflowInfo } from '@temporalio/workflow';
import type { Attempt, LockOwner } from '../../src/upgrade/outcome.ts';
import type { UpgradeState } from './state.ts';

export class Journal {
  readonly #state: UpgradeState;
  /** Steps that were handed to a worker; whether one took them up may not be known. */
  readonly #scheduled = new Set<string>();
  /** Steps that a worker has taken up: from then on they are seen through. */
  readonly #begun = new Set<string>();

  constructor(state: UpgradeState) {
    this.#state = state;
  }

  /** Owner of locks and tokens: the upgrade's first run, which Reset and continue-as-new keep. */
  get owner(): LockOwner {
    const { workflowId, firstExecutionRunId } = workflowInfo();
    return { workflowId, firstExecutionRunId };
  }

  /** An attempt at a step, with the token of its decided try and a step number that hosts compare. */
  attempt(id: string, mode: Attempt['mode'], byHand = false): Attempt {
    this.#state.stepNumber += 1;
    if (mode === 'act') this.#scheduled.add(id);
    return { token: `${this.owner.firstExecutionRunId}/${id}#${this.#state.attempts[id] ?? 1}`, owner: this.owner, stepNumber: this.#state.stepNumber, mode, ...(byHand ? { byHand } : {}) };
  }

  /** A decided try gets a token of its own. */
  nextTry(id: string): void {
    this.#state.attempts[id] = (this.#state.attempts[id] ?? 1) + 1;
  }

  /** The next question id of a step; a stale one is refused when answered. */
  questionId(id: string): string {
    this.#state.questions[id] = (this.#state.questions[id] ?? 0) + 1;
    return `${id}:${this.#state.questions[id]}`;
  }

  isDone(id: string): boolean {
    return this.#state.journal[id] !== undefined;
  }

  done(id: string, outcome = 'done'): void {
    this.#state.journal[id] = outcome;
  }

  begun(id: string): void {
    this.#begun.add(id);
  }

  /** A worker took it up, or it is done: it cannot be left out any more. */
  isBegun(id: string): boolean {
    return this.isDone(id) || this.#begun.has(id);
  }

  /** It may have happened, in part or whole: what an undo must look at. */
  mayHaveHappened(id: string): boolean {
    return this.isBegun(id) || this.#scheduled.has(id);
  }

  /** Forgets that steps were done, because they are to be done again: with new tokens. */
  again(...ids: string[]): void {
    for (const id of ids) {
      delete this.#state.journal[id];
      this.#begun.delete(id);
      this.#scheduled.delete(id);
      this.nextTry(id);
    }
  }
}
