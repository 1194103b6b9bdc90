/** Views as the runbook publishes them, at the moments that people look. */
import type { Standing } from '../../src/cli/standing.ts';
import type { HostPlan, Plan } from '../../src/upgrade/plan.ts';
import type { HostView, UpgradeSummary, UpgradeView } from '../../src/upgrade/view.ts';

export const NOW = new Date('2026-11-21T22:41:30.000Z');
const BEGUN = '2026-11-21T21:52:04.000Z';
const known = { installation: 'om-prod', runId: '0199e3a1-7d2e-7c1b-9a54-2f60c1d9b001', startedAt: BEGUN } as const;

const hosts: readonly HostView[] = [
  { name: 'om-1', roles: ['application', 'backup-daemon'], version: '4.4.18', state: 'upgraded', since: '2026-11-21T22:29:00.000Z' },
  { name: 'om-2', roles: ['application'], version: '4.4.13', state: 'installing', step: 'install 4.4.18 on om-2', since: '2026-11-21T22:40:12.000Z' },
  { name: 'om-3', roles: ['application'], version: '4.4.13', state: 'waiting', since: BEGUN },
  { name: 'bkp-1', roles: ['backup-daemon'], state: 'waiting', since: BEGUN },
];

function hostPlan(name: string, kind: HostPlan['kind']): HostPlan {
  const commands = [
    { step: 'drain', typed: `echo 'set server om/${name} state drain' | sudo socat stdio /run/haproxy/admin.sock` },
    { step: 'stop', typed: 'sudo service mongodb-mms stop' },
    { step: 'install', typed: 'sudo dpkg --force-confold -i /var/lib/lockkeeper/packages/9f2c41d0a7b35e8846c1f0d2b7a9e35c.deb' },
    { step: 'start', typed: 'sudo service mongodb-mms start' },
  ];
  return { name, kind, finished: false, expectedMinutes: 12, commands: kind === 'application' ? commands : commands.slice(2, 3) };
}

export const plan: Plan = {
  from: '4.4.13', to: '4.4.18', expectedMinutes: 48,
  lastReversible: 'Until om-1 is started with 4.4.18 the old version can be started again. Its start migrates the Application Database: from there on only the backup leads back.',
  hosts: [hostPlan('om-1', 'application'), { ...hostPlan('om-2', 'application'), finished: true }, hostPlan('bkp-1', 'backup-daemon')],
};

const view: UpgradeView = {
  installation: 'om-prod', product: 'ops-manager', from: '4.4.13', to: '4.4.18', phase: 'upgrading',
  held: null, aborting: null, waitingFor: [], hosts, findings: [], plan, eta: '2026-11-21T23:20:00.000Z',
  timeline: [
    { at: '2026-11-21T21:52:40.000Z', step: 'preflight before start', outcome: 'nothing refused' },
    { at: '2026-11-21T21:58:02.000Z', step: 'gate start', outcome: 'approved 2026-11-21T21:58:02.000Z', by: 'anna@ops1' },
    { at: '2026-11-21T22:14:31.000Z', host: 'om-1', step: 'install', outcome: 'done' },
    { at: '2026-11-21T22:39:55.000Z', host: 'om-2', step: 'drain', outcome: 'done' },
    { at: '2026-11-21T22:40:11.000Z', host: 'om-2', step: 'stop', outcome: 'done' },
  ],
};

const question: UpgradeView['waitingFor'][number] = {
  id: 'backup-daemons:1', kind: 'question', since: '2026-11-21T22:38:00.000Z', choices: ['wait', 'stop', 'abort'],
  asks: 'The Backup Daemon on bkp-1 did not stop itself. Wait for its job, or stop it by hand?',
  evidence: [
    'bkp-1: mongodb+  4711  1 38 20:03 ?  00:51:12 /opt/mongodb/mms/jdk/bin/mms-app -Dapp-id=bgrid -Xmx4g com.xgen.svc.brs.grid.Daemon',
    'job: 2 h 31 min',
    '2026-11-21T22:37:58 \u001B[31mWARN\u001B[0m  [job:6a1f] still streaming, shutdown requested',
  ].join('\n'),
};

const summary: UpgradeSummary = {
  installation: 'om-prod', phase: 'done', from: '4.4.13', to: '4.4.18',
  headline: 'om-prod: 4.4.13 → 4.4.18 done on 4 hosts. The service answered 591 of 592 probes; longest gap 5 s.',
  hosts: hosts.map((host) => ({ ...host, version: '4.4.18', state: 'upgraded' as const })),
  watch: { probes: 592, answered: 591, longestGapMs: 5_012 },
};

