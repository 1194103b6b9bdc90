/**
 * Begins an upgrade and closes it. Between the two the runbook has the word.
 *
 * Begin: who we are is checked against what was asked, since anyone can start a workflow with `temporal`; the handlers
 * are set before anything is waited for. Close: done completes; refused and aborted fail the workflow with that type and
 * the summary in the details, so that lists and alerts see it. There is no end of type failed: a step that does not
 * succeed, whatever it throws, is a person's question, and a defect of this code stalls the upgrade, which `list` and
 * `doctor` show, until a worker with better code goes on.
 */
import { ApplicationFailure } from '@temporalio/common';
import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import { REFUSED } from '../../src/upgrade/errors.ts';
import { gatesOf } from '../../src/upgrade/gates.ts';
import type { Installation } from '../../src/upgrade/installation-urbancode.ts';
import type { Finding } from '../../src/upgrade/plan.ts';
import type { Phase, UpgradeSummary } from '../../src/upgrade/view.ts';
import { cut } from '../../src/upgrade/outcome.ts';
import { AbortUpgrade } from './abort-upgrade.ts';
import { Journal } from './journal.ts';
import { Operator } from './operator.ts';
import { isSearchable, UpgradeRecord } from './record.ts';
import { checkCarried, checkIdentity, checkShape } from './request.ts';
import { freshState, type UpgradeState } from './state.ts';
import { Steps } from './step.ts';

/** What a runbook works with. */
export interface Upgrade<Of extends Installation = Installation, Remembers extends UpgradeState = UpgradeState> {
  readonly installation: Of;
  readonly record: UpgradeRecord<Of, Remembers>;
  readonly operator: Operator;
  readonly journal: Journal;
  readonly steps: Steps;
}

export interface Runbook<Of extends Installation, Remembers extends UpgradeState> {
  readonly product: Of['product'];
  /** What it remembers, at the beginning. */
  readonly remembering: (state: UpgradeState) => Remembers;
  /** Takes the installation to the target; returns the headline of the report. */
  readonly run: (upgrade: Upgrade<Of, Remembers>) => Promise<string>;
  /** Leaves the hosts as orderly as they can be after an abort; returns the headline: what state things are in. */
  readonly abort: (upgrade: Upgrade<Of, Remembers>) => Promise<string>;
}

/** Thrown by a runbook when a rule forbids to begin: nothing was touched. */
export class RefuseUpgrade extends Error {
  override readonly name = 'RefuseUpgrade';
  readonly refusals: readonly Finding[];

  constructor(refusals: readonly Finding[]) {
    super(refusals.map((finding) => `${finding.host ? `${finding.host}: ` : ''}${finding.says}`).join('\n'));
    this.refusals = refusals;
  }
}

export async function conduct<Of extends Installation, Remembers extends UpgradeState>(
  request: unknown, carried: UpgradeState | undefined, runbook: Runbook<Of, Remembers>,
): Promise<UpgradeSummary> {
  const installation = checkShape<Of>(request, runbook.product);
  checkIdentity(workflowInfo(), `upgrade/${installation.installation}`);
  checkCarried(workflowInfo(), carried);
  const record = new UpgradeRecord<Of, Remembers>(installation, { ...runbook.remembering(freshState(isSearchable())), ...carried }); // an older build may have carried less
  const operator = new Operator(record, gatesOf(installation));
  const journal = new Journal(record.state);
  const steps = new Steps(record, operator, journal);
  const upgrade: Upgrade<Of, Remembers> = { get installation() { return record.installation; }, record, operator, journal, steps };
  CancellationScope.current().cancelRequested.catch(() => operator.cancelled());
  record.publish();
  return CancellationScope.nonCancellable(() => play(upgrade, runbook));
}

async function play<Of extends Installation, Remembers extends UpgradeState>(upgrade: Upgrade<Of, Remembers>, runbook: Runbook<Of, Remembers>): Promise<UpgradeSummary> {
  try {
    const headline = await runbook.run(upgrade);
    upgrade.record.enter('done');
    return upgrade.record.summary(headline);
  } catch (error) {
    // Only before the locks are taken: after them a refusal is a question (step.ts)
    if (error instanceof RefuseUpgrade) throw close(upgrade, 'refused', error.message, error.refusals);
    if (error instanceof ApplicationFailure && error.type === REFUSED) throw close(upgrade, 'refused', error.message);
    if (error instanceof AbortUpgrade) {
      const headline = await runbook.abort(upgrade);
      await upgrade.steps.endBeside();
      throw close(upgrade, 'aborted', headline);
    }
    throw error;
  }
}

const TYPES = { refused: REFUSED, aborted: 'Aborted' } as const;

/** Refusals carried in the summary, which stays under 16 KB: that many, each cut to so much. The message names more. */
const REFUSALS_KEPT = 20;
const REFUSAL_LENGTH = 200;

function close(upgrade: Upgrade, phase: Phase & keyof typeof TYPES, headline: string, refusals?: readonly Finding[]): ApplicationFailure {
  upgrade.record.enter(phase);
  const summary = { ...upgrade.record.summary(cut(headline)), ...(refusals ? { refusals: refusals.slice(0, REFUSALS_KEPT).map((each) => ({ ...each, says: cut(each.says, REFUSAL_LENGTH) })) } : {}) };
  return ApplicationFailure.create({ type: TYPES[phase], message: cut(headline, 8_000), nonRetryable: true, details: [summary] });
}
