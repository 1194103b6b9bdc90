"""com.xgen.svc.brs.grid.Daemon: the Backup Daemon.

It may be busy with a backup job. In Upgrade Mode it tries to stop itself, which fails while the job lasts. How it takes
a SIGTERM is a switch; a SIGINT is the person who may end it in any case.
"""
import json
import os
import signal
import time

from pymongo.errors import PyMongoError

from installation import Installation
from stand_in import RECORDS, VERSION, Log, behaviour, boot_id, seconds, watch_tree

AT_WORK = f'{RECORDS}/daemon-at-work'  # read by audit.py: a daemon that dies leaving this was killed in its job
JOB = f'{RECORDS}/behaviour/daemon-job-seconds'

log = Log('daemon.log')
installation = Installation()
began = time.time()
refused = None
asked_to_stop = False


def job_ends():
    """When the job in hand ends, or None. A job is taken when the switch is written, by the daemon running then."""
    try:
        taken = os.stat(JOB).st_mtime
        ends = taken + float(open(JOB).read().strip() or 0)
    except FileNotFoundError:
        return None
    return ends if taken >= began and time.time() < ends and not kept_away(taken) else None


def kept_away(taken):
    """Backup jobs of this daemon were switched off when this one came: it is never begun."""
    global refused
    if taken != refused and not os.path.exists(AT_WORK) and not installation.takes_backup_jobs():
        refused = taken
        log.say('Backup jobs are switched off: the job is not taken')
    return taken == refused


def note_job(busy):
    if busy and not os.path.exists(AT_WORK):
        with open(AT_WORK, 'w') as file:
            json.dump({'pid': os.getpid(), 'boot': boot_id()}, file)
    elif not busy and os.path.exists(AT_WORK):
        os.remove(AT_WORK)


def terminated(*_):
    global asked_to_stop
    if behaviour('daemon-stop', 'waits') == 'ignores':
        log.say('Stop requested; ignored')
        return
    log.say('Stop requested')
    asked_to_stop = True


def leave(why):
    log.say(f'Stopping: {why}')
    note_job(False)
    try:
        installation.daemon_beats(False)
    except PyMongoError as error:
        log.say(f'Stopping without the Application Database: {type(error).__name__}', 'ERROR')
    log.say('Stopped')
    os._exit(0)


def wants_to_stop_itself(mode_since, tries):
    """A few seconds after Upgrade Mode was noticed; how often it tries is a switch."""
    how = behaviour('daemon-self-stop', 'keeps-trying')
    if mode_since is None or how == 'never' or (how == 'once' and tries > 0):
        return False
    return time.monotonic() - mode_since >= seconds('daemon-notices-seconds', 1)


def main():
    signal.signal(signal.SIGTERM, terminated)
    signal.signal(signal.SIGINT, lambda *_: leave('a person said so'))
    log.say(f'Starting Backup Daemon {VERSION}')
    mode_since, tries, ends = None, 0, None
    while True:
        watch_tree()
        try:
            ends = job_ends()
            note_job(ends is not None)
            if ends is not None:
                log.say(f'Backup job for replica set rs-prod-7 is running, about {ends - time.time():.0f} s left')
            installation.daemon_beats(True, job=ends is not None)
            mode_since = (mode_since or time.monotonic()) if installation.upgrade_mode() else None
        except PyMongoError as error:
            log.say(f'The Application Database does not answer: {type(error).__name__}', 'ERROR')
        if asked_to_stop and ends is None:
            leave('asked to')
        if mode_since is None:
            tries = 0
        if wants_to_stop_itself(mode_since, tries):
            tries += 1
            if ends is None:
                leave('Upgrade Mode')
            log.say('Upgrade Mode: cannot stop, a backup job is running', 'WARN ')
        time.sleep(0.5)


main()
