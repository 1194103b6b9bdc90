/** Certificates for asking a host: files on the worker. */
import { readFile } from 'node:fs/promises';
import type { HttpQuestion } from '../src/ssh/port.ts';
import type { SecretReference } from '../src/upgrade/installation.ts';
import { refused } from './at-work.ts';
import type { Ports } from './ports.ts';

export interface WithCertificates {
  readonly name: string;
  readonly caFile?: string | undefined;
  readonly clientCertificate?: { readonly certFile: string; readonly keyFile: string; readonly passphrase?: SecretReference | undefined } | undefined;
}

/** What the worker trusts there and shows of itself. Throws `Refused` for a file that it cannot read. */
export async function tlsOf({ secrets, workerPath }: Pick<Ports, 'secrets' | 'workerPath'>, { name, caFile, clientCertificate }: WithCertificates): Promise<HttpQuestion['tls']> {
  const read = async (key: string, file: string): Promise<string> => readFile(workerPath(file), 'utf8').catch((error: unknown) => {
    throw refused(`${key} of ${name}, ${file}, cannot be read on the worker: ${(error as Error).message.replace(/, open .*/, '')}. Put it there, or correct the path.`);
  });
  return {
    ...(caFile === undefined ? {} : { ca: await read('caFile', caFile) }),
    ...(clientCertificate === undefined ? {} : {
      cert: await read('clientCertificate.certFile', clientCertificate.certFile), key: await read('clientCertificate.keyFile', clientCertificate.keyFile),
      ...(clientCertificate.passphrase === undefined ? {} : { passphrase: await secrets.resolve(clientCertificate.passphrase) }),
    }),
  };
}
