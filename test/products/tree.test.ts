import { describe, expect, it } from 'vitest';
import { commandsFor } from '../../src/products/ops-manager/commands.ts';
import { keyPath } from '../../src/products/ops-manager/configuration.ts';
import { startedAs } from '../../src/products/ops-manager/logs.ts';
import { readSighting, readTops, treeSteps, whatIsInTheWay, type TreeSighting } from '../../src/products/ops-manager/tree-steps.ts';
import { typed } from '../../src/upgrade/command.ts';
import { recorded } from './recorded.ts';

const HOST = { name: 'bkp-1', platform: 'linux', installDir: '/srv/ops-manager/', runAs: 'opsmgr', ssh: { user: 'ops' } } as const;
const SHA = 'd1b299437586bd577484e3e9235df6002da5e191396734495b79d16d6305576f';
const steps = treeSteps({ host: HOST, version: '4.4.18', sha256: SHA, staged: '/var/lib/lockkeeper/packages/d1' });
const notThere = (...names: string[]): string => names.map((name) => `find: '/srv/ops-manager/${name}': No such file or directory\n`).join('');
const look = (name: string): TreeSighting | null => readSighting(steps, { code: 1, stdout: recorded(name), stderr: notThere('bin') });

describe('what is typed on a tarball host', () => {
  it('are the vendor\'s scripts in its tree, as the user that it runs as, with that user\'s home', () => {
    const { application, backupDaemon } = commandsFor(HOST);
    expect([application.stop, application.start, backupDaemon.stop.service, backupDaemon.stop['init-script'], backupDaemon.start].map(typed)).toEqual([
      'sudo -H -u opsmgr /srv/ops-manager/bin/mongodb-mms stop', 'sudo -H -u opsmgr /srv/ops-manager/bin/mongodb-mms start',
      'sudo -H -u opsmgr /srv/ops-manager/bin/mongodb-mms-backup-daemon stop', 'sudo /etc/init.d/mongodb-mms-backup-daemon stop',
      'sudo -H -u opsmgr /srv/ops-manager/bin/mongodb-mms-backup-daemon start',
    ]);
  });

  it('needs no sudo where the login is that user', () => {
    expect(typed(commandsFor({ ...HOST, ssh: { user: 'opsmgr' } }).application.stop)).toBe('/srv/ops-manager/bin/mongodb-mms stop');
    expect(typed(commandsFor({ ...HOST, runAs: 'root' }).application.stop)).toBe('sudo /srv/ops-manager/bin/mongodb-mms stop');
  });

  it('are services where the file names them, each for itself', () => {
    const { application, backupDaemon } = commandsFor({ ...HOST, service: { names: { application: 'om' } } });
    expect([application.stop, backupDaemon.stop.service].map(typed)).toEqual(['sudo service om stop', 'sudo -H -u opsmgr /srv/ops-manager/bin/mongodb-mms-backup-daemon stop']);
  });

  it('are the site\'s own commands for the application where the file has them, and only for it', () => {
    const { application, backupDaemon } = commandsFor({ ...HOST, service: { start: 'sudo systemctl start om', stop: 'sudo systemctl stop om' } });
    expect([application.stop, application.start, application.status, backupDaemon.start].map(typed)).toEqual([
      "sh -c 'sudo systemctl stop om'", "sh -c 'sudo systemctl start om'",
      'sudo -H -u opsmgr /srv/ops-manager/bin/mongodb-mms status', 'sudo -H -u opsmgr /srv/ops-manager/bin/mongodb-mms-backup-daemon start',
    ]);
  });
});

describe('the tree in use', () => {
  it('has mounts and links that cannot be carried over', () => {
    expect(readTops(recorded('tree-tops-mount.txt'))).toMatchObject({ mounts: ['media'], links: ['logs'] });
    expect(readTops(recorded('tree-tops.txt'))).toMatchObject({ mounts: [], links: [], names: expect.arrayContaining(['server.pem', 'mongodb-releases']) });
  });
});

describe('an upgrade of it', () => {
  it('is seen in every state', () => {
    expect(look('tree-look-unpacked.txt')).toMatchObject({ inUse: 'folder', switched: false, work: 'unpacked', before: 'absent', onOtherFileSystem: false });
    expect(look('tree-look-between.txt')).toMatchObject({ inUse: 'absent', switched: false, work: 'carried', before: 'folder' });
    expect(look('tree-look-switched.txt')).toMatchObject({ inUse: 'folder', switched: true, work: 'absent', before: 'folder' });
    expect(look('tree-look-link.txt')).toMatchObject({ inUse: 'link', fresh: 'absent', before: 'absent', switched: false });
  });

  it('of another tarball is not taken for this one\'s', () => {
    const other = treeSteps({ host: HOST, version: '4.4.18', sha256: 'ab'.repeat(32), staged: '/p' });
    expect(readSighting(other, { code: 0, stdout: recorded('tree-look-switched.txt'), stderr: '' })).toMatchObject({ switched: false });
  });

  it('is not seen where find could not look', () => {
    expect(readSighting(steps, { code: 1, stdout: recorded('tree-look-switched.txt'), stderr: "find: '/srv/x': Permission denied" })).toBeNull();
    expect(readSighting(steps, { code: undefined, stdout: recorded('tree-look-switched.txt'), stderr: '' })).toBeNull();
  });

  it('has nothing in its way but what is not ours', () => {
    const seen = look('tree-look-unpacked.txt')!;
    expect(whatIsInTheWay(steps, seen)).toBeNull();
    expect(whatIsInTheWay(steps, look('tree-look-between.txt')!)).toBeNull();
    expect(whatIsInTheWay(steps, { ...seen, before: 'folder' })).toContain('/srv/ops-manager-before-4.4.18 is there already');
    expect(whatIsInTheWay(steps, { ...seen, inUse: 'link', fresh: 'foreign' })).toContain('/srv/ops-manager-4.4.18 is there already');
    expect(whatIsInTheWay(steps, { ...seen, isMount: true })).toContain('a file system is mounted on /srv/ops-manager');
    expect(whatIsInTheWay(steps, { ...seen, inUse: 'absent' })).toContain('correct installDir');
  });
});

describe('the shared key', () => {
  it('is looked for in the home that mms.conf names, where that is known', () => {
    for (const written of ['${HOME}/.mongodb-mms/gen.key', '"$HOME/.mongodb-mms/gen.key"', '~/.mongodb-mms/gen.key']) {
      expect(keyPath(`ENC_KEY_PATH=${written}\n`, '/home/opsmgr'), written).toBe('/home/opsmgr/.mongodb-mms/gen.key');
      expect(keyPath(`ENC_KEY_PATH=${written}\n`), written).toBe('unknown');
    }
    expect(keyPath('ENC_KEY_PATH=${HOMES}/gen.key\n', '/home/opsmgr')).toBe('unknown');
  });
});

it('the release of a running Backup Daemon is the one of its last start', () => {
  expect(startedAs('Starting Backup Daemon 4.4.13.100\nStopped\nStarting Backup Daemon 4.4.16.100.2022\nworking on 10.0.0.1\n')).toBe('4.4.16');
  expect(startedAs('nothing of the kind\n')).toBeNull();
});
