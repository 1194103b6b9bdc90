"""com.xgen.svc.core.ServerMain: the Ops Manager application.

It waits for the migration, registers its version with the installation, and serves HTTP. The first host that comes up
with a newer version needs every Backup Daemon gone; if one stays, this start fails, or hangs until started again.
"""
import os
import signal
import sys
import threading
import time

from pymongo.errors import PyMongoError

from http_side import serve
from installation import Installation
from stand_in import BASE, HOST, VERSION, Log, behaviour, going_down, release, seconds, violation, watch_tree

log = Log('mms0.log')
installation = Installation()
saying = threading.Lock()  # what is said to the installation about serving comes in order


class State:
    """What the HTTP side needs to know, kept fresh by the heart."""
    serving = False  # said to the installation first, so that nobody sees us serve whom the installation calls down
    upgrade_mode = False
    stopping = False


def fail(reason):
    log.say(reason, 'ERROR')
    print(reason, flush=True)
    os._exit(1)


def check_version_may_start():
    mine = installation.application()
    schema = installation.schema()
    if mine and release(mine['version']) > release(VERSION):
        violation('old-version-started', f'{VERSION} started on {HOST}, which already was on {mine["version"]}')
    elif schema and release(schema) > release(VERSION) and not installation.upgrade_mode():
        violation('old-version-started', f'{VERSION} started beside a finished upgrade to {schema}')


def wait_for_migration():
    while True:
        schema = installation.schema()
        if schema and release(schema) >= release(VERSION):
            return
        time.sleep(0.1)


def wait_for_daemons():
    """The daemons of the older version must be gone, or this start comes to nothing."""
    deadline = time.monotonic() + seconds('daemon-grace-seconds', 6)
    while True:
        daemons = installation.daemons_running()
        if not daemons or not installation.is_first_upgraded():
            return
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    reason = f'Could not start: Backup Daemons are still running on {", ".join(sorted(daemons))}'
    if behaviour('stuck-start', 'fails') == 'fails':
        fail(reason)
    log.say(f'{reason}; waiting', 'ERROR')
    while True:  # even when they are gone by now: only a restart helps
        time.sleep(60)


def heart():
    """Twice a second: say that we serve, see whether the installation is in Upgrade Mode."""
    while not State.stopping:
        watch_tree()
        try:
            with saying:
                installation.application_beats(State.serving)
            State.upgrade_mode = installation.upgrade_mode()
        except PyMongoError as error:
            log.say(f'The Application Database does not answer: {type(error).__name__}', 'ERROR')
        time.sleep(0.5)


def stop(*_):
    threading.Thread(target=stop_now).start()  # not in the signal handler: the database may take its time


def stop_now():
    with saying:
        was_serving, State.stopping, State.serving = State.serving, True, False
    log.say('Shutting down')
    try:
        if was_serving and not going_down():
            down = installation.others_not_serving()
            if down:
                violation('two-hosts-down', f'{HOST} was stopped while {", ".join(sorted(down))} did not serve')
        with saying:
            installation.application_beats(False)
    except PyMongoError as error:
        log.say(f'Stopping without the Application Database: {type(error).__name__}', 'ERROR')
    time.sleep(seconds('stop-seconds', 0.2))
    log.say('Stopped')
    os._exit(0)


def main():
    signal.signal(signal.SIGTERM, stop)
    log.say(f'Starting Ops Manager {VERSION}')
    early = behaviour('health-before-migration') is not None
    if early:
        serve(State, installation, log)
    time.sleep(seconds('start-seconds', 0.2))
    wait_for_migration()
    check_version_may_start()
    installation.register_application(seconds('upgrade-mode-lingers-seconds', 2))
    threading.Thread(target=heart, daemon=True).start()
    wait_for_daemons()
    State.upgrade_mode = installation.upgrade_mode()
    if not early:
        serve(State, installation, log)
    with saying:
        installation.application_beats(True)
        State.serving = True
    open(f'{BASE}/tmp/mms-0.ready', 'w').close()
    log.say(f'Started Ops Manager {VERSION} on port 8080')
    while True:
        signal.pause()


try:
    main()
except PyMongoError as failure:
    fail(f'Could not start: the Application Database does not answer ({type(failure).__name__})')
sys.exit(0)
