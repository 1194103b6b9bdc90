import { describe, expect, it } from 'vitest';
import { backupJob, keyLost, logNames, stages, tail } from '../../src/products/ops-manager/logs.ts';
import { withoutSecrets } from '../../src/upgrade/without-secrets.ts';

const START = `Starting pre-flight checks
Successfully finished pre-flight checks
Migrate Ops Manager data
Running migrations...                                      [  OK  ]
Starting Ops Manager server
Instance 0 starting.............                           [  OK  ]
Start Backup Daemon...                                     [  OK  ]
`;

describe('a start', () => {
  it('tells its stages, the last start\'s only', () => {
    expect(stages(`Starting pre-flight checks\nPreflight check failed.\n${START}noise`)).toEqual(START.trim().split('\n').map((line) => line.trim()));
  });

  it('that made a new key is noticed; one that an earlier start made is not', () => {
    expect(keyLost(`Generating new Ops Manager private key...\n${START}`)).toBe(true);
    expect(keyLost(`Generating new Ops Manager private key...\n${START}${START}`)).toBe(false);
    expect(keyLost(START)).toBe(false);
  });
});

describe('a Backup Daemon\'s log', () => {
  const log = `2026-11-21T10:00:00.000Z [main] INFO  com.xgen.svc - Starting Backup Daemon 4.4.18.100.20220101T0101Z
2026-11-21T10:05:00.000Z [main] INFO  Backup job for replica set rs-prod-7 is running
2026-11-21T10:35:00.000Z [main] INFO  Backup job for replica set rs-prod-7 is running
`;

  it('tells for how long its job has run at least', () => {
    expect(backupJob(log, new Date('2026-11-21T10:50:00Z'))).toBe('Backup job for replica set rs-prod-7 is running (in its log for at least 45 minutes)');
    expect(backupJob('nothing\n', new Date())).toBeNull();
  });

  it('names the release it was started as, and no longer number is taken for it', () => {
    expect(logNames(log, '4.4.18')).toBe(true);
    expect(logNames(log, '4.4.1')).toBe(false);
    expect(logNames('rebuilt 4.4.18\n', '4.4.18')).toBe(false);
  });
});

describe('text that is kept', () => {
  it('holds no passwords', () => {
    const text = withoutSecrets('uri=mongodb://mms:hunter22@db-1/x mms.ldap.bindPassword=swordfish api-key: abcdef ok=1');
    expect(text).not.toMatch(/hunter22|swordfish|abcdef/);
    expect(text).toContain('db-1/x');
    expect(text).toContain('ok=1');
  });

  it('is cut to its last lines', () => {
    expect(tail('a\nb\nc\n', 2)).toBe('b\nc');
  });
});
