#!/usr/bin/python3
"""The database that all nodes share: one document in a folder that every host has mounted, guarded by a lock.

It holds the schema's version, the running processes and the system's configuration. A server has a session for as long as
it lives: a file it keeps locked, so that no crash and no power cut leaves one behind.

As a program, for the site's operators: `ucd-database sessions` prints how many sessions there are; `dump FILE` and `load FILE`
are the backup and its way back.
"""
import contextlib
import fcntl
import json
import os
import shutil
import sys
import time

FOLDER = '/var/lib/ucd-database'
DOCUMENT = f'{FOLDER}/database.json'
EMPTY = {'schema': None, 'damaged': None, 'changing': None, 'activity': [], 'configuration': {}}
HELD = []  # open files whose locks last as long as this process


@contextlib.contextmanager
def locked():
    with open(f'{FOLDER}/lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def load():
    try:
        return {**EMPTY, **json.load(open(DOCUMENT))}
    except FileNotFoundError:
        return dict(EMPTY)


@contextlib.contextmanager
def changed():
    """The document, to be changed within the `with`; nobody else sees or changes it meanwhile."""
    with locked():
        document = load()
        yield document
        with open(DOCUMENT, 'w') as file:
            json.dump(document, file)


def read():
    with locked():
        return load()


# Who is connected. Asked and said under the lock only, so that two who look do not take each other for a session.

def hold(name, facts):
    """Say FACTS under NAME for as long as this process lives."""
    file = open(f'{FOLDER}/{name}', 'a+')
    fcntl.flock(file, fcntl.LOCK_EX)
    file.truncate(0)
    file.write(json.dumps(facts))
    file.flush()
    HELD.append(file)


def held(name):
    """What a living process says under NAME, or None."""
    try:
        with open(f'{FOLDER}/{name}', 'r+') as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return None
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return json.load(open(f'{FOLDER}/{name}'))


def sessions():
    """What the servers that live now say of themselves."""
    found = [held(f'sessions/{name}') for name in sorted(os.listdir(f'{FOLDER}/sessions'))]
    return [each for each in found if each]


# Running processes of the product: applications, components, generic ones. They end by themselves, or are cancelled.

def running(document):
    return [each for each in document['activity'] if each['ends'] > time.time()]


def main(verb, file=None):
    if verb == 'sessions':
        with locked():
            print(len(sessions()))
    elif verb == 'dump':
        with locked():
            shutil.copy(DOCUMENT, file)
    elif verb == 'load':
        with changed() as document:
            document.update(json.load(open(file)))
    else:
        sys.exit('usage: ucd-database sessions|dump FILE|load FILE')


if __name__ == '__main__':
    os.umask(0)
    main(*sys.argv[1:])
