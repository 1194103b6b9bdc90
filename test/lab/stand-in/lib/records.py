"""What stand-ins of every product read and write on a host: how to behave, what happened, what must never happen."""
import datetime
import json
import os

RECORDS = '/var/lib/stand-in'
HOST = os.uname().nodename


def boot_id():
    return open('/proc/sys/kernel/random/boot_id').read().strip()


def going_down():
    """The machine is being shut down: nobody is to blame for what stops now."""
    return os.path.exists('/run/going-down')


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


def record(name, **facts):
    """Append a line to the record NAME, which any user's process may go on writing."""
    path = f'{RECORDS}/{name}'
    with open(path, 'a') as file:
        file.write(json.dumps({**facts, 'at': now()}) + '\n')
    try:
        os.chmod(path, 0o666)
    except PermissionError:
        return  # another user's process made the file, with the same mode


def violation(kind, detail):
    """Record what must never happen. Tests read these after every story."""
    record('violations', kind=kind, host=HOST, detail=detail)
