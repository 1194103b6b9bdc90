/** Upgrades of UrbanCode Deploy that a person ends, and the way on from there. Told only on request: LOCKKEEPER_TEST_NIGHT=yes npm test. */
import { afterEach, expect, it } from 'vitest';
import { asked, servedBy } from '../../lab/urbancode-by-hand.ts';
import { SERVERS, UcdStory } from '../urbancode-story.ts';

let story: UcdStory;
afterEach(async () => { await story?.end(); });

/** What an upgrade switches off, as it is now: by boot links, by systemd, by monit, in the load balancer, as a mode. */
async function switches() {
  const { lab } = story;
  return {
    links: await lab.sh('ucd-1', 'ls /etc/rc2.d | grep -i ucd || true'),
    unit: await lab.sh('ucd-2', 'systemctl is-enabled ucd-server || true'),
    monit: /monitoring status *(.*\S)/.exec(await lab.sh('ucd-3', 'monit -B status ucd-server'))?.[1],
    maintenance: (JSON.parse((await asked('ucd-1', 'GET', '/cli/systemConfiguration')).text) as { maintenanceModeEnabled?: unknown }).maintenanceModeEnabled,
    balanced: await lab.sh('ucd-lb', "echo 'show servers state ucd' | socat - /run/haproxy/admin.sock | awk 'NF > 6 && $1 != \"#\" {print $4, $6, $7}'"),
  };
}

it('puts all back before the point of no return, starts no old server after it, and is gone on with by starting again', async () => {
  story = await UcdStory.begin('ucd-abort');
  const { lab } = story;
  await lab.supervise('ucd-3', 'monit');
  await lab.sh('ucd-3', 'until monit -B status ucd-server | grep -q "monitoring status *Monitored"; do sleep 0.2; done');
  const before = await switches();
  await story.write({ approve: ['first-installer', 'each-host'] });

  await story.must(0, 'start', story.file);
  await story.waitsFor('first-installer');
  for (const host of SERVERS) expect(await servedBy(host), host).toBe('nothing');
  await story.must(0, 'abort', story.name);
  await story.must(1, 'wait', story.name);
  expect((await story.lockkeeper('report', story.name)).stdout).toMatch(/before the first installer: all is as it was\./);
  for (const host of SERVERS) expect(await servedBy(host), host).toBe('7.0.5.2');
  expect(await switches()).toEqual(before);
  for (const host of SERVERS) expect(await lab.installs(host), host).toEqual([]);

  await story.must(0, 'start', story.file);
  await story.must(0, 'approve', story.name, 'first-installer');
  await story.waitsFor('host:ucd-2');
  await story.must(0, 'abort', story.name);
  await story.must(1, 'wait', story.name);
  const said = (await story.lockkeeper('report', story.name)).stdout;
  expect(said).toMatch(/The database may be 7\.3\.2\.1 already: never start an old server on it\. Start the upgrade again to go on/);
  expect(await Promise.all(SERVERS.map(servedBy))).toEqual(['7.3.2.1', 'nothing', 'nothing']);

  await story.write();
  await story.must(0, 'start', story.file);
  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
  expect(await story.marks()).toEqual(['7.3.2.1', '7.3.2.1', '7.3.2.1', '7.3.2.1']);
  expect(await switches()).toEqual(before);
}, 900_000);
