"""com.urbancode.ds.UDeployServer: one node of the installation.

It joins the database, refuses one that is damaged, opens its ports, and says that it has started. It ends when its shutdown is
asked for (`bin/server stop`) or on SIGTERM, in the ways that a test asks for.
"""
import glob
import os
import signal
import socket
import sys
import threading
import time

import database
from product import comparable, keeps_application_data, local, properties
from records import HOST, RECORDS, behaviour, going_down, seconds, violation
from rest import serve
from work import Work

BASE = os.path.dirname(os.path.dirname(sys.argv[sys.argv.index('-jar') + 1]))
VERSION = open(f'{BASE}/lib/VERSION').read().strip()
PID_FILE = f'{BASE}/var/server.pid'
SHUTDOWN = f'\0{BASE}/shutdown'  # a socket that is gone when its process is
settings = properties(f'{BASE}/conf/server/installed.properties')
listeners = []
stopping = threading.Lock()


def say(message, level='INFO '):
    stamp = time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())
    line = f'{stamp},000 {level} main com.urbancode.ds.UDeployServer - {message}\n'
    with open(f'{BASE}/var/log/deployserver.out', 'a') as log:
        log.write(line)
    print(line, end='', flush=True)


def fail(reason):
    say(reason, 'ERROR')
    remove_pid_file()
    os._exit(1)


def remove_pid_file():
    if os.path.exists(PID_FILE):
        os.remove(PID_FILE)


def units_of_this_server():
    """The site's units of systemd that start this server, where systemd is PID 1."""
    if open('/proc/1/comm').read().strip() != 'systemd':
        return []
    return [os.path.basename(unit) for unit in glob.glob('/etc/systemd/system/*.service') if f'{BASE}/bin/server' in open(unit).read()]


def check_how_started():
    units, group = units_of_this_server(), open('/proc/self/cgroup').read()
    if os.environ.get('UCD_SERVICE_SCRIPT') != f'{BASE}/bin/server':
        violation('started-otherwise', f'{VERSION} was not started by {BASE}/bin/server')
    elif units and not any(f'/{unit}' in group for unit in units):
        violation('started-otherwise', f'{VERSION} was started beside {units[0]}, which is its service script here')
    if os.getuid() != os.stat(BASE).st_uid:
        violation('wrong-user', f'{VERSION} was started by user {os.getuid()}, and {BASE} belongs to {os.stat(BASE).st_uid}')
    if os.path.exists(f'{RECORDS}/standby'):
        violation('standby-started', f'{VERSION} was started on a cold standby')


def join_database():
    """From now on this server is a session; what it does to an upgrade in progress is written down."""
    with database.changed() as document:
        database.hold(f'sessions/{HOST}-{os.getpid()}', {'host': HOST, 'version': VERSION, 'pid': os.getpid()})
        installer = database.held('installer')
        if installer and (installer['version'] != VERSION or document['schema'] != VERSION):
            violation('server-started-during-install', f'{VERSION} was started while {installer["version"]} was installed on {installer["host"]}')
        schema = document['schema']
        if schema and comparable(schema) > comparable(VERSION):
            violation('old-version-started', f'{VERSION} was started on a database of {schema}')
            document['damaged'] = f'a server of {VERSION} was started on {HOST}'


def check_database():
    document = database.read()
    if document['changing']:
        fail(f'The database is half upgraded to {document["changing"]}.')
    if document['damaged']:
        fail(f'The database is in an inconsistent state: {document["damaged"]}.')
    if document['schema'] is None or comparable(document['schema']) < comparable(VERSION):
        fail(f'The database is of version {document["schema"]} and must be upgraded to {VERSION} first.')


def data_file(name):
    """A file of the application data; before 6.1.1.5 and for `..` it is below the install dir."""
    folder = settings.get('server.appdata.dir', '..') if keeps_application_data(VERSION) else '..'
    return f'{local(folder).replace("..", BASE, 1)}/{name}'


def open_ports(work):
    for name in ['conf/encryption.keystore', 'conf/server.keystore']:
        if not os.path.isfile(data_file(name)):
            fail(f'Could not open {data_file(name)}')
    try:
        for port in [7918, 7919]:
            listeners.append(socket.create_server(('0.0.0.0', port)))
        listeners.append(serve(int(settings['install.server.web.https.port']), data_file('conf/server.keystore'), VERSION, work))
    except OSError as error:
        fail(f'Could not open a port: {error}')


def await_shutdown():
    """`bin/server stop` connects here, and waits until this end is gone."""
    door = socket.socket(socket.AF_UNIX)
    door.bind(SHUTDOWN)
    door.listen()
    guests = []
    while True:
        guests.append(door.accept()[0])  # kept open: the other end waits for us
        if behaviour('server-stop', 'works') == 'works':
            threading.Thread(target=stop).start()
        else:
            say('Shutdown requested')


def terminated(*_):
    if behaviour('server-stop') != 'hangs-hard':
        threading.Thread(target=stop).start()


def stop():
    if not stopping.acquire(blocking=False):
        return
    left = database.running(database.read())
    if left and not going_down():
        violation('stopped-during-work', f'{VERSION} was stopped while {len(left)} processes ran')
    say('Shutting down')
    for each in listeners:
        each.close()
    time.sleep(seconds('stop-seconds', 0.2))
    say('Shutdown complete')
    if behaviour('stop-leaves-pid-file') is None:
        remove_pid_file()
    os._exit(0)


def main():
    os.umask(0o022)
    signal.signal(signal.SIGTERM, terminated)
    with open(PID_FILE, 'w') as file:
        file.write(f'{os.environ.get("WINDOWS_PID", os.getpid())}\n')
    threading.Thread(target=await_shutdown, daemon=True).start()
    say(f'Starting HCL UrbanCode Deploy server version {VERSION}')
    check_how_started()
    join_database()
    time.sleep(seconds('start-seconds', 0.3))
    if behaviour('start-fails-once') is not None:
        os.remove(f'{RECORDS}/behaviour/start-fails-once')
        fail('Could not initialise the server: java.lang.OutOfMemoryError: unable to create new native thread')
    check_database()
    work = Work(VERSION)
    open_ports(work)
    say(f'HCL UrbanCode Deploy server version {VERSION} started.')
    while True:
        work.look()
        time.sleep(0.2)


main()
