/** Preflight and plan only: what an upgrade would do, and why it would be refused. Changes nothing but the canary job's folder. */
import { workflowInfo } from '@temporalio/workflow';
import type { Preflight } from '../src/upgrade/plan.ts';
import { look } from './activities.ts';
import { checkIdentity, checkShape } from './runbook/request.ts';

export async function upgradePlan(request: unknown): Promise<Preflight<unknown>> {
  const info = workflowInfo();
  checkIdentity(info, `plan/${checkShape(request).installation}`);
  const installation = await look('check the installation').checkInstallation({ installation: request });
  const owner = { workflowId: info.workflowId, firstExecutionRunId: info.firstExecutionRunId };
  const by = { owner, attempt: { token: `${info.firstExecutionRunId}/preflight#1`, owner, stepNumber: 1, mode: 'act' } } as const;
  const all = look('preflight of every host');
  return installation.product === 'ops-manager' ? all.preflight({ installation, ...by }) : all.preflightServers({ installation, ...by });
}
