/** Looks at everything and refuses before anything is touched. Runs again after gate `start`: the world may have changed. */
import type { Installation } from '../../src/upgrade/installation-urbancode.ts';
import type { Attempt } from '../../src/upgrade/outcome.ts';
import { refusals, type Preflight } from '../../src/upgrade/plan.ts';
import { asArray, asRecord, asText } from '../../src/upgrade/shape.ts';
import { look } from '../activities.ts';
import { RefuseUpgrade, type Upgrade } from '../runbook/conduct.ts';
import { isShaped } from '../runbook/request.ts';
import type { UpgradeState } from '../runbook/state.ts';

export type When = 'before start' | 'after start';

/** What preflight says of any host. */
export interface Facts {
  readonly name: string;
  readonly installed?: string | undefined;
  readonly serves?: string | undefined;
  readonly finished: boolean;
}

/** What differs from product to product. */
export interface Looking<Of extends Installation, Seen extends Facts> {
  readonly look: (installation: Of, attempt: Attempt, title: string) => Promise<unknown>;
  /** The input as the full schema leaves it: what a person types into the UI instead does not pass. */
  readonly isWhole: (installation: Of) => boolean;
  readonly isFacts: (value: unknown) => value is Seen;
  readonly remember: (facts: readonly Seen[]) => void;
}

export async function preflightDone<Of extends Installation, Seen extends Facts>(
  { installation: { product }, journal, record, steps }: Upgrade<Of, UpgradeState>, when: When, { look: lookAtAll, isWhole, isFacts, remember }: Looking<Of, Seen>,
): Promise<void> {
  if (record.state.locked) return; // carried over by continue-as-new: preflight belongs to the time before the lock
  record.installation = await steps.look({
    step: 'check-input', asks: 'Whether the input is a valid installation',
    look: () => look('check the installation').checkInstallation({ installation: record.installation }),
    isSeen: (value): value is Of => isShaped<Of>(value, product) && value.installation === record.installation.installation && isWhole(value),
  });
  const seen = await steps.look({
    step: 'preflight', asks: 'The installation',
    look: () => {
      journal.again('preflight'); // a canary job of its own each time
      return lookAtAll(record.installation, journal.attempt('preflight', 'act'), `preflight of every host, ${when}`);
    },
    isSeen: (value): value is Preflight<Seen> => isPreflight(value) && asArray(asRecord(value)['hosts']).every(isFacts),
  });
  record.state.findings = seen.findings;
  record.state.plan = seen.plan;
  record.state.from = seen.plan.from;
  remember(seen.hosts);
  for (const { name, serves, installed, finished } of seen.hosts) {
    record.host(name, { version: serves ?? installed, ...(finished ? { state: 'upgraded' as const } : {}) });
  }
  const refused = refusals(seen.findings);
  record.note({ step: `preflight ${when}`, outcome: refused.length > 0 ? `${refused.length} refused` : 'nothing refused' });
  if (refused.length > 0) throw new RefuseUpgrade(refused);
}

function isPreflight(value: unknown): boolean {
  const { findings, hosts, plan } = asRecord(value);
  const planned = asRecord(plan)['hosts'];
  return isListWith(findings, 'verdict') && isListWith(findings, 'says') && isListWith(hosts, 'name') && isListWith(planned, 'name')
    && asArray(planned).every((each) => isListWith(asRecord(each)['commands'], 'typed'));
}

function isListWith(value: unknown, key: string): boolean {
  return Array.isArray(value) && value.every((each) => asText(asRecord(each)[key]) !== undefined);
}
