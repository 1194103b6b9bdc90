"""What every stand-in process needs: where things are, what is configured, how to behave, where to record."""
import datetime
import json
import os
import re

BASE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RECORDS = '/var/lib/stand-in'
HOST = os.uname().nodename
VERSION = open(f'{BASE}/VERSION').read().strip()


def release(version):
    """The comparable part of a version: '4.4.18.100.2022...' is [4, 4, 18]."""
    return [int(part) for part in version.split('.')[:3]]


def boot_id():
    return open('/proc/sys/kernel/random/boot_id').read().strip()


def going_down():
    """The machine is being shut down: nobody is to blame for what stops now."""
    return os.path.exists('/run/going-down')


def configured(key):
    """The value of KEY in conf-mms.properties."""
    for line in open(f'{BASE}/conf/conf-mms.properties'):
        found = re.match(rf'\s*{re.escape(key)}\s*=\s*(.*?)\s*$', line)
        if found:
            return found.group(1)
    return None


def behaviour(name, default=None):
    """The switch NAME as a test has set it just now; read again at every look."""
    try:
        return open(f'{RECORDS}/behaviour/{name}').read().strip()
    except FileNotFoundError:
        return default


def seconds(name, default):
    return float(behaviour(name) or default)


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec='milliseconds').replace('+00:00', 'Z')


def violation(kind, detail):
    """Record what must never happen. Tests read these after every story."""
    path = f'{RECORDS}/violations'
    with open(path, 'a') as file:
        file.write(json.dumps({'kind': kind, 'host': HOST, 'detail': detail, 'at': now()}) + '\n')
    try:
        os.chmod(path, 0o666)
    except PermissionError:
        return  # another user's process made the file, with the same mode


TREE = os.stat(BASE).st_ino


def watch_tree():
    """Asked by whatever lives long: nobody may put another tree in the place of the one it was started from."""
    global TREE
    try:
        now_there = os.stat(BASE).st_ino
    except FileNotFoundError:
        now_there = None
    if now_there != TREE:
        TREE = now_there
        violation('install-beside-live-process', f'the tree in {BASE} was replaced while process {os.getpid()} lived')


class Log:
    """One of the product's log files, in its format."""

    def __init__(self, name):
        self.file = open(f'{BASE}/logs/{name}', 'a', buffering=1)

    def say(self, message, level='INFO '):
        self.file.write(f'{now()} [main] {level} com.xgen.svc - {message}\n')
