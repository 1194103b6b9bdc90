import { describe, expect, it } from 'vitest';
import { BadConfig, readConfig } from '../../worker/config.ts';

describe('the configuration of a worker', () => {
  it('is complete without any variable', () => {
    expect(readConfig({})).toEqual({ folder: process.cwd(), taskQueue: 'lockkeeper', logLevel: 'INFO', unreachableFor: 300_000 });
  });

  it('takes what the environment says, and an empty variable as unset', () => {
    const environment = {
      LOCKKEEPER_FOLDER: '/srv/packages', LOCKKEEPER_STATE: '~/.lockkeeper', LOCKKEEPER_HEALTH_PORT: '8080',
      LOCKKEEPER_HEALTH_ADDRESS: '0.0.0.0', LOCKKEEPER_BUILD_ID: '', LOCKKEEPER_LOG_LEVEL: 'WARN', LOCKKEEPER_TASK_QUEUE: 'night', LOCKKEEPER_UNREACHABLE_FOR: '30s',
    };
    expect(readConfig(environment)).toEqual({
      folder: '/srv/packages', stateFolder: '~/.lockkeeper', taskQueue: 'night', unreachableFor: 30_000, logLevel: 'WARN', health: { port: 8080, address: '0.0.0.0' },
    });
  });

  it('names every bad variable and what it holds, all at once', () => {
    const bad = () => readConfig({ LOCKKEEPER_HEALTH_PORT: 'eighty', LOCKKEEPER_LOG_LEVEL: 'LOUD', LOCKKEEPER_UNREACHABLE_FOR: 'soon' });
    expect(bad).toThrow(BadConfig);
    expect(bad).toThrow(/LOCKKEEPER_HEALTH_PORT=eighty.*LOCKKEEPER_UNREACHABLE_FOR=soon: expected a duration.*LOCKKEEPER_LOG_LEVEL=LOUD.*WARN/);
  });
});