/** UrbanCode Deploy between its point of no return and the end: a host is left stopped, and the standby's turn is asked for. */
const leftStopped: UpgradeView = {
  ...view, installation: 'ucd-prod', product: 'urbancode-deploy', from: '7.0.5.2', to: '7.3.2.1', plan: null, eta: null,
  hosts: [
    { name: 'ucd-1', roles: ['server'], version: '7.3.2.1', state: 'upgraded', since: '2026-11-21T22:20:00.000Z' },
    { name: 'ucd-2', roles: ['server'], version: '7.0.5.2', state: 'left-stopped', since: '2026-11-21T22:38:00.000Z' },
    { name: 'ucd-3', roles: ['standby'], version: '7.0.5.2', state: 'stopped', since: '2026-11-21T22:10:00.000Z' },
  ],
  timeline: [
    { at: '2026-11-21T22:10:40.000Z', step: 'full stop', outcome: 'proven on ucd-1, ucd-2, ucd-3' },
    { at: '2026-11-21T22:11:02.000Z', step: 'gate first-installer', outcome: 'approved 2026-11-21T22:11:02.000Z', by: 'anna@ops1' },
    { at: '2026-11-21T22:16:31.000Z', host: 'ucd-1', step: 'install', outcome: 'done' },
    { at: '2026-11-21T22:38:00.000Z', host: 'ucd-2', step: 'leave stopped', outcome: 'proven down; the others go on without it' },
  ],
  waitingFor: [{ id: 'host:ucd-3', kind: 'gate', asks: 'Upgrade ucd-3 next? It is a standby, which stays down.', choices: [], evidence: '', since: '2026-11-21T22:38:02.000Z' }],
};

/** Every screen that has a golden text, by name. */
export const STANDINGS: Readonly<Record<string, Standing>> = {
  'upgrading': { ...known, kind: 'open', view },
  'held': { ...known, kind: 'open', view: { ...view, held: { since: '2026-11-21T22:39:00.000Z', by: 'anna@ops1', now: false, reason: 'the storage team needs half an hour' }, eta: null } },
  'aborting': { ...known, kind: 'open', view: { ...view, aborting: { since: '2026-11-21T22:39:00.000Z', by: 'anna@ops1', reason: 'change window closes' } } },
  'gate-start': {
    ...known, kind: 'open',
    view: {
      ...view, phase: 'preflight', eta: null, timeline: view.timeline.slice(0, 1),
      hosts: hosts.map(({ name, roles }) => ({ name, roles, version: '4.4.13', state: 'waiting' as const, since: BEGUN })),
      findings: [
        { host: 'om-1', subject: 'disk', verdict: 'ok', says: '41 GB are free.' },
        { host: 'om-3', subject: 'clock', verdict: 'warning', says: 'It is 3 s behind om-1. Up to 5 s are accepted; look at its time service before it drifts further.' },
        { subject: 'Application Database', verdict: 'unknown', says: 'The lag of mongo-3 could not be read.' },
      ],
      waitingFor: [{ id: 'start', kind: 'gate', asks: 'Start the upgrade as planned?', choices: [], evidence: '', since: '2026-11-21T21:52:40.000Z' }],
    },
  },
  'left-stopped': { ...known, installation: 'ucd-prod', kind: 'open', view: leftStopped },
  'question': { ...known, kind: 'open', view: { ...view, waitingFor: [question], eta: null } },
  'no-worker': { ...known, kind: 'unanswered', unanswered: { why: 'no-worker', phase: 'upgrading', waitingFor: 'host:om-2', steps: [] } },
  'build-gone': { ...known, kind: 'unanswered', unanswered: { why: 'build-gone', build: '0d1dedd37d66', phase: 'upgrading', waitingFor: 'host:om-2', steps: [] } },
  'stuck': { ...known, kind: 'unanswered', unanswered: { why: 'stuck', steps: ['installPackage, attempt 2'] } },
  'done': { ...known, kind: 'closed', end: 'done', closedAt: '2026-11-21T22:41:00.000Z', summary, says: summary.headline },
  'refused': {
    ...known, kind: 'closed', end: 'refused', closedAt: '2026-11-21T21:52:45.000Z',
    summary: {
      ...summary, phase: 'refused', headline: 'om-2: 100 MB are free, 2 GB are needed. Make room in /opt.', hosts: [], watch: null,
      refusals: [{ host: 'om-2', subject: 'disk', verdict: 'refused', says: '100 MB are free, 2 GB are needed. Make room in /opt.' }],
    },
    says: 'om-2: 100 MB are free, 2 GB are needed. Make room in /opt.',
  },
  'terminated': { ...known, kind: 'closed', end: 'terminated', closedAt: '2026-11-21T22:41:00.000Z', summary: null, says: 'Terminated: by mistake' },
};

/** A screen of that name; the test fails when there is none. */
export function standing(name: string): Standing {
  const found = STANDINGS[name];
  if (found === undefined) throw new Error(`no such screen: ${name}`);
  return found;
}
