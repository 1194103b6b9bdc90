"""What an installation puts on the node's disk, and what it does to what is there."""
import glob
import os
import shutil

from product import DRIVE_C, keeps_application_data, local, shown
from records import violation

# What may be given for a run and is kept for the next one.
KEPT_PROPERTIES = ['install.server.web.host', 'install.server.web.https.port', 'install.server.web.port', 'install.server.web.always.secure',
                   'hibernate.connection.url', 'hibernate.connection.driver_class', 'hibernate.connection.username']
# What a site has changed in Tomcat is lost, but for these.
KEPT_OF_TOMCAT = ['conf/server.xml', 'conf/tomcat.keystore']


def application_data(installation, version):
    """Its folder: as given, as written down, or, by an upgrade that finds neither, the install dir itself."""
    folder = installation.setting('server.appdata.dir')
    if not keeps_application_data(version):
        return installation.home
    if folder is None:
        return installation.home if installation.old else f'{installation.home}/appdata'
    return folder.replace('..', installation.home, 1) if folder.startswith('..') else local(folder)


def replace(installation, folder, version, say, fips):
    home = installation.home
    disable_patches(folder, say)
    keep_only(f'{home}/lib', ['ext'])
    for name in ['bin/init', 'conf/server', 'lib/ext', 'lib/stand-in', 'licenses', 'native', 'extensions', 'var/log', 'var/temp']:
        os.makedirs(f'{home}/{name}', exist_ok=True)
    for name in ['patches', 'var/plugins', 'var/repository', 'var/sa', 'logs', 'conf/server/notification-templates', 'conf/collectors']:
        if not os.path.islink(f'{folder}/{name}'):
            os.makedirs(f'{folder}/{name}', exist_ok=True)
    shutil.copytree('lib', f'{home}/lib', dirs_exist_ok=True)
    with open(f'{home}/lib/VERSION', 'w') as file:
        file.write(f'{version}\n')
    replace_tomcat(home)
    write_scripts(installation, fips)
    make_keystores(installation, folder, say)


def disable_patches(folder, say):
    jars = glob.glob(f'{folder}/patches/**/*.jar', recursive=True)
    if jars:
        say(f'     [move] Moving {len(jars)} files to {folder}/patches')
    for jar in jars:
        os.rename(jar, f'{jar}.off')


def keep_only(folder, kept):
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        if name not in kept:
            path = f'{folder}/{name}'
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)


def replace_tomcat(home):
    kept = {name: open(f'{home}/opt/tomcat/{name}', 'rb').read() for name in KEPT_OF_TOMCAT if os.path.exists(f'{home}/opt/tomcat/{name}')}
    shutil.rmtree(f'{home}/opt/tomcat', ignore_errors=True)
    shutil.copytree('opt/tomcat', f'{home}/opt/tomcat')
    for name, content in kept.items():
        with open(f'{home}/opt/tomcat/{name}', 'wb') as file:
            file.write(content)


def write_scripts(installation, fips):
    """The environment is the site's: an upgrade leaves it alone, `-fips` or not."""
    home = installation.home
    filled = {'@SERVER_HOME@': shown(home), '@JAVA_HOME@': installation.java, '@FIPS@': ' -Dcom.ibm.jsse2.usefipsprovider=true' if fips else ''}
    scripts = [('server.cmd', 'server.cmd')] if home.startswith(DRIVE_C) else [('server', 'server'), ('init-server', 'init/server'), ('set_env', 'set_env')]
    for source, name in scripts:
        if name == 'set_env' and os.path.exists(f'{home}/bin/set_env'):
            continue
        text = open(f'bin/{source}', newline='').read()
        for token, value in filled.items():
            text = text.replace(token, value)
        with open(f'{home}/bin/{name}', 'w', newline='') as file:
            file.write(text)
        os.chmod(f'{home}/bin/{name}', 0o755)
    shutil.copy('lib/launcher.jar', f'{home}/bin/launcher.jar')
    with open(f'{home}/bin/classpath.conf', 'w') as file:
        file.write(f'dir {home}/lib/ext\ndir {home}/lib\n')


def make_keystores(installation, folder, say):
    """What is missing is made anew, without a word to anybody: nobody trusts the one, nothing can be decrypted with the other."""
    for name in ['conf/server.keystore', 'conf/encryption.keystore']:
        path = f'{folder}/{name}'
        if os.path.exists(path):
            continue
        say(f'Generating {path}')
        with open(path, 'w') as file:
            file.write('a key that nobody knows\n')
        if installation.old:
            violation('keystore-lost', f'{path} was made anew, for there was none')
