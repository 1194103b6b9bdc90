/**
 * The lab's own guarantees: without them, no story told in it proves anything. Run through test/lab/lab ctl.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { askedToWrite, replaceApplication, replacePackage, served, whenServed } from './by-hand.ts';
import { ADDRESSES, insideLab, startLab, type Lab } from './topology.ts';

describe.runIf(insideLab())('the lab', { timeout: 90_000 }, () => {
  let lab: Lab;
  beforeAll(async () => { lab = await startLab(); }, 300_000);
  beforeEach(async () => { await lab.reset(); }, 90_000);
  const kinds = async () => (await lab.violations()).map((each) => each.kind);

  describe('a roll by the vendor\'s procedure', () => {
    it('passes through Upgrade Mode, stops idle daemons, and records no violation', async () => {
      expect(await askedToWrite('om-2')).toBe(404);
      await lab.sh('om-1', 'service mongodb-mms-backup-daemon stop');
      await replaceApplication(lab, 'om-1', '4.4.18');
      expect([await served('om-1'), await served('om-2')]).toEqual(['4.4.18', '4.4.13']);
      await expect.poll(() => askedToWrite('om-2'), { timeout: 5_000 }).toBe(405);
      await expect.poll(() => daemonStatus(lab, 'bkp-1'), { timeout: 10_000 }).not.toBe('0');
      await replaceApplication(lab, 'om-2', '4.4.18');
      await replaceApplication(lab, 'om-3', '4.4.18');
      await expect.poll(() => askedToWrite('om-1'), { timeout: 10_000 }).toBe(404);
      expect(await lab.violations()).toEqual([]);
      expect((await lab.installs('om-1')).map((each) => each.version.slice(0, 6))).toEqual(['4.4.18']);
    });

    it('does not get the first host up while a Backup Daemon is in a job, until it is started again without daemons', async () => {
      await lab.sh('om-1', 'service mongodb-mms-backup-daemon stop');
      await lab.behave('bkp-1', { 'daemon-job-seconds': 300 });
      await lab.behave('om-1', { 'daemon-grace-seconds': 3 });
      await expect(replaceApplication(lab, 'om-1', '4.4.18')).rejects.toThrow('Backup Daemons are still running on bkp-1');
      expect(await served('om-1')).toBe('nothing');
      expect(await lab.sh('bkp-1', 'tail -n 3 /srv/ops-manager/logs/daemon.log')).toContain('cannot stop, a backup job is running');
      await lab.behave('bkp-1', { 'daemon-job-seconds': undefined });
      await expect.poll(() => daemonStatus(lab, 'bkp-1'), { timeout: 10_000 }).not.toBe('0');
      await lab.sh('om-1', 'service mongodb-mms start');
      expect(await served('om-1')).toBe('4.4.18');
      expect(await lab.violations()).toEqual([]);
    });

    it('hangs instead where asked to, and goes on hanging when the daemons are gone', async () => {
      await lab.sh('om-1', 'service mongodb-mms-backup-daemon stop');
      await lab.behave('bkp-1', { 'daemon-job-seconds': 300 });
      await lab.behave('om-1', { 'daemon-grace-seconds': 2, 'stuck-start': 'hangs', 'start-gives-up-seconds': 4 });
      await expect(replaceApplication(lab, 'om-1', '4.4.18')).rejects.toThrow('FAILED');
      await lab.behave('bkp-1', { 'daemon-job-seconds': undefined });
      await expect.poll(() => daemonStatus(lab, 'bkp-1'), { timeout: 10_000 }).not.toBe('0');
      expect(await lab.sh('om-1', 'service mongodb-mms start')).toContain('already running');
      expect(await served('om-1')).toBe('nothing');
      await lab.sh('om-1', 'service mongodb-mms stop; service mongodb-mms start');
      expect(await served('om-1')).toBe('4.4.18');
    });
  });

  describe('stopping a Backup Daemon', () => {
    it('proves nothing by exit codes: the service lies, the init script works', async () => {
      await lab.behave('bkp-1', { 'service-stop': 'lies' });
      await lab.sh('bkp-1', 'service mongodb-mms-backup-daemon stop');
      expect(await daemonStatus(lab, 'bkp-1')).toBe('0');
      await lab.sh('bkp-1', '/etc/init.d/mongodb-mms-backup-daemon stop');
      expect(await daemonStatus(lab, 'bkp-1')).toBe('3');
    });

    it('fails both ways where only a person can do it', async () => {
      await lab.behave('bkp-1', { 'service-stop': 'lies', 'init-script-stop': 'fails' });
      await lab.sh('bkp-1', 'service mongodb-mms-backup-daemon stop; /etc/init.d/mongodb-mms-backup-daemon stop');
      expect(await daemonStatus(lab, 'bkp-1')).toBe('0');
      await lab.sh('bkp-1', 'kill -INT $(cat /srv/ops-manager/tmp/bgrid-0.pid)');
      await expect.poll(() => daemonStatus(lab, 'bkp-1'), { timeout: 5_000 }).toBe('1');
      expect(await lab.violations()).toEqual([]);
    });

    it('gives up with exit 0 while the job goes on, and ends after it', async () => {
      await lab.behave('bkp-1', { 'daemon-stop': 'gives-up', 'daemon-job-seconds': 300 });
      expect(await lab.sh('bkp-1', 'service mongodb-mms-backup-daemon stop')).toContain('[FAILED]');
      await lab.behave('bkp-1', { 'daemon-job-seconds': undefined });
      await expect.poll(() => daemonStatus(lab, 'bkp-1'), { timeout: 5_000 }).toBe('1');
    });

    it('records a violation when it is killed in the middle of its job', async () => {
      await lab.behave('bkp-1', { 'daemon-job-seconds': 300 });
      await expect.poll(() => lab.sh('bkp-1', 'ls /var/lib/stand-in'), { timeout: 5_000 }).toContain('daemon-at-work');
      await lab.sh('bkp-1', 'kill -KILL $(cat /srv/ops-manager/tmp/bgrid-0.pid)');
      expect(await kinds()).toEqual(['daemon-killed-in-job']);
    });
  });

  describe('a package', () => {
    it('fails over an edited configuration as dpkg does, is repaired by keeping it, and leaves the shipped one beside', async () => {
      await lab.sh('om-1', 'service mongodb-mms-backup-daemon stop; service mongodb-mms stop');
      await expect(replacePackage(lab, 'om-1', '4.4.18', 'dpkg -i')).rejects.toThrow(/end of file on stdin at conffile prompt/);
      await replacePackage(lab, 'om-1', '4.4.18');
      const folder = '/opt/mongodb/mms/conf';
      expect(await lab.sh('om-1', `cat ${folder}/conf-mms.properties`)).toContain(lab.applicationDatabaseUri);
      expect(await lab.sh('om-1', `cat ${folder}/conf-mms.properties.dpkg-dist`)).toContain('mms.beta=true');
      expect(await lab.sh('om-1', 'dpkg -V mongodb-mms')).toMatch(/^\?\?5\?+ c .*conf-mms.properties\n$/);
    });

    it('records a violation when it is installed beside the live product, and when an old version is started afterwards', async () => {
      await replacePackage(lab, 'om-1', '4.4.18');
      expect(new Set(await kinds())).toEqual(new Set(['install-beside-live-process']));
      await lab.sh('om-1', 'service mongodb-mms-backup-daemon stop; service mongodb-mms restart; service mongodb-mms stop');
      await replacePackage(lab, 'om-1', '4.4.13', 'dpkg --force-confold --force-downgrade -i');
      await lab.sh('om-1', 'service mongodb-mms start');
      expect(await kinds()).toContain('old-version-started');
    });

    it('is begun once and stays unconfigured when the host reboots in the middle', async () => {
      await lab.sh('om-2', 'service mongodb-mms stop');
      await lab.behave('om-2', { 'install-seconds': 60 });
      const interrupted = replacePackage(lab, 'om-2', '4.4.18').catch(() => 'cut short');
      await expect.poll(() => lab.sh('om-2', "dpkg-query -W -f '${Status}' mongodb-mms"), { timeout: 10_000 }).toContain('half-configured');
      await lab.reboot('om-2');
      expect(await interrupted).toBe('cut short');
      await lab.waitForSsh('om-2');
      expect(await lab.sh('om-2', "dpkg-query -W -f '${Status}' mongodb-mms")).toContain('half-configured');
      expect(await lab.installs('om-2')).toHaveLength(1);
    });

    it('starts services from its scriptlet where asked to', async () => {
      await lab.sh('om-2', 'service mongodb-mms stop');
      await lab.behave('om-2', { 'postinst-starts': 1 });
      await replacePackage(lab, 'om-2', '4.4.16');
      expect(await served('om-2')).toBe('4.4.16');
    });
  });

  describe('the application', () => {
    it('records a violation when it is stopped while another host is dead', async () => {
      await lab.kill('om-2');
      // The stand-ins call a host dead after eight seconds of silence; the load balancer saw it earlier.
      await expect.poll(async () => {
        await lab.sh('om-1', 'service mongodb-mms restart');
        return kinds();
      }, { timeout: 40_000 }).toContain('two-hosts-down');
    });

    it('makes a lost key anew, says so and records it', async () => {
      await lab.sh('om-2', 'service mongodb-mms stop; rm /etc/mongodb-mms/gen.key');
      expect(await lab.sh('om-2', 'service mongodb-mms start')).toContain('Generating new Ops Manager private key...');
      expect(await kinds()).toEqual(['gen-key-lost']);
    });

    it('migrates for as long as asked, loses it to a second start, and records that', async () => {
      await lab.sh('om-1', 'service mongodb-mms-backup-daemon stop; service mongodb-mms stop');
      await lab.behave('om-1', { 'migration-seconds': 300, 'health-before-migration': 1 });
      await replacePackage(lab, 'om-1', '4.4.18');
      const first = lab.sh('om-1', 'service mongodb-mms start').catch((error: Error) => error.message);
      await expect.poll(() => lab.sh('om-1', 'ps -ww -eo args'), { timeout: 10_000 }).toContain('migration.MigrationRunner');
      await expect.poll(() => whenServed('om-1', '/monitor/health'), { timeout: 5_000 }).toBe(200);
      expect(await served('om-1')).toBe('nothing');
      await lab.sh('om-1', 'service mongodb-mms stop');
      expect(await first).toContain('FAILED');
      expect(await kinds()).toEqual(['migration-killed']);
    });

    it('refuses to skip a major version', async () => {
      await lab.sh('om-1', 'service mongodb-mms-backup-daemon stop; service mongodb-mms stop');
      await replacePackage(lab, 'om-1', '6.0.5');
      await expect(lab.sh('om-1', 'service mongodb-mms start')).rejects.toThrow('skips a major version');
    });
  });

  it('has a host where systemd is PID 1: a start returns at once and fails later, and a reboot starts what is enabled', async () => {
    expect(await lab.sh('om-3', 'systemctl is-system-running --wait')).toBe('running\n');
    await lab.behave('om-3', { 'start-fails-once': 2 });
    await lab.sh('om-3', 'systemctl restart mongodb-mms');
    expect(await lab.sh('om-3', 'systemctl is-active mongodb-mms')).toBe('active\n');
    await expect.poll(() => lab.sh('om-3', 'systemctl is-active mongodb-mms || true'), { timeout: 10_000 }).toBe('failed\n');
    expect(await lab.sh('om-3', 'journalctl -u mongodb-mms -o cat')).toContain('Preflight check failed.');
    const boot = await lab.sh('om-3', 'cat /proc/sys/kernel/random/boot_id');
    await lab.reboot('om-3');
    await expect.poll(() => lab.run('ssh', 'om-3', 'cat /proc/sys/kernel/random/boot_id').catch(() => boot), { timeout: 20_000 }).not.toBe(boot);
    await expect.poll(() => served('om-3'), { timeout: 20_000 }).toBe('4.4.13');
    expect(await lab.violations()).toEqual([]);
  });

  it('pins host keys that survive power cut, reboot and reset, and asks for a password on one host only', async () => {
    const login = (host: 'om-1' | 'om-2') => lab.run('ssh', host, 'sudo -n dpkg -V mongodb-mms >/dev/null 2>&1; echo $? $(cat /proc/sys/kernel/random/boot_id)');
    const [before, beside] = [await login('om-1'), await login('om-2')];
    expect([before.slice(0, 1), beside.slice(0, 1)]).toEqual(['0', '1']);
    await lab.kill('om-1');
    await lab.up('om-1');
    expect(await login('om-1')).not.toBe(before);
  });

  it('drops every packet of an unplugged host and delivers them again', async () => {
    await lab.partition('om-3');
    expect(await served('om-3')).toBe('nothing');
    await lab.heal('om-3');
    expect(await served('om-3')).toBe('4.4.13');
    await lab.freeze('om-3');
    expect(await served('om-3')).toBe('nothing');
    await lab.thaw('om-3');
    expect(await served('om-3')).toBe('4.4.13');
  });

  it('balances over the application hosts and lets the operator drain one without sudo', async () => {
    await lab.run('ssh', 'lb-1', "echo 'set server om/s2 state drain' | socat - /run/haproxy/admin.sock");
    const stat = await lab.run('ssh', 'lb-1', "echo 'show stat' | socat - /run/haproxy/admin.sock");
    expect(stat).toMatch(/^om,s2,.*,DRAIN,/m);
    expect((await fetch(`http://${ADDRESSES['lb-1']}:8088/monitor/health`)).status).toBe(200);
  });
});

/** Exit code of the daemon's status: 0 running, 1 not, 3 no pid file. */
async function daemonStatus(lab: Lab, host: 'om-1' | 'bkp-1'): Promise<string> {
  return (await lab.sh(host, 'service mongodb-mms-backup-daemon status >/dev/null; echo $?')).trim();
}
