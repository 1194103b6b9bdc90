/** A host whose services are units of systemd: om-3. Its starts return at once; what becomes of them is in the journal. */
import { afterEach, expect, it } from 'vitest';
import { Story } from './story.ts';

let story: Story;
afterEach(async () => { await story?.end(); });

const DAEMON = 'mongodb-mms-backup-daemon.service', DROP_IN = `/etc/systemd/system/${DAEMON}.d/restart.conf`;

/** What starts at boot on om-3. */
const atBoot = () => story.lab.sh('om-3', `systemctl is-enabled mongodb-mms ${DAEMON} || true`);

it('stops a daemon that systemd starts again, and asks with the journal about a start that failed later; jobs outlive ended logins, boot stays as it was', async () => {
  story = await Story.begin('om-units');
  const { lab } = story;
  await story.write({ backupDaemons: { for: '5s', whenStuck: 'stop' } });
  await lab.sh('om-3', `mkdir "$(dirname ${DROP_IN})" && printf '[Service]\\nRestart=always\\nRestartSec=1\\n' >${DROP_IN} && systemctl daemon-reload && systemctl start ${DAEMON}`);
  await lab.sh('om-3', 'mkdir /etc/systemd/logind.conf.d && printf "[Login]\\nKillUserProcesses=yes\\n" >/etc/systemd/logind.conf.d/ends-logins.conf && systemctl restart systemd-logind');
  await lab.behave('om-3', { 'start-fails-once': 4, 'postinst-enables': 1 });
  expect(await atBoot()).toBe('enabled\ndisabled\n');
  const plan = await story.must(0, 'plan', story.file, '-o', 'json');
  expect(plan).toContain(`${DAEMON} on om-3 has Restart=always (${DROP_IN})`);
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
  const report = await story.must(0, 'report', story.name);
  expect(report).toContain('stop the Backup Daemon on om-3 (service, 1 of 2)');
  expect(report).toContain(`${DAEMON} disabled`);
  expect(await atBoot()).toBe('enabled\ndisabled\n');
  // What runs is the unit's, not a login's or a job's.
  expect(await lab.sh('om-3', 'ps -ww -eo unit=,args= | grep -E "[S]erverMain|grid[.]Daemon" | cut -d" " -f1 | sort')).toBe(`${DAEMON}\nmongodb-mms.service\n`);
});
