import { describe, expect, it } from 'vitest';
import { parseChangedFiles } from '../../src/products/ops-manager/changed-files.ts';
import { dpkg, parseControl, parsePackageState } from '../../src/products/ops-manager/dpkg.ts';
import { isStartedAtBoot } from '../../src/products/ops-manager/sysv.ts';
import { recorded } from './recorded.ts';

describe('dpkg', () => {
  it('tells version, state and architecture of what is installed', () => {
    expect(parsePackageState(recorded('dpkg-query-installed.txt'))).toEqual({ version: '4.4.13.100.20220101T0101Z-1', architecture: 'amd64', state: 'installed' });
  });

  it.each([['iU ', 'unfinished'], ['iF ', 'unfinished'], ['iHR', 'unfinished'], ['hi ', 'installed']])('calls a package in state "%s" %s', (status, state) => {
    expect(parsePackageState(`4.4.18-1\t${status}\tamd64\n`)).toMatchObject({ state });
  });

  it('that knows no such package is told from an answer that cannot be read', () => {
    expect(dpkg.readState({ code: 1, stdout: '', stderr: recorded('dpkg-query-absent.txt') })).toBe('absent');
    expect(dpkg.readState({ code: 1, stdout: '', stderr: 'dpkg-query: error: failed to open package info file' })).toBe('unknown');
    expect(dpkg.readState({ code: undefined, stdout: '', stderr: '' }), 'a connection that broke').toBe('unknown');
    expect(['rc ', 'un '].map((status) => parsePackageState(`4.4.18-1\t${status}\tamd64\n`))).toEqual(['absent', 'absent']);
  });

  it('names what a package file is', () => {
    expect(parseControl(recorded('dpkg-deb-fields.txt'))).toEqual({ name: 'mongodb-mms', version: '4.4.18.100.20220101T0101Z-1', architecture: 'amd64' });
    expect(parseControl('Description: nothing')).toBeNull();
  });

  it('lists changed and missing files, configuration apart', () => {
    expect(parseChangedFiles(recorded('dpkg-verify.txt'))).toEqual([
      { path: '/opt/mongodb/mms/bin/mongodb-mms-backup-daemon', what: 'missing', configuration: false },
      { path: '/opt/mongodb/mms/conf/conf-mms.properties', what: 'changed', configuration: true },
      { path: '/opt/mongodb/mms/jdk/lib/security/cacerts', what: 'changed', configuration: false },
    ]);
  });

  it('that found its lock held did nothing, and says so', () => {
    expect(dpkg.isLockedOut(recorded('dpkg-locked.txt'))).toBe(true);
    expect(dpkg.isLockedOut('dpkg: error processing archive a.deb (--install): cannot access archive')).toBe(false);
  });

  it('shows by the boot links whether a service is enabled', () => {
    expect(isStartedAtBoot(recorded('rc2d.txt'), 'mongodb-mms-backup-daemon')).toBe(true);
    expect(isStartedAtBoot(recorded('rc2d-daemon-disabled.txt'), 'mongodb-mms-backup-daemon')).toBe(false);
  });
});
