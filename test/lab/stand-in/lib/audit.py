"""Looks for violations that no process could record itself. Run before violations are read, as root."""
import json
import os

from stand_in import RECORDS, boot_id, violation

AT_WORK = f'{RECORDS}/daemon-at-work'


def audit():
    """A Backup Daemon killed in the middle of a job left its note behind. A power cut is nobody's fault."""
    try:
        with open(AT_WORK) as file:
            note = json.load(file)
    except FileNotFoundError:
        return
    if os.path.exists(f'/proc/{note["pid"]}') and note['boot'] == boot_id():
        return
    os.remove(AT_WORK)
    if note['boot'] == boot_id():
        violation('daemon-killed-in-job', f'the Backup Daemon (pid {note["pid"]}) was killed in the middle of its job')


audit()
