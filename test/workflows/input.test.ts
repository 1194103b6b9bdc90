import type { WorkflowStartOptions } from '@temporalio/client';
import type { WorkflowInfo } from '@temporalio/workflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkIdentity } from '../../workflows/runbook/request.ts';
import { FakeInstallation } from './fake-installation.ts';
import { begin, installation } from './harness.ts';
import { JUNK } from './junk.ts';
import { timeSkipping, type TimeSkippingServer } from './time-skipping.ts';

let env: TimeSkippingServer;
beforeAll(async () => { env = await timeSkipping(); });
afterAll(async () => { await env?.teardown(); });

/** Starts an upgrade otherwise than `lockkeeper start` does; it must be refused in words, with nothing touched. */
async function isRefused(options: Partial<WorkflowStartOptions>, fake = new FakeInstallation(installation())): Promise<string> {
  const upgrade = await begin(await env.serve(fake), fake, options);
  const { type, message } = await upgrade.ended();
  await env.finished(upgrade.handle);
  expect(type).toBe('Refused');
  expect(fake.acts).toEqual([]);
  return message;
}

const valid = (changes: object = {}) => ({ ...installation(), ...changes });

describe('an input that is no installation', () => {
  it.each(JUNK)('%s: is refused at once, in words', async (_, args) => {
    expect(await isRefused({ args: [...args] })).toMatch(/^(The input is no installation: .*Start with what `lockkeeper validate FILE -o json` prints\.|Start it with one argument, the installation\..*)$/s);
  });

  it.each([
    ['a name that is a number', { installation: 7 }, '"installation" (its name) is missing'],
    ['another product', { product: 'urbancode-deploy' }, '"product" is not "ops-manager"'],
    ['no target', { target: {} }, '"target.version" is missing'],
    ['no hosts', { hosts: [] }, '"hosts" is not a list of hosts with name and roles'],
    ['hosts without names', { hosts: [{ roles: ['application'] }] }, '"hosts" is not a list of hosts with name and roles'],
    ['hosts that are junk', { hosts: [null, 1, 'om-1'] }, '"hosts" is not a list of hosts with name and roles'],
    ['roles that are junk', { hosts: [{ name: 'om-1', roles: [{}] }] }, '"hosts" is not a list of hosts with name and roles'],
    ['no policy', { policy: null }, '"policy.approve" is missing'],
    ['a policy of junk', { policy: { approve: 'start' } }, '"policy.approve" is missing'],
  ])('%s: is named', async (_, changes, why) => {
    expect(await isRefused({ args: [valid(changes)] })).toContain(why);
  });

  it.each([
    ['gates that are junk', { policy: { approve: [{}, null, 7] } }, 'policy.approve'],
    ['a target that is no version', { target: { version: 'latest', packages: {} } }, 'target.version'],
    ['an unknown key', { hots: [] }, 'hots'],
    ['a secret in place of a reference', { applicationDatabase: { uri: 'mongodb://u:hunter2@db', backups: [] } }, 'applicationDatabase.uri'],
  ])('%s: is found by the full schema in the first step', async (_, changes, what) => {
    const fake = new FakeInstallation(installation());
    const said = await isRefused({ args: [{ ...fake.installation, ...changes }] }, fake);
    expect(said).toContain(what);
    expect(said).not.toContain('hunter2');
  });
});

describe('an upgrade that is started otherwise than it should be', () => {
  it.each([
    ['with another id', { workflowId: 'my-upgrade' }, 'The workflow id must be "upgrade/'],
    ['with the id of another installation', { workflowId: 'upgrade/om-elsewhere' }, 'The workflow id must be "upgrade/'],
    ['with a run timeout', { workflowRunTimeout: '2h' }, 'Start it without execution or run timeout: people may take days at a gate.'],
    ['with an execution timeout', { workflowExecutionTimeout: '2h' }, 'Start it without execution or run timeout: people may take days at a gate.'],
    ['with a retry policy', { retry: { maximumAttempts: 3 } }, 'Start it without a retry policy: an upgrade is never repeated blindly.'],
  ] as const)('%s is refused', async (_, options, why) => {
    expect(await isRefused(options)).toContain(why);
  });

  it('by cron is refused', () => {
    const info = { workflowId: 'upgrade/om', cronSchedule: '@daily' } as WorkflowInfo;
    expect(() => checkIdentity(info, 'upgrade/om')).toThrow('An upgrade cannot be a cron workflow.');
  });

  it('with what was done before as a second argument is refused: only the hosts tell', async () => {
    const fake = new FakeInstallation(installation());
    const forged = { journal: { 'lock': 'done', 'backup:om-1': 'done' }, locked: true, phase: 'upgrading' };
    expect(await isRefused({ args: [fake.installation, forged] }, fake)).toContain('Start it with one argument, the installation.');
  });
});

describe('a plan', () => {
  it('is looked at under its own id only, and changes nothing', async () => {
    const fake = new FakeInstallation(installation());
    const { client } = await env.serve(fake);
    const name = fake.installation.installation;
    const plan = (workflowId: string, args: unknown[]) => client.workflow.execute('upgradePlan', { taskQueue: 'lockkeeper', workflowId, args });
    await expect(plan(`upgrade/${name}`, [fake.installation])).rejects.toMatchObject({ cause: { type: 'Refused' } });
    for (const [, args] of JUNK) await expect(plan(`plan/${name}`, [...args])).rejects.toMatchObject({ cause: { type: 'Refused' } });
    expect(fake.acts).toEqual([]);
  });
});
