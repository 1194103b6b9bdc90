"""The installer: a new installation, or an upgrade of the one it finds. As awkward as the vendor's.

It looks at this node alone: a pid file stops it, another node's live server does not. Unattended it never asks, not even
before a downgrade. Files come first, then the database, and the node's version mark last. Every run is recorded, and what
must never happen is too.
"""
import getpass
import os
import shutil
import signal
import socket
import sys
import time
import traceback

import database
import files
from product import comparable, has_web_agents, keeps_application_data, local, properties, shown, write_properties
from records import HOST, behaviour, record, seconds, violation

SOURCE = os.getcwd()
FIPS = '-fips' in sys.argv
FRONT_END = '-frontend' in sys.argv
given = properties('install.properties')
VERSION = given['version']
UNATTENDED = given.get('nonInteractive') == 'true'
LOG = open('install.log', 'w')


class Failed(Exception):
    """What ends the installer, as its own words say."""


def say(text=''):
    print(text, flush=True)
    LOG.write(f'{text}\n')
    LOG.flush()


def ask(question, default=None, value=None):
    """What the person answers, or the default; VALUE, where it is known already, is not asked for. Unattended nothing is."""
    if value is not None or UNATTENDED:
        return default if value is None else value
    return read_answer(question) or default


def read_answer(question):
    say(question)
    line = sys.stdin.readline()
    if not line:
        raise Failed('java.lang.NullPointerException: no answer could be read, the input has ended')
    return line.strip()


def yes(answer):
    return answer.lower() in ('y', 'yes')


class Installation:
    """One run: what is installed where, over what."""

    def __init__(self):
        self.home = local(ask('Enter the directory where the HCL UrbanCode Deploy should be installed. [Default: /opt/ucd/server]', '/opt/ucd/server',
                              given.get('install.server.dir')))
        self.mark = f'{self.home}/conf/installed.version'
        self.installed = properties(f'{self.home}/conf/server/installed.properties')
        self.old = properties(self.mark).get('installed.version')
        self.java = self.setting('install.java.home', '/opt/ucd/jre')

    def setting(self, name, default=None):
        """What was given for this run goes before what the last one wrote down."""
        return given.get(name, self.installed.get(name, default))

    # Before anything is touched.

    def check(self):
        if self.old is not None:
            self.check_pid_file()
            self.check_connection()
            self.ask_about_upgrade()
            if comparable(self.old) > comparable(VERSION):
                violation('downgrade', f'{VERSION} was installed over {self.old}')
        self.check_java()
        self.blank_password()
        if has_web_agents(VERSION):
            self.check_agent_uri()
        self.check_database()

    def check_pid_file(self):
        path = f'{self.home}/var/server.pid'
        if not os.path.exists(path):
            return
        if has_web_agents(VERSION):
            raise Failed(f'Found pid file at {path}. Ensure HCL UrbanCode Deploy is shutdown, {path} is removed , then start the installation again.')
        raise Failed('A previously installed version of HCL UrbanCode Deploy is running. Please shutdown the running HCL UrbanCode Deploy '
                     'and start the installation again.')

    def check_connection(self):
        """To the address that users know, which is the load balancer's: it proves nothing, and unattended nobody is asked."""
        address = (self.installed.get('install.server.web.host'), int(self.installed.get('install.server.web.https.port', 8443)))
        try:
            socket.create_connection(address, 5).close()
        except OSError:
            return
        warning = ('A connection can be made to configured server host and port. This is a common scenario when going through a load balancer.'
                   'Please ensure ALL server processes are stopped before continuing.')
        say(warning)
        ask('(press enter to continue)')

    def ask_about_upgrade(self):
        if not yes(ask(f'A previous version ({self.old}) exists in the specified directory. Do you want to upgrade the currently installed version? '
                       'Y,n [Default Y]', 'Y')):
            say('Upgrade aborted.')
            sys.exit(1)
        if not UNATTENDED and comparable(self.old) > comparable(VERSION):
            if ask(f'WARNING: You appear to be downgrading from {self.old} to {VERSION}. This is an unsupported operation. Are you sure you want to '
                   'attempt this downgrade? [Type "yes" to confirm]', 'N') != 'yes':
                say('Downgrade aborted.')
                sys.exit(1)

    def check_java(self):
        version = properties(f'{local(self.java)}/release').get('JAVA_VERSION', '"unknown"').strip('"')
        say(f'JVM Version detected: {version}')
        if has_web_agents(VERSION) and version.startswith('1.') and int(version.split('.')[1]) < 8:
            raise Failed(f'Java 1.8.0 or greater required for UrbanCode Deploy. Installer initialized with {version}')
        say(f'JAVA_HOME: {self.java}\n')

    def blank_password(self):
        """It is read once and lost from the file, with the file's comments."""
        self.password = given.get('server.initial.password')
        if self.password:
            write_properties('install.properties', {**given, 'server.initial.password': ''})
        if self.old is None:
            self.password = ask('Enter the initial password for the admin user.', None, self.password or None)
            if not self.password:
                raise Failed('server.initial.password is required.')

    def check_agent_uri(self):
        self.agent_uri = self.setting('agentcomm.uri')
        if self.agent_uri is None and UNATTENDED:
            say('An address for the server to listen at for agent communication is required.')
            say("Please provide a property for 'agentcomm.uri'")
            sys.exit(1)
        self.agent_uri = ask(f'Enter the web agent communication URL for this server. [Default: wss://{HOST}:7919]', f'wss://{HOST}:7919', self.agent_uri)

    def check_database(self):
        kind = self.setting('database.type', 'mysql')
        if has_web_agents(VERSION) and kind == 'postgres':
            say('postgres is not a supported database type.')
            sys.exit(1)
        if behaviour('installer-asks') is not None or (self.schema_changes() and self.old is not None and not UNATTENDED):
            read_answer('The database must be upgraded. Do you want to upgrade it now? Y,n [Default: Y]')

    # The work.

    def schema_changes(self):
        """Only the first node of an installation finds anything to do in the database."""
        schema = database.read()['schema']
        return schema is None or comparable(schema) < comparable(VERSION)

    def cancel_processes(self):
        if self.old is not None and not os.listdir(f'{self.home}/lib/ext'):
            driver = self.setting('hibernate.connection.driver_class')
            raise Failed(f'java.lang.Exception: Error trying to cancel currently running processes\nCaused by: : Class Not Found: JDBC driver {driver} '
                         f'could not be loaded\nCaused by: java.lang.ClassNotFoundException: {driver}')
        if not self.schema_changes():
            say('No database upgrades found, leaving processes running')
            return
        say('Found database upgrades, cancelling currently running processes')
        with database.changed() as document:
            running = database.running(document)
            document['activity'] = []
        if running:
            violation('work-cancelled', f'the installer of {VERSION} cancelled {len(running)} running processes')

    def upgrade_database(self):
        """Half of the installer's time. A server that is connected meanwhile spoils it."""
        if not self.schema_changes():
            return
        say(f'Upgrading the database to {VERSION}')
        with database.changed() as document:
            if document['changing']:
                violation('half-upgraded-database', f'{VERSION} was installed on a database half upgraded to {document["changing"]}')
                raise Failed(f'The database is half upgraded to {document["changing"]}.')
            document['changing'] = VERSION
        time.sleep(seconds('install-seconds', 0.6) / 2)
        die_if_asked('in-database')
        with database.changed() as document:
            alive = [f'{each["version"]} on {each["host"]}' for each in database.sessions()]
            document['damaged'] = f'{", ".join(alive)} was connected while it was upgraded' if alive else document['damaged']
            document['changing'], document['schema'] = None, VERSION

    def finish(self, folder):
        entries = {**self.installed, **{key: value for key, value in given.items() if key in files.KEPT_PROPERTIES}}
        entries.update({'install.java.home': self.java, 'database.type': self.setting('database.type', 'mysql'), 'server.jms.port': '7918',
                        'com.urbancode.ds.UDeployServer.multiserver': 'true'})
        if keeps_application_data(VERSION):
            entries['server.appdata.dir'] = shown(folder.replace(self.home, '..', 1))
        if has_web_agents(VERSION):
            entries['agentcomm.uri'] = self.agent_uri
        write_properties(f'{self.home}/conf/server/installed.properties', entries)
        if keeps_application_data(VERSION):
            write_properties(f'{folder}/conf/installed.version', {'installed.version': VERSION})
        if behaviour('installer-dies') != 'before-the-mark':
            write_properties(self.mark, {'installed.version': VERSION})  # the last of all: the success mark

    def run(self):
        self.check()
        folder = files.application_data(self, VERSION)
        self.cancel_processes()
        files.replace(self, folder, VERSION, say, FIPS)
        time.sleep(seconds('install-seconds', 0.6) / 2)
        die_if_asked('in-files')
        self.upgrade_database()
        self.finish(folder)


