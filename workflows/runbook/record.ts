/** What the upgrade knows and shows: the state, its timeline, the view-model and the places where the view is published. */
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { Installation } from '../../src/upgrade/installation-urbancode.ts';
import { INSTALLATION_ATTRIBUTE, PHASE_ATTRIBUTE, WAITING_FOR_ATTRIBUTE } from '../../src/upgrade/search-attributes.ts';
import type { HostState, HostView, Phase, TimelineEntry, UpgradeSummary, UpgradeView, Wait } from '../../src/upgrade/view.ts';
import { EVIDENCE_LIMIT, cut } from '../../src/upgrade/outcome.ts';
import { detailsOf } from './details.ts';
import { shownFindings, shownPlan } from './shown.ts';
import type { UpgradeState } from './state.ts';

/** Entries kept for `status`; the report has all of them, from history. */
const TIMELINE_LENGTH = 50;

const PHASE = defineSearchAttributeKey(PHASE_ATTRIBUTE, SearchAttributeType.KEYWORD);
const WAITING_FOR = defineSearchAttributeKey(WAITING_FOR_ATTRIBUTE, SearchAttributeType.KEYWORD);

export function now(): string {
  return new Date().toISOString();
}

export class UpgradeRecord<Of extends Installation = Installation, Remembers extends UpgradeState = UpgradeState> {
  /** As it was started; replaced by the normalised one once the full schema has checked it. */
  installation: Of;
  readonly state: Remembers;
  #published: { phase?: Phase; waitingFor?: string | undefined } = {};

  constructor(installation: Of, state: Remembers) {
    this.installation = installation;
    this.state = state;
    if (state.hosts.length === 0) {
      state.hosts = installation.hosts.map((host) => ({ name: host.name, roles: host.roles, state: 'waiting', since: now() }));
    }
  }

  /** Adds a line to the timeline and shows it. */
  note(entry: Omit<TimelineEntry, 'at' | 'evidence'>): void {
    this.state.timeline = [...this.state.timeline, { at: now(), ...entry }].slice(-TIMELINE_LENGTH);
    this.publish();
  }

  enter(phase: Phase): void {
    this.state.phase = phase;
    this.publish();
  }

  /** Says where a host stands. */
  host(name: string, seen: { state?: HostState; step?: string | undefined; version?: string | undefined }): void {
    this.state.hosts = this.state.hosts.map((host): HostView => {
      if (host.name !== name) return host;
      const since = seen.state && seen.state !== host.state ? now() : host.since;
      return { ...host, ...seen, since };
    });
    this.publish();
  }

  open(wait: Wait): void {
    this.state.waits = [...this.state.waits, { ...wait, evidence: cut(wait.evidence, EVIDENCE_LIMIT) }];
    this.publish();
  }

  close(id: string): void {
    this.state.waits = this.state.waits.filter((wait) => wait.id !== id);
    this.publish();
  }

  view(): UpgradeView {
    const { state, installation } = this;
    return {
      installation: installation.installation, product: installation.product,
      from: state.from, to: installation.target.version, phase: state.phase,
      held: state.held, aborting: state.aborting, waitingFor: state.waits, hosts: state.hosts,
      timeline: state.timeline, findings: shownFindings(state.findings), plan: shownPlan(state.plan), eta: this.#eta(),
    };
  }

  summary(headline: string): UpgradeSummary {
    const { installation, phase, from, to, hosts } = this.view();
    return { installation, phase, from, to, headline, hosts, watch: this.state.watch };
  }

  /** Shows the view in the UI's current details and, on a change, in the search attributes. */
  publish(): void {
    setCurrentDetails(detailsOf(this.view()));
    const { phase, waits, searchable } = this.state;
    const waitingFor = waits[0]?.id;
    if (!searchable || (this.#published.phase === phase && this.#published.waitingFor === waitingFor)) return;
    this.#published = { phase, waitingFor };
    upsertSearchAttributes([{ key: PHASE, value: phase }, { key: WAITING_FOR, value: waitingFor ?? null }]);
  }

  /** Machine time that is left; unknown while a person is waited for. */
  #eta(): string | null {
    const { plan, waits, held, phase, hosts } = this.state;
    if (!plan || waits.length > 0 || held || phase !== 'upgrading') return null;
    const upgraded = new Set(hosts.filter((host) => host.state === 'upgraded').map((host) => host.name));
    const minutes = plan.hosts.filter((host) => !upgraded.has(host.name)).reduce((sum, host) => sum + host.expectedMinutes, 0);
    return new Date(Date.now() + minutes * 60_000).toISOString();
  }
}

export function isSearchable(): boolean {
  return INSTALLATION_ATTRIBUTE in workflowInfo().searchAttributes;
}
