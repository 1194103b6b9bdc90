"""The server's HTTPS: a page with the version, the test of the connection, and the calls that an upgrade makes."""
import base64
import http.server
import json
import re
import socketserver
import ssl
import sys
import threading

import database
from product import has_maintenance_mode
from records import behaviour, violation

# The token that the lab's installation knows, and its administrator.
TOKEN = 'ucd-lab-7f3a1c90-5d2e-4b8a-9c61-0e4d7b2a6f35'
ADMINISTRATOR = ('admin', 'ucd-admin-pass')
MASKED = '****'
# As a site has set it; what a PUT leaves out is set back to what the product is shipped with.
SHIPPED = {'externalURL': '', 'externalUserURL': '', 'deployMailHost': 'smtp.example.com', 'deployMailPort': 25, 'deployMailPassword': '',
           'isCreateDefaultChildren': False, 'requireComplexPasswords': False, 'minimumPasswordLength': 0, 'repoAutoIntegrationPeriod': 300000}

# The site's, with the words that the product has for how they are.
AGENTS = {'payments-web-1': 'ONLINE', 'payments-web-2': 'UPGRADE_RECOMMENDED', 'old-build-1': 'OFFLINE'}
RELAYS = {'relay-dmz': 'ONLINE'}


def connected(known):
    """What lists of agents and relays show; the switch `agents-away` names who is not online now."""
    away = behaviour('agents-away', '').split()
    return [{'id': base64.b16encode(name.encode()).decode().lower(), 'name': name, 'active': True, 'status': 'OFFLINE' if name in away else status}
            for name, status in known.items()]


def authorised(header):
    if not header or not header.startswith('Basic '):
        return False
    user, _, password = base64.b64decode(header[len('Basic '):]).decode().partition(':')
    if user != 'PasswordIsAuthToken':
        return (user, password) == ADMINISTRATOR
    try:
        return json.loads(password) == {'token': TOKEN}
    except json.JSONDecodeError:
        return False


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    timeout = 30
    version = None
    work = None

    def log_message(self, *_):
        """Quiet: the product's access log is not among the logs that an upgrade reads."""

    def answer(self, code, body, kind='application/json', headers=()):
        text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(code)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(text)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def known(self):
        if authorised(self.headers.get('Authorization')):
            return True
        self.answer(401, '', 'text/html', [('WWW-Authenticate', 'Basic realm="UrbanCode Deploy"')])
        return False

    def do_GET(self):
        path = self.path.partition('?')[0]
        if path == '/connTest.txt':
            self.answer(200, 'Connection test\n', 'text/plain')
        elif path == '/':
            self.answer(200, f'<html><head><title>HCL UrbanCode Deploy: Log In</title></head><body>'
                             f'<span class="version">v. {self.version}</span></body></html>', 'text/html')
        elif not self.known():
            return
        elif path == '/rest/workflow/currentActivity':
            self.answer(200, self.work.shown())
        elif path == '/cli/systemConfiguration':
            self.answer(200, self.configuration())
        elif path == '/cli/agentCLI':
            self.answer(200, connected(AGENTS))
        elif path == '/cli/relay' and not self.version.startswith('6.'):
            self.answer(200, connected(RELAYS))
        else:
            self.answer(404, f'{path} not found', 'text/plain')

    def configuration(self):
        shown = {**SHIPPED, **database.read()['configuration'], 'deployMailPassword': MASKED}
        shown.pop('maintenanceModeEnabled', None)
        return {**shown, 'maintenanceModeEnabled': self.work.maintenance(database.read()['configuration'])} if has_maintenance_mode(self.version) else shown

    def do_PUT(self):
        sent = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        cancel = re.fullmatch(r'/rest/workflow/([0-9a-f-]+)/cancel', self.path)
        if not self.known():
            return
        if cancel:
            found = self.work.cancel(cancel.group(1))
            self.answer(200 if found else 404, '' if found else 'There is no such workflow.', 'text/plain')
        elif self.path == '/rest/system/configuration':
            self.configure(json.loads(sent))
        else:
            self.answer(404, f'{self.path} not found', 'text/plain')

    def configure(self, sent):
        """The whole object is replaced: what is left out is lost, and a masked password becomes the password."""
        lost = sorted(set(self.configuration()) - set(sent) - {'deployMailPassword'})
        if lost:
            violation('settings-lost', f'the system configuration was written without {", ".join(lost)}')
        if sent.get('deployMailPassword') == MASKED:
            violation('settings-lost', 'the mail password was overwritten by its mask')
        with database.changed() as document:
            document['configuration'] = {'deployMailPassword': document['configuration'].get('deployMailPassword', ''), **sent}
        self.answer(200, self.configuration())


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """A load balancer hangs up as soon as it has seen the status: no word about that in the log."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def close(self):
        self.socket.close()


def serve(port, keystore, version, work):
    """Open the port, in the background. Raises OSError when it is taken, or the keystore holds no key."""
    Handler.version, Handler.work = version, work
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keystore)
    server = Server(('0.0.0.0', port), Handler)
    # The handshake is made in the thread of the connection, so that one slow client does not keep out the others.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
