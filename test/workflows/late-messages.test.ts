/**
 * A message that comes late. The CLI sends an update, and after five seconds without an answer a signal that says the
 * same; the server may still hand the update to the next worker, after whatever people have said since.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../../src/cli/send.ts';
import { RealTime, small } from './dev-server.ts';
import type { FakeInstallation } from './fake-installation.ts';
import type { RunningUpgrade } from './harness.ts';

let env: RealTime;
beforeAll(async () => { env = await RealTime.begin(); });
afterAll(async () => { await env?.end(); });

/** Updates that the upgrade took, by name, in the order of its history. */
async function updatesTaken({ handle }: RunningUpgrade): Promise<readonly (string | null | undefined)[]> {
  const { events } = await handle.fetchHistory();
  return events?.flatMap((event) => event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name ?? []) ?? [];
}

describe('a message that nobody answered, and that comes once more after others were said', () => {
  it('changes nothing any more: no late hold after a resume, and no late resume after a hold', async () => {
    const [resumed, held] = [small({ approve: ['start'] }), small({ approve: ['start'] })];
    await env.upgrading(resumed, async (first) => env.upgrading(held, async (second) => {
      await first.waitsFor('start');
      await second.waitsFor('start');
      await second.update('hold', { by: 'anna' });
      await env.stopDeciding();
      const unanswered = (fake: FakeInstallation, name: 'hold' | 'resume') => send(env.temporal.client, fake.installation.installation, { name, body: { by: 'anna' } });
      expect(await Promise.all([unanswered(resumed, 'hold'), unanswered(held, 'resume')])).toEqual([{ taken: false }, { taken: false }]);
      await first.signal('resume', { by: 'ben' }); // as `temporal workflow signal` sends it
      await second.signal('hold', { by: 'ben' });
      await env.startDeciding();
      await expect.poll(() => updatesTaken(first), { timeout: 20_000 }).toEqual(['hold']);
      await expect.poll(() => updatesTaken(second), { timeout: 20_000 }).toEqual(['hold', 'resume']);
      expect((await first.status()).held).toBeNull();
      expect((await second.status()).held).toMatchObject({ by: 'ben' });
    }));
  });

  it('is taken when it comes first, and its signal then changes nothing', async () => {
    const fake = small({ approve: ['start'] });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      await upgrade.update('hold', { by: 'anna', id: 'one' });
      await upgrade.update('resume', { by: 'ben' });
      await upgrade.signal('hold', { by: 'anna', id: 'one' });
      expect((await upgrade.status()).held).toBeNull();
      await upgrade.signal('hold', { by: 'anna', id: 'another' });
      expect((await upgrade.status()).held).toMatchObject({ by: 'anna' });
    });
  });

  it('is not judged by what was said since: a resume that fitted nothing when it was heard resumes no later hold', async () => {
    const fake = small({ approve: ['start'] });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      await upgrade.signal('resume', { by: 'ben', id: 'one' });
      await upgrade.update('hold', { by: 'anna' });
      expect(await upgrade.update('resume', { by: 'ben', id: 'one' })).toEqual({ says: 'This resume was heard already.' });
      expect((await upgrade.status()).held).toMatchObject({ by: 'anna' });
    });
  });
});
