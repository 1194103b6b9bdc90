/** A host whose services are units of systemd: om-3. Its starts return at once; what becomes of them is in the journal. */
import { afterEach, expect, it } from 'vitest';
import { Story } from './story.ts';

let story: Story;
afterEach(async () => { await story?.end(); });

const DROP_IN = '/etc/systemd/system/mongodb-mms.service.d/restart.conf';

it('a drop-in is named, jobs outlive logins that systemd ends, a start that fails later is asked about with the journal, a disabled daemon stays so', async () => {
  story = await Story.begin('om-units');
  const { lab } = story;
  await story.write();
  await lab.sh('om-3', `mkdir "$(dirname ${DROP_IN})" && printf '[Service]\\nRestart=on-abort\\n' >${DROP_IN} && systemctl daemon-reload`);
  await lab.sh('om-3', 'mkdir /etc/systemd/logind.conf.d && printf "[Login]\\nKillUserProcesses=yes\\n" >/etc/systemd/logind.conf.d/ends-logins.conf && systemctl restart systemd-logind');
  await lab.behave('om-3', { 'start-fails-once': 4, 'postinst-enables': 1 });
  expect(await lab.sh('om-3', 'systemctl is-enabled mongodb-mms; systemctl is-enabled mongodb-mms-backup-daemon || true')).toBe('enabled\ndisabled\n');

  const plan = await story.must(0, 'plan', story.file, '-o', 'json');
  expect(plan).toContain(`mongodb-mms.service on om-3 has Restart=on-abort (${DROP_IN})`);
  expect(plan).toContain('sudo systemctl stop mongodb-mms.service');

  await story.must(0, 'start', story.file);
  const question = await story.waitsFor('start:om-3');
  const { waitingFor, hosts } = await story.status();
  expect(waitingFor[0]?.evidence).toContain('mongodb-mms.service is failed (exit-code).');
  expect(waitingFor[0]?.evidence).toContain('Preflight check failed. Could not read the configuration.');
  expect(hosts.find((host) => host.name === 'bkp-1')?.state).toBe('waiting');
  await story.must(0, 'answer', story.name, question, 'retry');
  await story.must(0, 'wait', story.name);

  await story.installedOnceAndOrderly();
  await story.daemonsRun();
  expect(await lab.sh('om-3', 'systemctl is-enabled mongodb-mms; systemctl is-enabled mongodb-mms-backup-daemon || true')).toBe('enabled\ndisabled\n');
  expect(await story.must(0, 'report', story.name)).toContain('mongodb-mms-backup-daemon.service disabled');
  // The application is the unit's, not a login's or a job's.
  expect(await lab.sh('om-3', 'ps -ww -eo unit=,args= | grep "[S]erverMain"')).toMatch(/^mongodb-mms\.service /);
});
