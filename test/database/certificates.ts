/** Certificates for tests, made anew: a CA, a server's, a client's with its key, and a CA that signed nothing. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const KEY_PASSWORD = 'key-hunter22';

export interface Certificates {
  readonly folder: string;
  /** Of the folder: ca.pem, other-ca.pem, client.pem, locked.pem (its key has `KEY_PASSWORD`), no-key.pem, server.pem. */
  read(name: string): string;
  remove(): void;
}

/** `names` and `addresses`: what the server's certificate is for. */
export function makeCertificates(names: readonly string[], addresses: readonly string[] = []): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-certificates-'));
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  for (const ca of ['ca', 'other-ca']) openssl('req', '-x509', ...ec, '-days', '2', '-subj', `/CN=${ca}`, '-keyout', `${ca}.key`, '-out', `${ca}.pem`);
  for (const [who, extension] of [['server', `subjectAltName=${[...names.map((name) => `DNS:${name}`), ...addresses.map((address) => `IP:${address}`)].join()}`], ['client', 'extendedKeyUsage=clientAuth']] as const) {
    openssl('req', '-x509', ...ec, '-days', '2', '-subj', `/O=ops/CN=${who}`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', extension, '-keyout', `${who}.key`, '-out', `${who}.crt`);
    writeFileSync(join(folder, `${who}.pem`), read(`${who}.crt`) + read(`${who}.key`));
  }
  openssl('pkey', '-in', 'client.key', '-aes256', '-passout', `pass:${KEY_PASSWORD}`, '-out', 'locked.key');
  writeFileSync(join(folder, 'locked.pem'), read('client.crt') + read('locked.key'));
  writeFileSync(join(folder, 'no-key.pem'), read('client.crt'));
  return { folder, read, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
