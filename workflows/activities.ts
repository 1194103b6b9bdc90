/**
 * Every timeout and retry of the product, grouped by risk, each with its reason.
 *
 * Retried are only `Unreachable`, `NotNow` and a worker that was lost; everything else the worker turns into a final
 * error (temporal-rules, 6). Repeating is harmless: looks change nothing, acts attach to their job by its token.
 */
import { ActivityCancellationType, proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { SharedActs, SharedLooks } from '../activities/contract.ts';
import type { OpsManagerActs, OpsManagerLooks } from '../activities/ops-manager/contract.ts';
import type { UrbancodeDeployActs, UrbancodeDeployLooks } from '../activities/urbancode-deploy/contract.ts';

/** A worker that was lost is noticed after this; long enough for a busy worker to heartbeat, short enough for a night shift. */
const HEARTBEAT = '10s';

const BACK_OFF = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' } as const;

const LOOK: ActivityOptions = {
  startToCloseTimeout: '5m', // preflight of many hosts with its canary jobs is the longest look
  heartbeatTimeout: HEARTBEAT,
  retry: { ...BACK_OFF, maximumAttempts: 8 }, // about two minutes of an unreachable host, then a person hears of it
  cancellationType: ActivityCancellationType.TRY_CANCEL, // nothing to wait for: it changes nothing
};

const WAIT: ActivityOptions = {
  ...LOOK,
  startToCloseTimeout: '2m', // one look of the wait
  // No limit: the runbook's timer is the deadline, and between the looks nothing is held.
  retry: { ...BACK_OFF },
};

const ACT: ActivityOptions = {
  startToCloseTimeout: '5m', // one attempt watches its job for a minute, then says `NotNow` and comes back to it
  scheduleToStartTimeout: '90s', // a step that lay in the queue must not run hours later: look at hold and abort again
  heartbeatTimeout: HEARTBEAT,
  // No limit of attempts: a job is come back to until the step's own limit, a timer of the runbook. The worker bounds
  // how long a host may be unreachable meanwhile.
  retry: { ...BACK_OFF },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED, // never leave an act behind unseen
};

const WATCH: ActivityOptions = {
  startToCloseTimeout: '30d', // as long as the upgrade: people may take days at a gate
  heartbeatTimeout: '30s', // its sums are in the heartbeat; a lost worker costs the probes of this time, not the sums
  retry: { ...BACK_OFF },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED, // it hands over its sums
};

type Looks = SharedLooks & OpsManagerLooks & UrbancodeDeployLooks;
type Acts = SharedActs & OpsManagerActs & UrbancodeDeployActs;

/** The title is the activity's summary: the history reads as the runbook, a line a step. */
export const look = (title: string) => proxyActivities<Looks>({ ...LOOK, summary: title });
/** A look that goes on for as long as the policy says: a soak. */
export const long = (title: string) => proxyActivities<Looks>({ ...LOOK, startToCloseTimeout: '1d', summary: title });
export const wait = (title: string) => proxyActivities<Looks>({ ...WAIT, summary: title });
export const act = (title: string) => proxyActivities<Acts>({ ...ACT, summary: title });
export const watch = (title: string) => proxyActivities<Looks>({ ...WATCH, summary: title });
