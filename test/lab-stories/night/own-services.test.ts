/**
 * Services with names and commands of a site's own: init scripts, units of systemd, and a command that a site wrote.
 * Told only on request, because it is long: LOCKKEEPER_TEST_NIGHT=yes npm test.
 */
import { afterEach, expect, it } from 'vitest';
import { allowWhatIsPrinted } from '../printed-sudoers.ts';
import { Story } from '../story.ts';

let story: Story;
afterEach(async () => { await story?.end(); });

const NAMES = { application: 'acme-mms', backupDaemon: 'acme-mms-backup' } as const;

/** The vendor's scripts under the site's names. Those of a package stay where they are, disabled: it would bring them back. */
const INIT_SCRIPTS = `cd /etc/init.d
  sed 's/^# Provides:.*/# Provides: acme-mms/' mongodb-mms >acme-mms && sed 's/^# Provides:.*/# Provides: acme-mms-backup/' mongodb-mms-backup-daemon >acme-mms-backup
  chmod 755 acme-mms acme-mms-backup
  for mine in acme-mms acme-mms-backup; do update-rc.d $mine defaults; done
  for theirs in mongodb-mms mongodb-mms-backup-daemon; do update-rc.d $theirs disable; done`;

/** The same with units. What runs is started again by the new one, so that systemd knows it. */
const UNITS = `cd /etc/systemd/system
  systemctl stop mongodb-mms && systemctl --quiet disable mongodb-mms
  mv mongodb-mms.service acme-mms.service && sed 's/mongodb-mms.service/acme-mms.service/' mongodb-mms-backup-daemon.service >acme-mms-backup.service && rm mongodb-mms-backup-daemon.service
  systemctl --quiet mask mongodb-mms mongodb-mms-backup-daemon && systemctl daemon-reload && systemctl --quiet enable acme-mms && systemctl start acme-mms`;

/** A tarball's scripts are the site's to rename; here a command of the site's own stands before them, which notes its use. */
const COMMAND = '#!/bin/sh\necho "$1" >>/root/said\nexec /etc/init.d/acme-mms-backup "$1"\n';
const RENAMED = `cd /etc/init.d && mv mongodb-mms-backup-daemon acme-mms-backup && rm mongodb-mms && update-rc.d mongodb-mms-backup-daemon remove && update-rc.d mongodb-mms remove
  sed -i 's/^# Provides:.*/# Provides: acme-mms-backup/' acme-mms-backup && update-rc.d acme-mms-backup defaults
  cat >/usr/local/sbin/acme-backup && chmod 755 /usr/local/sbin/acme-backup`;

it('upgrades hosts whose services have names and commands of the site\'s own, on sudoers lines that allow no others', async () => {
  story = await Story.begin('om-own');
  const { lab } = story;
  await Promise.all([lab.sh('om-1', INIT_SCRIPTS), lab.sh('om-3', UNITS), lab.sh('bkp-1', RENAMED, COMMAND)]);
  await story.serves('om-3');
  const backup = (verb: string) => `sudo /usr/local/sbin/acme-backup ${verb}`;
  const services = { 'om-1': { names: NAMES }, 'om-3': { names: NAMES }, 'bkp-1': { names: NAMES, backupDaemon: { start: backup('start'), stop: backup('stop') } } };
  await lab.behave('bkp-1', { 'daemon-self-stop': 'never' });
  await story.write({ backupDaemons: { for: '5s', whenStuck: 'stop' } }, { hosts: story.description().hosts.map((host) => ({ ...host, ...(host.name in services ? { service: services[host.name as keyof typeof services] } : {}) })) });
  const lines = await allowWhatIsPrinted(story, { 'bkp-1': 'ops ALL=(root) NOPASSWD: /usr/local/sbin/acme-backup\n' });
  for (const host of ['om-1', 'om-3', 'bkp-1'] as const) {
    expect(lines[host], host).toContain('service acme-mms-backup ');
    expect(lines[host], host).not.toMatch(/(service|init\.d\/|systemctl .*)\s?mongodb-mms/);
  }
  const plan = await story.must(0, 'plan', story.file);
  for (const typed of ['sudo service acme-mms stop', 'sudo systemctl stop acme-mms.service', backup('stop')]) expect(plan).toContain(typed);

  await story.must(0, 'start', story.file);
  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
  await story.daemonsRun();
  expect(await lab.sh('bkp-1', 'sort -u /root/said')).toBe('start\nstop\n');
  // At boot it is as before, whatever the packages brought, and what runs on the systemd host is the site's unit's.
  expect(await lab.sh('om-1', 'ls /etc/rc2.d | grep -E "^S.*mms"')).toMatch(/^S\d\dacme-mms\nS\d\dacme-mms-backup\n$/);
  expect(await lab.sh('om-3', 'systemctl is-enabled acme-mms acme-mms-backup mongodb-mms || true')).toBe('enabled\ndisabled\nmasked\n');
  expect(await lab.sh('om-3', 'ps -ww -eo unit=,args= | grep -E "[S]erverMain" | cut -d" " -f1')).toBe('acme-mms.service\n');
});
