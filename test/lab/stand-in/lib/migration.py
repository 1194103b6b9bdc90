"""com.xgen.svc.common.migration.MigrationRunner: moves the data to this version. Killing it is a violation."""
import signal
import sys
import time

from installation import Installation
from stand_in import BASE, VERSION, Log, going_down, release, seconds, violation

log = Log('mms-migration.log')
installation = Installation()


def killed(*_):
    if not going_down():
        violation('migration-killed', f'the migration to {VERSION} was killed')
    log.say('Migration interrupted', 'ERROR')
    sys.exit(143)


def migrate():
    began = time.monotonic()
    step = 0
    # The switch is read again at every step, so that a test can end a migration that it made too long.
    while time.monotonic() - began < seconds('migration-seconds', 0.3):
        step += 1
        log.say(f'Running migration step {step} for {VERSION}')
        time.sleep(0.2)
    installation.migrated()


signal.signal(signal.SIGTERM, killed)
schema = installation.schema()
if schema is None or release(schema) < release(VERSION):
    migrate()
    log.say(f'All migrations for {VERSION} are done')
else:
    log.say('Nothing to migrate')
open(f'{BASE}/tmp/migration.done', 'w').close()