def die_if_asked(where):
    if behaviour('installer-dies') != where:
        return
    if behaviour('installer-death', 'killed') == 'killed':
        os.kill(os.getpid(), signal.SIGKILL)
    raise Failed({'no-space': 'java.io.IOException: No space left on device'}.get(behaviour('installer-death'), 'java.lang.RuntimeException: Build failed'))


def look_around(installation):
    """What the product does not look at, and this stand-in does: who lives beside this run."""
    with database.changed() as document:
        other = database.held('installer')
        if other:
            violation('two-installers', f'{VERSION} was installed beside {other["version"]} on {other["host"]}')
        else:
            database.hold('installer', {'host': HOST, 'version': VERSION})
        changed = document['schema'] == VERSION
        for each in database.sessions():
            if each['host'] == HOST or not changed or each['version'] != VERSION:
                violation('install-beside-server', f'{VERSION} was installed while the server of {each["version"]} lived on {each["host"]}')
    owner = os.stat(installation.home).st_uid if os.path.exists(installation.home) else os.getuid()
    if owner != os.getuid():
        violation('wrong-user', f'{VERSION} was installed by user {os.getuid()} into {installation.home} of user {owner}')


def keep_log(home):
    if home and os.path.isdir(f'{home}/var'):
        os.makedirs(f'{home}/var/install-log', exist_ok=True)
        shutil.copy('install.log', f'{home}/var/install-log/install-{time.strftime("%Y%m%d-%H%M%S", time.gmtime())}.log')


def main():
    os.umask(0o022)
    facts = {'version': VERSION, 'pid': os.getpid(), 'user': getpass.getuser(), 'fips': FIPS, 'frontEnd': FRONT_END}
    home = local(given.get('install.server.dir', ''))
    say(f'\nInstalling HCL UrbanCode Deploy version {VERSION}{" (non-interactive)" if UNATTENDED else ""}\n')
    record('installs', event='begun', **facts)
    try:
        installation = Installation()
        home = installation.home
        look_around(installation)
        installation.run()
        record('installs', event='finished', **facts)
        say('After starting the server, you may access the web UI by pointing your web-browser at')
        say(f'https://{installation.setting("install.server.web.host", HOST)}:8443 ')
        say('Installer Complete. (press return to exit installer)')
        if not UNATTENDED:
            sys.stdin.readline()
    except Failed as reason:
        say(f'{reason}')
        say('Install Failed. (press return to exit installer)')
        sys.exit(1)
    except OSError:
        say(traceback.format_exc())
        say('Install Failed. (press return to exit installer)')
        sys.exit(1)
    finally:
        keep_log(home)


main()
