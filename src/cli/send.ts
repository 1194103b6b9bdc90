/**
 * Says something to an upgrade, so that it is neither lost nor silent.
 *
 *   1. As an update, with a deadline: a running worker takes it, or refuses it with a sentence.
 *   2. When nobody answers, as a signal: Temporal keeps it until a worker runs.
 *
 * An update that nobody answered may still be applied later, or be lost with the server; so the signal is sent in any
 * case. Both carry one id, so that the runbook takes them as one: an update that comes hours late must not hold again
 * what was resumed meanwhile.
 */
import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, type Client } from '@temporalio/client';
import type { MessageName, Taken } from '../upgrade/messages.ts';
import { asRecord, asText } from '../upgrade/shape.ts';
import { EXIT, Stop } from './exit.ts';
import { isNotFound } from './explain.ts';
import { lookAt, workflowIdOf } from './standing.ts';

export interface Message {
  readonly name: MessageName;
  readonly body: { readonly by: string; readonly [field: string]: unknown };
  /** Gate or question; the same message about the same thing is applied once. Without one each message is its own. */
  readonly about?: string | undefined;
}

export type Sent = { readonly taken: true; readonly says: string } | { readonly taken: false };

const ANSWER_WITHIN = 5_000; // ms: longer than a worker needs after a crash of another (sticky timeout 3 s)

/** Throws `Stop` when the upgrade refuses the message, is closed, or does not exist. */
export async function send(client: Client, installation: string, message: Message): Promise<Sent> {
  const handle = client.workflow.getHandle(workflowIdOf(installation));
  const id = randomUUID();
  const sent = { ...message.body, id };
  try {
    const taken = await client.withDeadline(Date.now() + ANSWER_WITHIN, () =>
      handle.executeUpdate<Taken, [object]>(message.name, { args: [sent], updateId: updateIdOf(message, id) }));
    return { taken: true, says: asText(asRecord(taken)['says']) ?? 'Taken.' };
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw new Stop(`Not taken: ${error.cause?.message ?? error.message}`, EXIT.usage);
    if (isNotFound(error)) throw await whyNobodyListens(client, installation, error);
    if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
  }
  await handle.signal(message.name, sent);
  return { taken: false };
}

/**
 * The server answers an id that it knows with the first one's result. So holds and resumes, which come again and again,
 * each get one of their own, and another choice is another message: it must not hear that the first was taken.
 */
function updateIdOf({ name, about, body }: Message, id: string): string {
  const choice = asText(body['choice']);
  return [name, about ?? id, ...(choice === undefined ? [] : [choice]), body.by].join('/');
}

async function whyNobodyListens(client: Client, installation: string, error: unknown): Promise<unknown> {
  const standing = await lookAt(client, installation);
  if (standing.kind !== 'closed') return error;
  return new Stop(`Not taken: the upgrade of ${installation} ended at ${standing.closedAt} (${standing.end}). \`lockkeeper report ${installation}\` shows what it did.`, EXIT.usage);
}
