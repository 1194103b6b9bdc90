"""com.urbancode.container.tomcat.ContainerShutdown: the second process that a stop starts. It waits for the server's end."""
import os
import socket
import sys

from records import behaviour

BASE = os.path.dirname(os.path.dirname(sys.argv[sys.argv.index('-jar') + 1]))

if behaviour('server-stop') == 'lies':
    print('Server shut down.')
    sys.exit(0)
door = socket.socket(socket.AF_UNIX)
try:
    door.connect(f'\0{BASE}/shutdown')
    door.recv(1)  # ends when the server does
except ConnectionRefusedError:
    print('java.net.ConnectException: Connection refused (Connection refused)', file=sys.stderr)
    sys.exit(1)
except ConnectionResetError:
    print('The server closed the connection.')
