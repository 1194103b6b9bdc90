import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createSilentServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hosts, HostSession, HttpQuestion } from '../../../src/ssh/port.ts';
import { freePort, hostsOf, startSshd, type RealSshd } from './sshd.ts';

let sshd: RealSshd;
let narrow: RealSshd;
let hosts: Hosts;
let session: HostSession;
let ca: string;
const servers: Server[] = [];
let plain: string;
let choosy: string;
let mute: string;
let own: { readonly cert: string; readonly key: string };
let secure: string;

function answer(question: IncomingMessage, response: ServerResponse): void {
  if (question.url === '/hangs') return;
  if (question.url === '/big') return void response.end('x'.repeat(1_000_000));
  if (question.url === '/moved') return void response.writeHead(302, { location: '/elsewhere' }).end();
  if (question.url === '/loses') return session.cut();
  if (question.url === '/breaks') return void question.socket.destroy();
  response.writeHead(200, { 'x-version': '4.4.18' }).end(JSON.stringify({ method: question.method, url: question.url, host: question.headers.host, x: question.headers['x-asked'] }));
}

beforeAll(async () => {
  sshd = await startSshd('http');
  narrow = await startSshd('narrow', ['AllowTcpForwarding no']);
  hosts = hostsOf(sshd);
  session = hosts.session(sshd.host());
  const [key, certificate] = [join(sshd.folder, 'key.pem'), join(sshd.folder, 'ca.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  ca = readFileSync(certificate, 'utf8');
  const [ownKey, ownCertificate] = [join(sshd.folder, 'client-key.pem'), join(sshd.folder, 'client.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-passout', 'pass:open it', '-days', '2', '-subj', '/CN=lockkeeper',
    '-keyout', ownKey, '-out', ownCertificate], { stdio: 'ignore' });
  own = { cert: readFileSync(ownCertificate, 'utf8'), key: readFileSync(ownKey, 'utf8') };
  const served = { key: readFileSync(key), cert: ca };
  servers.push(createServer(answer), createSecureServer(served, answer), createSecureServer({ ...served, ca: own.cert, requestCert: true }, answer));
  const silent = createSilentServer();
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  silent.unref();
  mute = `https://localhost:${(silent.address() as AddressInfo).port}`;
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
  const [first, second, third] = servers.map((server) => (server.address() as AddressInfo).port);
  plain = `http://127.0.0.1:${first}`;
  secure = `https://localhost:${second}`;
  choosy = `https://localhost:${third}`;
});
afterAll(async () => {
  for (const server of servers) server.closeAllConnections();
  for (const server of servers) server.close();
  await hosts?.close();
  await sshd?.close();
  await narrow?.close();
});

describe('a question by HTTP', () => {
  it('is asked on the host itself, with its headers, and answered with status, headers and body', async () => {
    const got = await session.http({ url: `${plain}/user/login?a=b`, headers: { 'x-asked': 'yes' } });
    expect(got).toMatchObject({ status: 200, headers: { 'x-version': '4.4.18' } });
    expect(JSON.parse(got.body)).toEqual({ method: 'GET', url: '/user/login?a=b', host: plain.slice('http://'.length), x: 'yes' });
    expect(JSON.parse((await session.http({ url: plain, method: 'DELETE' })).body)).toMatchObject({ method: 'DELETE' });
  });

  it('follows no redirect and reads no endless body', async () => {
    expect(await session.http({ url: `${plain}/moved` })).toMatchObject({ status: 302, headers: { location: '/elsewhere' } });
    expect((await session.http({ url: `${plain}/big` })).body.length).toBe(65_536);
  });

  it('over https trusts the CA that was given, for the name in the certificate, and nothing else', async () => {
    expect(await session.http({ url: `${secure}/`, tls: { ca } })).toMatchObject({ status: 200 });
    expect(await session.http({ url: `${secure.replace('localhost', '127.0.0.1')}/`, tls: { ca } })).toMatchObject({ status: 200 });
    await expect(session.http({ url: secure })).rejects.toMatchObject({ name: 'Refused', message: expect.stringMatching(/certificate of https:\/\/localhost.* on om-1 is not trusted.*caFile/) as string });
  });

  it('of a host that wants a certificate is answered with it, and without it, or with a key that does not fit, refused with the way out', async () => {
    const ask = (tls: HttpQuestion['tls']) => session.http({ url: `${choosy}/`, tls: { ca, ...tls } });
    expect(await ask({ ...own, passphrase: 'open it' })).toMatchObject({ status: 200 });
    await expect(ask({})).rejects.toMatchObject({ name: 'Refused', message: expect.stringMatching(/does not accept Lockkeeper as a client.*clientCertificate/) as string });
    await expect(ask({ ...own, passphrase: 'wrong' })).rejects.toMatchObject({ name: 'Refused', message: expect.stringMatching(/clientCertificate of om-1 cannot be used.*belong together/) as string });
    await expect(ask({ ...own, cert: ca, passphrase: 'open it' })).rejects.toMatchObject({ name: 'Refused', message: expect.stringContaining('belong together') as string });
  });

  it('that nobody answers is unknown', async () => {
    const nobody = await freePort();
    await expect(session.http({ url: `http://127.0.0.1:${nobody}` })).rejects.toMatchObject({ name: 'Unreachable', message: expect.stringContaining('Nothing answers at') as string });
    await expect(session.http({ url: `${plain}/hangs`, timeoutMs: 300 })).rejects.toMatchObject({ name: 'Unreachable', message: expect.stringContaining('in time') as string });
    await expect(session.http({ url: mute, timeoutMs: 300 }), 'a handshake that is never answered').rejects.toMatchObject({ name: 'Unreachable', message: expect.stringContaining('in time') as string });
    await expect(session.http({ url: mute, signal: AbortSignal.timeout(300) })).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(session.http({ url: `${plain}/breaks` })).rejects.toMatchObject({ name: 'Unreachable' });
    await expect(session.http({ url: secure.replace('https', 'http'), tls: { ca } })).rejects.toMatchObject({ name: 'Unreachable' });
  });

  it('is told to be turned away apart from what is merely not known', async () => {
    const ask = (url: string) => session.http({ url, timeoutMs: 300 }).then(() => 'answered', (error: { readonly closed?: boolean }) => error.closed);
    expect(await ask(`http://127.0.0.1:${await freePort()}`), 'nobody listens').toBe(true);
    expect(await ask(`${plain}/breaks`), 'ended without an answer').toBe(true);
    expect(await ask(`${plain}/hangs`), 'silent').toBe(false);
    expect(await ask('http://no-such-host.invalid'), 'a name that nobody knows').toBe(false);
    expect(await ask(`${plain}/loses`), 'the way there was lost').toBe(false);
  });

  it('ends at once for a caller that is cancelled', async () => {
    const reason = new Error('cancelled');
    const caller = new AbortController();
    const asked = session.http({ url: `${plain}/hangs`, signal: caller.signal });
    const [, hanging] = [asked.catch(() => undefined), asked];
    setImmediate(() => caller.abort(reason));
    await expect(hanging).rejects.toBe(reason);
  });

  it('is refused where the SSH server forbids forwarding, and for an address that is none', async () => {
    const others = hostsOf(narrow);
    await expect(others.session(narrow.host()).http({ url: plain })).rejects.toMatchObject({ name: 'Refused', message: expect.stringContaining('AllowTcpForwarding') as string });
    await others.close();
    await expect(session.http({ url: 'om-1:8080' })).rejects.toMatchObject({ name: 'Refused' });
  });
});
