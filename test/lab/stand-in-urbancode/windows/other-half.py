"""The other half of java.exe on the Windows host: runs the stand-in's programs on the Linux below, one for each java.exe.

A connection brings java.exe's process id, its folder, how it was started, and its words. What it types goes to the program, what the
program prints goes back, and at last a mark and the exit code. A server ends with its java.exe.
"""
import os
import select
import socket
import socketserver
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from product import local  # noqa: E402: found beside this file

JAVA = '/opt/ucd/jre/bin/java'
SERVER = 'com.urbancode.ds.UDeployServer'


class Half(socketserver.StreamRequestHandler):
    rbufsize = 0  # what is typed later is the program's

    def line(self):
        return self.rfile.readline().decode().strip('\r\n')

    def handle(self):
        pid, folder, how, count = self.line(), self.line(), self.line(), int(self.line())
        words = [local(self.line()) for _ in range(count)]
        serves = words[-1:] == [SERVER]
        environment = {'PATH': '/usr/bin:/bin', 'HOME': '/home/ucd', 'WINDOWS_PID': pid}
        if how:
            environment['UCD_SERVICE_SCRIPT'] = local('C:\\ucd\\server') + '/bin/server'
        log = open(local('C:\\ucd\\server') + '/var/log/stdout', 'a') if serves else self.connection
        program = subprocess.Popen([JAVA, *words], cwd=local(folder), env=environment, stdin=subprocess.DEVNULL if serves else self.connection,
                                   stdout=log, stderr=subprocess.STDOUT)
        while program.poll() is None:
            if serves and self.gone():
                program.kill()
            try:
                program.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
        try:
            self.connection.sendall(b'\x04%d\n' % program.returncode)
        except OSError as error:
            print(f'java.exe {pid} has gone: {error}', flush=True)

    def gone(self):
        readable, _, _ = select.select([self.connection], [], [], 0)
        try:
            return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b''
        except OSError:
            return True


class Halves(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True


Halves(('127.0.0.1', 18000), Half).serve_forever()
