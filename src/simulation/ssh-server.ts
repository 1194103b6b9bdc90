/**
 * The SSH side of a simulated host: a real SSH server in this process, on a free port of 127.0.0.1, with a host key made
 * for this run. It lets in one user with one key, runs commands in the host's folder, and carries connections to the
 * host's own ports and to its neighbours'. A command outlives its connection, as on a real host.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ParsedKey, type ServerChannel, type Session } from 'ssh2';
import { freshKey } from './fresh-key.ts';
import { intoFolder, outOfFolder } from './host-paths.ts';

export interface SshServerOptions {
  readonly user: string;
  /** The only public key that is let in, in OpenSSH's one-line form. */
  readonly publicKey: string;
  readonly folder: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where a connection asked for through this host leads: the path of a socket, or undefined when nothing listens. */
  readonly socketOf: (address: string, port: number) => string | undefined;
}

export interface SshServer {
  readonly port: number;
  /** The host's public key in OpenSSH's form, for known_hosts. */
  readonly hostKey: string;
  /** Cuts every connection without a word, as a network failure would. */
  cut(): void;
  close(): Promise<void>;
}

export async function startSshServer(options: SshServerOptions): Promise<SshServer> {
  const key = freshKey();
  const allowed = parsed(options.publicKey);
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [key.private] }, (connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    // A client that goes away mid-word is not this server's failure; the command it started goes on.
    connection.on('error', () => connections.delete(connection));
    connection.on('authentication', (attempt) => { authenticate(attempt, options.user, allowed); });
    connection.on('session', (accept) => { serveSession(accept(), options); });
    connection.on('tcpip', (accept, reject, to) => {
      const path = options.socketOf(to.destIP, to.destPort);
      if (path === undefined) { reject(); return; }
      const socket = connect(path);
      socket.once('error', () => { reject(); });
      socket.once('connect', () => {
        socket.removeAllListeners('error');
        const channel = accept();
        socket.on('error', () => { channel.end(); });
        channel.on('error', () => { socket.destroy(); });
        channel.pipe(socket).pipe(channel);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => { for (const connection of connections) (connection as unknown as Cuttable)._sock.destroy(); };
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: key.public,
    cut,
    close: async () => { cut(); await new Promise<void>((closed) => { server.close(() => { closed(); }); }); },
  };
}

/** ssh2 has no way to cut a connection without goodbye; its socket has. */
interface Cuttable { readonly _sock: { destroy(): void } }

function parsed(publicKey: string): ParsedKey {
  const key = ssh2.utils.parseKey(publicKey);
  if (key instanceof Error) throw key;
  return key;
}

function authenticate(attempt: AuthContext, user: string, allowed: ParsedKey): void {
  const known = attempt.method === 'publickey'
    && attempt.username === user
    && attempt.key.data.equals(allowed.getPublicSSH())
    && (attempt.signature === undefined
      || allowed.verify(attempt.blob ?? Buffer.alloc(0), attempt.signature, attempt.hashAlgo) === true);
  if (known) attempt.accept();
  else attempt.reject(['publickey']);
}

function serveSession(session: Session, options: SshServerOptions): void {
  session.on('exec', (accept, _reject, { command }) => { runCommand(accept(), command, options); });
}

/** Its own process group, so that ending the simulation can end it, and so that a cut connection does not. */
function runCommand(channel: ServerChannel, command: string, { folder, home, env }: SshServerOptions): void {
  const child = spawn('/bin/sh', ['-c', intoFolder(command, folder)], { cwd: home, env, detached: true });
  const stdout = child.stdout.pipe(outOfFolder(folder));
  const stderr = child.stderr.pipe(outOfFolder(folder));
  stdout.pipe(channel, { end: false });
  stderr.pipe(channel.stderr, { end: false });
  channel.pipe(child.stdin);
  // The command may end without reading what it was sent, and the client may be gone before the command ends.
  child.stdin.on('error', () => { child.stdin.destroy(); });
  channel.on('error', () => { channel.destroy(); });
  channel.on('close', () => { stdout.resume(); stderr.resume(); });
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('close', (code, signal) => { resolve([code, signal]); });
  });
  void Promise.all([ended, once(stdout, 'end'), once(stderr, 'end')]).then(([[code, signal]]) => {
    if (signal) channel.exit(signal.slice('SIG'.length), false, '');
    else channel.exit(code ?? 255);
    channel.end();
  });
}
