"""The installation as all its hosts see it: what they keep in the Application Database they share.

Upgrade Mode is on while the application hosts that have ever registered stand on two versions, and a little longer
(switch upgrade-mode-lingers-seconds on the host that ends it). A host registers a version when its application starts
with it, so the mode ends only after every host was upgraded and restarted.
"""
import hashlib
import time

import pymongo

from stand_in import HOST, VERSION, boot_id, configured, release

# A process beats twice a second; one not heard of for this long is dead or frozen. Long, because a busy machine must not
# make a living host look dead: that would be a violation.
SILENT_AFTER = 8
# The head directory of every daemon here; the slashes are what a path of the API must encode.
HEADS = '/data/backup/'


class Installation:
    def __init__(self):
        client = pymongo.MongoClient(configured('mongo.mongoUri'), serverSelectionTimeoutMS=4000, connectTimeoutMS=2000,
                                     socketTimeoutMS=4000)
        self.database = client['mmsdb']

    def reachable(self):
        """Whether it answers within the 30 seconds that MongoDB's drivers wait for a server."""
        until = time.monotonic() + 30
        while True:
            try:
                self.database.client.admin.command('ping')
                return True
            except pymongo.errors.PyMongoError as error:
                if time.monotonic() > until:
                    print(error, flush=True)
                    return False
                time.sleep(0.2)

    # The schema, which only a migration moves.

    def schema(self):
        """The version that the data was last migrated to, or None."""
        found = self.database.installation.find_one({'_id': 'schema'})
        return found and found['version']

    def migrated(self):
        self.database.installation.update_one({'_id': 'schema'}, {'$set': {'version': VERSION}}, upsert=True)

    # Application hosts.

    def applications(self):
        return list(self.database.applications.find())

    def application(self, host=HOST):
        return self.database.applications.find_one({'_id': host})

    def register_application(self, lingers):
        """Say that this host's application now starts with its version; it serves nobody yet."""
        was_on = self.upgrade_mode()
        self._beat(self.database.applications, serving=False, version=VERSION)
        if was_on and len({each['version'] for each in self.applications()}) == 1:
            self.database.installation.update_one({'_id': 'mode'}, {'$set': {'until': time.time() + lingers}}, upsert=True)

    def application_beats(self, serving):
        self._beat(self.database.applications, serving=serving)

    def others_not_serving(self):
        """The application hosts, beside this one, that serve nobody now."""
        return [each['_id'] for each in self.applications() if each['_id'] != HOST and not alive(each, 'serving')]

    def upgrade_mode(self):
        if len({each['version'] for each in self.applications()}) > 1:
            return True
        lingering = self.database.installation.find_one({'_id': 'mode'})
        return bool(lingering) and time.time() < lingering['until']

    def is_first_upgraded(self):
        """Whether this is the first host to come up with a newer version than the others have."""
        others = [each for each in self.applications() if each['_id'] != HOST]
        behind = any(release(each['version']) < release(VERSION) for each in others)
        return behind and not any(each['version'] == VERSION and alive(each, 'serving') for each in others)

    # Backup Daemons.

    def daemon_beats(self, running, job=False):
        self._beat(self.database.daemons, running=running, job=job, version=VERSION)

    def daemon_settings(self):
        """What the API shows of every daemon that ever ran, as it was set last."""
        changed = {each['_id']: each for each in self.database.daemon_settings.find()}
        return [{
            'assignmentEnabled': True, 'backupJobsEnabled': True, 'configured': True, 'garbageCollectionEnabled': True,
            'headDiskType': 'SSD', 'labels': [], 'numWorkers': 50, 'resourceUsageEnabled': True,
            'restoreQueryableJobsEnabled': True, **changed.get(each['_id'], {}).get('settings', {}),
            'machine': {'machine': each['_id'], 'headRootDirectory': HEADS}, 'id': hashlib.md5(each['_id'].encode()).hexdigest()[:24],
        } for each in self.database.daemons.find()]

    def set_daemon(self, machine, settings):
        self.database.daemon_settings.update_one({'_id': machine}, {'$set': {'settings': settings}}, upsert=True)

    def takes_backup_jobs(self):
        """Whether this host's daemon may begin a job."""
        return all(each['backupJobsEnabled'] for each in self.daemon_settings() if each['machine']['machine'] == HOST)

    def daemons_running(self):
        return [each['_id'] for each in self.database.daemons.find() if alive(each, 'running')]

    def _beat(self, collection, **facts):
        collection.update_one({'_id': HOST}, {'$set': {**facts, 'beat': time.time(), 'boot': boot_id()}}, upsert=True)


def alive(record, fact):
    return bool(record.get(fact)) and time.time() - record['beat'] < SILENT_AFTER
