/**
 * Knows every secret of an upgrade before its first step here, so that all of them are blacked out from then on.
 *
 * A secret that is resolved only where it is used would be kept as evidence until then: by a worker that takes an upgrade
 * over in the middle, the database's password stands in a log that is read long before the database is asked again.
 */
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { UnresolvedSecret, type Secrets } from '../src/secrets/secrets.ts';
import { Unreachable } from '../src/ssh/errors.ts';
import type { Connected } from '../src/temporal/connect.ts';
import { recordedIn } from '../src/temporal/history.ts';
import type { SecretReference } from '../src/upgrade/installation.ts';

interface Run { readonly workflowId: string; readonly runId: string }

/** Interceptor of every activity. A step whose upgrade cannot be asked what it was started with is Unreachable. */
export function knowSecrets(temporal: Connected, secrets: Secrets): ActivityInterceptorsFactory {
  const known = new Map<string, Promise<void>>();
  const learn = async (run: Run): Promise<void> => {
    for (const reference of referencesIn(await startedWith(temporal, run))) await resolveIfThere(secrets, reference);
  };
  return ({ info: { workflowExecution: run } }) => ({
    inbound: {
      async execute(input, next) {
        if (run) {
          const learning = known.get(run.runId) ?? learn(run);
          known.set(run.runId, learning);
          await learning.catch((cause: unknown) => {
            known.delete(run.runId);
            throw new Unreachable('Temporal did not say what the upgrade was started with, so its secrets are not known; nothing was done.', { cause });
          });
        }
        return next(input);
      },
    },
  });
}

async function startedWith({ connection, namespace }: Connected, execution: Run): Promise<unknown> {
  const { history } = await connection.workflowService.getWorkflowExecutionHistory({ namespace, execution, maximumPageSize: 1 });
  return recordedIn(history?.events ?? []).find((entry) => entry.what === 'started')?.input;
}

/** Wherever they stand: the file is looked at as it was sent, before anybody has checked it. */
function referencesIn(value: unknown): readonly SecretReference[] {
  if (typeof value !== 'object' || value === null) return [];
  const [[name, text] = [], ...others] = Object.entries(value);
  if (others.length === 0 && typeof text === 'string' && (name === 'env' || name === 'file')) return [value as SecretReference];
  return Object.values(value).flatMap(referencesIn);
}

/** What cannot be had cannot be let out; the step that needs it says what is missing. */
async function resolveIfThere(secrets: Secrets, reference: SecretReference): Promise<void> {
  try {
    await secrets.resolve(reference);
  } catch (error) {
    if (!(error instanceof UnresolvedSecret)) throw error;
  }
}
