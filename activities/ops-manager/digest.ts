/** HTTP Digest (RFC 7616, MD5 and SHA-256, qop auth), as Ops Manager's API asks for it. */
import { createHash } from 'node:crypto';

export interface DigestRequest {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** Path and query as sent. */
  readonly uri: string;
  readonly user: string;
  readonly password: string;
  readonly cnonce: string;
}

/** The `Authorization` header that answers a `WWW-Authenticate` challenge; null when it is not one that is understood. */
export function answerChallenge(challenge: string, request: DigestRequest): string | null {
  if (!/^Digest\s/i.test(challenge)) return null;
  const given = new Map([...challenge.matchAll(/([a-z]+)=(?:"([^"]*)"|([^\s,]+))/gi)].map(([, name, quoted, plain]) => [name!.toLowerCase(), quoted ?? plain ?? '']));
  const realm = given.get('realm'), nonce = given.get('nonce'), algorithm = given.get('algorithm') ?? 'MD5';
  const hashName = { MD5: 'md5', 'SHA-256': 'sha256' }[algorithm.toUpperCase()];
  if (realm === undefined || nonce === undefined || hashName === undefined) return null;
  if (!(given.get('qop') ?? '').split(',').map((word) => word.trim()).includes('auth')) return null;
  const hash = (...words: string[]): string => createHash(hashName).update(words.join(':')).digest('hex');
  const { method, uri, user, password, cnonce } = request;
  const response = hash(hash(user, realm, password), nonce, '00000001', cnonce, 'auth', hash(method, uri));
  const opaque = given.get('opaque');
  return `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", algorithm=${algorithm}, qop=auth, nc=00000001, cnonce="${cnonce}", response="${response}"${opaque === undefined ? '' : `, opaque="${opaque}"`}`;
}
