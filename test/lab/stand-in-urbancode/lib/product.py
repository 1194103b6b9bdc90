"""What the server and the installer know of the product: versions, what they can, and files of properties."""
import re
import time


def comparable(version):
    """The four numbers that are compared; what follows is a build's."""
    return [int(part) for part in version.split('.')[:4]]


def has(version, least):
    return comparable(version) >= comparable(least)


def keeps_application_data(version):
    """Whether this release has a folder for application data; older ones keep it in the install dir."""
    return has(version, '6.1.1.5')


def has_web_agents(version):
    return has(version, '7.0.0.0')


def has_maintenance_mode(version):
    return has(version, '7.0.3.0')


# What belongs into application data, each as it is named there and, before 6.1.1.5, below the install dir.
APPLICATION_DATA = ['var/plugins', 'var/repository', 'var/sa', 'logs', 'conf/server/notification-templates', 'conf/encryption.keystore',
                    'conf/server.keystore', 'conf/collectors', 'conf/server/log4j.properties', 'patches']


# The lab's Windows host is Wine's: its drive C is a folder, and links in it lead elsewhere.
DRIVE_C = '/home/ucd/.wine/drive_c'


def local(path):
    """Where `C:\\ucd` is; a path of Linux is its own place."""
    return f'{DRIVE_C}/{path[3:]}'.replace('\\', '/') if re.match(r'[Cc]:[\\/]', path) else path


def shown(path):
    """How this host's own programs name it."""
    return path.replace(DRIVE_C, 'C:', 1).replace('/', '\\') if path.startswith(DRIVE_C) else path


def properties(path):
    """A file of Java's properties, escapes undone; empty when there is none."""
    found = {}
    try:
        lines = open(path).read().splitlines()
    except FileNotFoundError:
        return found
    for line in lines:
        entry = re.match(r'\s*([^#!\s][^=:\s]*)\s*[=:]\s*(.*?)\s*$', line)
        if entry:
            found[entry.group(1)] = re.sub(r'\\(.)', r'\1', entry.group(2))
    return found


def write_properties(path, entries):
    """As Java writes them: dated, colons and the like escaped, and nobody's comments kept."""
    text = ''.join(f'{key}=' + re.sub(r'([\\:=#!])', r'\\\1', value) + '\n' for key, value in entries.items())
    with open(path, 'w') as file:
        file.write(f'#{time.strftime("%a %b %d %H:%M:%S UTC %Y", time.gmtime())}\n{text}')
