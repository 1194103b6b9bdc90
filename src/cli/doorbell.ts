/**
 * Rings whenever Temporal records something about an upgrade, within some 10 ms, without asking again and again.
 *
 * It long-polls the history in the background, so that nothing is missed between two waits, and follows
 * continue-as-new. What rang is not interpreted here: whoever hears it looks at the upgrade.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { GRPC, grpcFailure } from './explain.ts';
import { workflowIdOf } from './standing.ts';
import type { Connected } from './temporal.ts';

const POLL_FOR = 40_000; // ms: the server itself answers an idle long poll after 20 s

export class Doorbell {
  readonly #temporal: Connected;
  readonly #signal: AbortSignal;
  #listening: Promise<void> | null = null;
  #rung = false;
  #wake: () => void = () => undefined;
  #broken: { readonly error: unknown } | null = null;

  constructor(temporal: Connected, signal: AbortSignal) {
    this.#temporal = temporal;
    this.#signal = signal;
  }

  /** Returns when something was recorded since the last wait, after `atMost` milliseconds, or on abort. Throws when Temporal does not answer. */
  async wait(upgrade: { readonly installation: string; readonly runId: string }, atMost: number): Promise<void> {
    this.#listening ??= this.#listen(upgrade.installation, upgrade.runId);
    if (!this.#rung && this.#broken === null) {
      const enough = new AbortController();
      const woken = new Promise<void>((resolve) => { this.#wake = resolve; });
      await Promise.race([woken, pause(atMost, undefined, { signal: AbortSignal.any([this.#signal, enough.signal]) }).catch(() => undefined)]);
      enough.abort();
    }
    this.#rung = false;
    const broken = this.#broken;
    this.#broken = null;
    if (broken !== null) throw broken.error;
  }

  async #listen(installation: string, firstRun: string): Promise<void> {
    let runId: string | null = firstRun;
    let nextPageToken: Uint8Array | null = null;
    try {
      while (runId !== null && !this.#signal.aborted) {
        const page = await this.#poll({ workflowId: workflowIdOf(installation), runId }, nextPageToken);
        if (page === 'quiet') continue;
        const events = page.history?.events ?? [];
        nextPageToken = page.nextPageToken?.length ? page.nextPageToken : null;
        if (nextPageToken === null) runId = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? null;
        if (events.length > 0) this.#ring();
      }
    } catch (error) {
      this.#broken = { error };
      this.#wake();
    }
    this.#listening = null; // the next wait listens again
  }

  #ring(): void {
    this.#rung = true;
    this.#wake();
  }

  async #poll(execution: { readonly workflowId: string; readonly runId: string }, nextPageToken: Uint8Array | null): Promise<Answer | 'quiet'> {
    const { connection, namespace } = this.#temporal;
    try {
      // A signal of its own for each call: the client never takes its listeners off.
      return await connection.withAbortSignal(AbortSignal.any([this.#signal]), () => connection.withDeadline(Date.now() + POLL_FOR, () =>
        connection.workflowService.getWorkflowExecutionHistory({ namespace, execution, nextPageToken, waitNewEvent: true })));
    } catch (error) {
      if (this.#signal.aborted || grpcFailure(error)?.code === GRPC.deadlineExceeded) return 'quiet';
      throw error;
    }
  }
}

type Answer = Awaited<ReturnType<Connected['connection']['workflowService']['getWorkflowExecutionHistory']>>;
