/** Preflight and plan only: what an upgrade would do, and why it would be refused. Changes nothing but the canary job's folder. */
import { workflowInfo } from '@temporalio/workflow';
import type { Preflight } from '../src/upgrade/plan.ts';
import { look } from './activities.ts';
import { checkIdentity, checkShape } from './runbook/request.ts';

export async function upgradePlan(request: unknown): Promise<Preflight> {
  const info = workflowInfo();
  checkIdentity(info, `plan/${checkShape(request).installation}`);
  const installation = await look('check the installation').checkInstallation({ installation: request });
  const owner = { workflowId: info.workflowId, firstExecutionRunId: info.firstExecutionRunId };
  return look('preflight of every host').preflight({
    installation, owner, attempt: { token: `${info.firstExecutionRunId}/preflight#1`, owner, stepNumber: 1, mode: 'act' },
  });
}
