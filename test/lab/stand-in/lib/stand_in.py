"""What every stand-in process needs: where things are, what is configured, how to behave, where to record."""
import os
import re

from records import HOST, RECORDS, behaviour, boot_id, going_down, now, seconds, violation  # noqa: F401: passed on

BASE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VERSION = open(f'{BASE}/VERSION').read().strip()


def release(version):
    """The comparable part of a version: '4.4.18.100.2022...' is [4, 4, 18]."""
    return [int(part) for part in version.split('.')[:3]]


def configured(key):
    """The value of KEY in conf-mms.properties."""
    for line in open(f'{BASE}/conf/conf-mms.properties'):
        found = re.match(rf'\s*{re.escape(key)}\s*=\s*(.*?)\s*$', line)
        if found:
            return found.group(1)
    return None


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
