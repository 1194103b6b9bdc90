/** HTTP to the host itself, through its SSH connection: works behind firewalls and bastions, and asks this host, not a load balancer. */
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect as tlsConnect } from 'node:tls';
import type { Duplex } from 'node:stream';
import type { Connection } from './connection.ts';
import { forward } from './forward.ts';
import { Refused, Unreachable, throwIfAborted } from './errors.ts';
import type { HttpAnswer, HttpQuestion } from './port.ts';

/** Enough for most answers; more is cut off. */
const BODY_LIMIT = 65_536;
const DEFAULT_TIMEOUT = 10_000;

export async function askHttp(connection: Connection, question: HttpQuestion, redact: (text: string) => string): Promise<HttpAnswer> {
  const { name } = connection.host;
  const url = webAddress(question.url, name);
  const late = AbortSignal.timeout(question.timeoutMs ?? DEFAULT_TIMEOUT);
  const signal = question.signal ? AbortSignal.any([question.signal, late]) : late;
  const { losses } = connection;
  let stream: Duplex | undefined;
  try {
    stream = await forward(connection, portOf(url), signal);
    // Ends whatever is waited for, a TLS handshake that nobody answers too.
    signal.addEventListener('abort', () => stream?.destroy(), { once: true });
    const answer = await exchange(url, { question, stream, signal });
    return { ...answer, body: question.unredacted === true ? answer.body : redact(answer.body) };
  } catch (error) {
    throwIfAborted(question.signal);
    if (error instanceof Refused || error instanceof Unreachable) throw error;
    throw whyNoAnswer(error as NodeJS.ErrnoException, { name, url, late, wayLost: connection.losses > losses });
  } finally {
    stream?.destroy();
  }
}

function webAddress(text: string, name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new Refused(`The url of ${name} is "${text}"; it must begin with http:// or https://.`);
}

function portOf({ protocol, hostname, port }: URL): { readonly address: string; readonly port: number } {
  return { address: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (protocol === 'https:' ? 443 : 80)) };
}

/** Ended by the other side before it answered anything. */
class Closed extends Error {}

interface Exchange { readonly question: HttpQuestion; readonly stream: Duplex; readonly signal: AbortSignal }

async function exchange(url: URL, { question, stream, signal }: Exchange): Promise<HttpAnswer> {
  const socket = url.protocol === 'https:' ? await secured(stream, url, question.tls) : stream;
  return new Promise((resolve, reject) => {
    const lost = (): void => reject(new Closed('the connection was lost'));
    // Plain http over a socket that is already secured: the protocol above TLS is the same. Without an agent, or node
    // would connect by itself.
    const asking: ClientRequest = httpRequest({
      host: url.hostname, path: `${url.pathname}${url.search}`, method: question.method ?? 'GET', signal,
      headers: { host: url.host, connection: 'close', ...question.headers },
      createConnection: () => socket as never,
    }, (answer) => {
      // From here on a short answer fails by itself, and a whole one may come together with the close.
      stream.removeListener('close', lost);
      read(answer, question.maxBody ?? BODY_LIMIT).then(resolve, reject);
    });
    asking.once('error', (error) => reject(orClosed(error)));
    stream.once('close', lost);
    asking.end(question.body);
  });
}

function secured(stream: Duplex, url: URL, tls: HttpQuestion['tls']): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const servername = /^[\d.]+$|:/.test(url.hostname) ? {} : { servername: url.hostname };
    const socket = tlsConnect({ socket: stream, host: url.hostname.replace(/^\[|\]$/g, ''), ...servername, ...tls }, () => resolve(socket));
    socket.once('error', (error) => reject(orClosed(error)));
    stream.once('close', () => reject(new Closed('the connection was lost before it was secured')));
  });
}

function orClosed(error: NodeJS.ErrnoException): Error {
  return error.code === 'ECONNRESET' ? new Closed(error.message, { cause: error }) : error;
}

async function read(answer: IncomingMessage, limit: number): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= limit) break;
  }
  const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value ?? '']));
  return { status: answer.statusCode ?? 0, headers, body: Buffer.concat(chunks).subarray(0, limit).toString('utf8') };
}

function whyNoAnswer(error: NodeJS.ErrnoException, { name, url, late, wayLost }: { readonly name: string; readonly url: URL; readonly late: AbortSignal; readonly wayLost: boolean }): Error {
  if (late.aborted) return new Unreachable(`${url.origin} on ${name} did not answer in time.`, { cause: error });
  const { reason = error.message } = error as { readonly reason?: string }; // OpenSSL's own word; its messages have file names and a newline
  if (/ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)/.test(error.code ?? '')) {
    return new Refused(`${url.origin} on ${name} does not accept Lockkeeper as a client (${reason}): give it clientCertificate, a certificate and its key that the host trusts.`, { cause: error });
  }
  if (/^ERR_OSSL_|_OSSL_/.test(error.code ?? '')) {
    return new Refused(`The clientCertificate of ${name} cannot be used (${reason}): see that certFile, keyFile and passphrase belong together.`, { cause: error });
  }
  if (/CERT|SIGNED|SIGNATURE|ISSUER|ALTNAME/.test(error.code ?? '')) {
    return new Refused(`The certificate of ${url.origin} on ${name} is not trusted (${error.message}): set caFile to the CA that signed it, and use the name in the certificate in url.`, { cause: error });
  }
  return new Unreachable(`${url.origin} on ${name} gave no answer: ${error.message}.`, { cause: error, closed: error instanceof Closed && !wayLost });
}
