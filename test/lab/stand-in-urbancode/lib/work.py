"""What runs in the product: application, component and generic processes, which people and schedules start.

Switches of a host's stand-in start them: `work` when it is written, `work-every-seconds` again and again, `work-after-empty` as
soon as somebody was told that nothing runs. In maintenance mode nothing new starts.
"""
import os
import time
import uuid

import database
from product import has_maintenance_mode
from records import RECORDS, behaviour, seconds

# What is shown of each kind. A generic process has another name for what it is cancelled by.
KINDS = {
    'application': ('traceId', {'application': {'name': 'Payments'}, 'environment': {'name': 'Production'}, 'applicationProcess': {'name': 'Deploy'}}),
    'component': ('traceId', {'component': {'name': 'payments-web'}, 'componentProcess': {'name': 'Install'}, 'resource': {'name': 'web-7'}}),
    'generic': ('workflowTraceId', {'process': {'name': 'Nightly clean-up'}, 'resource': {'name': 'build-2'}}),
}


class Work:
    def __init__(self, version):
        self.version = version
        self.began = time.time()
        self.taken = None        # when the switch `work` was written that was obeyed last
        self.next_scheduled = time.time()
        self.told_empty = False

    def look(self):
        """Start what the switches ask for."""
        path = f'{RECORDS}/behaviour/work'
        written = os.stat(path).st_mtime if os.path.exists(path) else None
        if written and written >= self.began and written != self.taken:
            self.taken = written
            self.start(behaviour('work', ''))
        every = seconds('work-every-seconds', 0)
        if every and time.time() >= self.next_scheduled:
            self.next_scheduled = time.time() + every
            self.start(f'application:{every / 2}')
        if self.told_empty and behaviour('work-after-empty') and self.start(behaviour('work-after-empty')):
            os.remove(f'{RECORDS}/behaviour/work-after-empty')

    def start(self, wanted):
        """WANTED is like `application:60 generic:5`: kinds and seconds. Whether it could be started."""
        with database.changed() as document:
            if self.maintenance(document['configuration']):
                return False
            for each in wanted.split():
                kind, lasts = each.split(':')
                document['activity'].append({'kind': kind, 'trace': str(uuid.uuid4()), 'began': time.time(), 'ends': time.time() + float(lasts)})
        return True

    def maintenance(self, configuration):
        return has_maintenance_mode(self.version) and configuration.get('maintenanceModeEnabled', False)

    def shown(self):
        """What GET /rest/workflow/currentActivity answers."""
        running = database.running(database.read())
        self.told_empty = not running
        return [self.show(each) for each in running]

    @staticmethod
    def show(each):
        trace, facts = KINDS[each['kind']]
        return {'processRequestType': each['kind'], trace: each['trace'], 'id': each['trace'][::-1], 'startDate': int(each['began'] * 1000),
                'userName': 'alice', 'state': 'CANCELING' if each.get('cancelled') else 'EXECUTING', **facts}

    @staticmethod
    def cancel(trace):
        """Whether there is such a process; it ends a moment later (switch `cancel-seconds`)."""
        with database.changed() as document:
            for each in document['activity']:
                if each['trace'] == trace:
                    each['cancelled'] = True
                    each['ends'] = min(each['ends'], time.time() + seconds('cancel-seconds', 0.2))
                    return True
        return False
