"""The application's HTTP: health, the version it serves, and an API that is read-only in Upgrade Mode."""
import hashlib
import http.server
import json
import os
import re
import socketserver
import sys
import threading
import urllib.parse
import urllib.request

from stand_in import VERSION

PORT = 8080
# The programmatic key that the lab's installation knows, for HTTP Digest.
PUBLIC_KEY, PRIVATE_KEY = 'labkey', 'a17e5d9c-0000-4000-8000-1a2b3c4d5e6f'
DAEMONS = '/api/public/v1.0/admin/backup/daemon/configs'
REALM = 'MMS Public API'
NONCE = os.urandom(16).hex()


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def authorised(header, method):
    """Whether HEADER answers our Digest challenge with the lab's key (RFC 7616, MD5, qop auth)."""
    if not header or not header.startswith('Digest '):
        return False
    given = urllib.request.parse_keqv_list(urllib.request.parse_http_list(header[len('Digest '):]))
    try:
        right = md5(':'.join([md5(f'{PUBLIC_KEY}:{REALM}:{PRIVATE_KEY}'), NONCE, given['nc'], given['cnonce'], 'auth',
                              md5(f'{method}:{given["uri"]}')]))
        return given['username'] == PUBLIC_KEY and given['nonce'] == NONCE and given['response'] == right
    except KeyError:
        return False


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    state = None
    installation = None

    def log_message(self, *_):
        """Quiet: the product's access log is not among the logs that an upgrade reads."""

    def answer(self, code, body, headers=()):
        text = json.dumps(body).encode()
        self.send_response(code)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(text)))
        if code == 200:
            git_hash = hashlib.sha1(VERSION.encode()).hexdigest()
            self.send_header('X-MongoDB-Service-Version', f'gitHash={git_hash}; versionString={VERSION}')
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def refuse(self, code, reason, error_code, detail, headers=()):
        self.answer(code, {'error': code, 'reason': reason, 'detail': detail, 'errorCode': error_code}, headers)

    def do_GET(self):
        path = self.path.partition('?')[0]
        if path == '/monitor/health':  # does no I/O: 200 does not prove that migrations are done
            self.answer(503 if self.state.stopping else 200, {'status': 'stopping' if self.state.stopping else 'ok'})
        elif not self.state.serving:
            self.refuse(503, 'Service Unavailable', 'SERVER_STARTING', 'Ops Manager is starting.')
        elif path == '/api/public/v1.0/unauth/versionManifest':
            self.answer(200, {'updated': 1641024000000, 'versions': [{'name': '4.4.11'}, {'name': '5.0.5'}]})
        elif path == DAEMONS:
            if self.known():
                daemons = self.installation.daemon_settings()
                self.answer(200, {'results': daemons, 'totalCount': len(daemons)})
        elif path == '/':
            self.answer(200, {'readOnly': self.state.upgrade_mode})
        else:
            self.refuse(404, 'Not Found', 'RESOURCE_NOT_FOUND', f'Cannot find resource {path}.')

    def known(self):
        """Whether the question carries the key; answers it if not."""
        if authorised(self.headers.get('Authorization'), self.command):
            return True
        challenge = f'Digest realm="{REALM}", domain="", nonce="{NONCE}", algorithm=MD5, qop="auth", stale=false'
        self.refuse(401, 'Unauthorized', 'UNAUTHORIZED', 'This resource needs a key.', [('WWW-Authenticate', challenge)])
        return False

    def set_daemon(self, sent):
        """PUT of one daemon's settings: its machine and head directory are in the path, the latter encoded."""
        machine, _, heads = self.path[len(DAEMONS) + 1:].partition('/')
        found = [each for each in self.installation.daemon_settings()
                 if each['machine'] == {'machine': machine, 'headRootDirectory': urllib.parse.unquote(heads)}]
        if not found or '/' in heads:
            self.refuse(404, 'Not Found', 'RESOURCE_NOT_FOUND', 'There is no such Backup Daemon.')
        elif unknown := sorted(set(sent) - (set(found[0]) - {'id'})):
            self.refuse(400, 'Bad Request', 'INVALID_ATTRIBUTE', f'Not an attribute of a Backup Daemon: {", ".join(unknown)}.')
        else:
            self.installation.set_daemon(machine, sent)
            self.answer(200, {**found[0], **sent})

    def write(self):
        sent = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        if not self.path.startswith('/api/public/v1.0/'):
            self.refuse(404, 'Not Found', 'RESOURCE_NOT_FOUND', f'Cannot find resource {self.path}.')
        elif not self.known():
            pass
        elif self.state.upgrade_mode:
            self.refuse(405, 'Method Not Allowed', 'WRITES_NOT_ALLOWED_DURING_APP_UPGRADES',
                        'Writes are not allowed while Ops Manager is being upgraded.')
        elif self.command == 'PUT' and self.path.startswith(f'{DAEMONS}/'):
            self.set_daemon(json.loads(sent))
        elif re.search(r'/[0-9a-f]{24}(/|$)', self.path):
            self.refuse(404, 'Not Found', 'RESOURCE_NOT_FOUND', 'There is no such object.')
        else:
            self.refuse(400, 'Bad Request', 'INVALID_ATTRIBUTE', 'The stand-in holds no objects.')

    do_DELETE = do_POST = do_PUT = do_PATCH = write


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        """A load balancer hangs up as soon as it has seen the status: no word about that in the startup log."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def serve(state, installation, log):
    """Open the port, in the background."""
    Handler.state, Handler.installation = state, installation
    server = Server(('0.0.0.0', PORT), Handler)
    log.say(f'Listening on {PORT}')
    threading.Thread(target=server.serve_forever, daemon=True).start()
