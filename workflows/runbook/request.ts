/**
 * The first look at what an upgrade was started with. The full schema runs in the first activity; here only what the
 * workflow itself touches is checked, by hand, so that a junk input is refused at once and never stalls.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowInfo } from '@temporalio/workflow';
import { REFUSED } from '../../src/upgrade/errors.ts';
import type { Installation } from '../../src/upgrade/installation-urbancode.ts';
import { asArray, asRecord, asText } from '../../src/upgrade/shape.ts';

export function refuse(says: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(says, REFUSED);
}

export function checkShape<Of extends Installation>(request: unknown, product?: Of['product']): Of {
  const wrong = whatIsWrong(request, product);
  if (wrong.length > 0) throw refuse(`The input is no installation: ${wrong.join('; ')}. Start with what \`lockkeeper validate FILE -o json\` prints.`);
  return request as Of;
}

export function isShaped<Of extends Installation>(value: unknown, product: Of['product']): value is Of {
  return whatIsWrong(value, product).length === 0;
}

const PRODUCTS: readonly Installation['product'][] = ['ops-manager', 'urbancode-deploy'];

function whatIsWrong(request: unknown, product?: Installation['product']): readonly string[] {
  const products: readonly unknown[] = product === undefined ? PRODUCTS : [product];
  const input = asRecord(request);
  const hosts = asArray(input['hosts']).map(asRecord);
  return [
    ...(asText(input['installation']) ? [] : ['"installation" (its name) is missing']),
    ...(products.includes(input['product']) ? [] : [`"product" is not ${products.map((each) => `"${String(each)}"`).join(' or ')}`]),
    ...(asText(asRecord(input['target'])['version']) ? [] : ['"target.version" is missing']),
    ...(hosts.length > 0 && hosts.every((host) => asText(host['name']) && asArray(host['roles']).every((role) => asText(role)) && Array.isArray(host['roles']))
      ? [] : ['"hosts" is not a list of hosts with name and roles']),
    ...(Array.isArray(asRecord(input['policy'])['approve']) ? [] : ['"policy.approve" is missing']),
  ];
}

/** What continue-as-new carries over is ours; what anybody else sends as a second argument would be a forged journal. */
export function checkCarried(info: WorkflowInfo, carried: unknown): void {
  if (carried !== undefined && info.continuedFromExecutionRunId === undefined) {
    throw refuse('Start it with one argument, the installation. What was done before is seen on the hosts.');
  }
}

/** Some servers fill in years where no timeout was asked for. */
const AS_GOOD_AS_NONE = 365 * 24 * 60 * 60 * 1000;

/** The id is what keeps a second upgrade of an installation out; timeouts and retries would end or repeat a runbook blindly. */
export function checkIdentity(info: WorkflowInfo, expectedId: string): void {
  if (info.workflowId !== expectedId) throw refuse(`The workflow id must be "${expectedId}", not "${info.workflowId}": it is what keeps two upgrades of one installation apart.`);
  if ([info.executionTimeoutMs, info.runTimeoutMs].some((timeout) => timeout && timeout < AS_GOOD_AS_NONE)) throw refuse('Start it without execution or run timeout: people may take days at a gate.');
  if (info.retryPolicy) throw refuse('Start it without a retry policy: an upgrade is never repeated blindly.');
  if (info.cronSchedule) throw refuse('An upgrade cannot be a cron workflow.');
}
