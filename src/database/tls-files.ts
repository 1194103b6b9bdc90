/** TLS to the Application Database: the site's CA and the client's certificate, from files on the worker. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { REFUSED } from '../upgrade/errors.ts';
import type { ApplicationDatabaseAccess } from '../upgrade/installation.ts';
import type { Secrets } from '../secrets/secrets.ts';

/** A file that cannot be used. Nothing was asked; the sentence says which, and what to do. */
export class UnusableFile extends Error {
  override readonly name = REFUSED;
}

export interface TlsPlaces {
  readonly secrets: Secrets;
  /** A path of the installation file on this worker. */
  workerPath(path: string): string;
}

type Tls = NonNullable<ApplicationDatabaseAccess['tls']>;

/**
 * Reads and checks the files: what cannot be read or fits together badly is told before anybody is asked. The key goes
 * nowhere but into what is returned, which shows nothing of it. Throws `UnusableFile`, `UnresolvedSecret`.
 */
export async function secureContext({ caFile, certificateKeyFile, passphrase }: Tls, places: TlsPlaces): Promise<SecureContext> {
  const ca = caFile === undefined ? undefined : await read('caFile', caFile, places);
  const pem = certificateKeyFile === undefined ? undefined : await read('certificateKeyFile', certificateKeyFile, places);
  const opens = passphrase && await places.secrets.resolve(passphrase);
  // OpenSSL takes a file without a certificate for one with none to trust.
  if (ca) usable('caFile', caFile, () => new X509Certificate(ca), 'certificates in PEM form');
  return usable('certificateKeyFile', certificateKeyFile, () => createSecureContext({ ca, cert: pem, key: pem, passphrase: opens }),
    'the client\'s certificate and its key in PEM form, and passphrase where the key has one');
}

async function read(key: keyof Tls, file: string, { workerPath }: TlsPlaces): Promise<Buffer> {
  const path = workerPath(file);
  try {
    return await readFile(path);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UnusableFile(`${path}, which applicationDatabase.tls.${key} names, cannot be read on the worker (${why}): put it there, readable for the worker, or correct the path.`);
  }
}

/** OpenSSL's own words say little ("no start line") and could hold what was read: they are left out. */
function usable<Made>(key: keyof Tls, file: string | undefined, make: () => Made, holds: string): Made {
  try {
    return make();
  } catch (error) {
    throw new UnusableFile(`${file ?? ''}, which applicationDatabase.tls.${key} names, cannot be used (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}): it must hold ${holds}.`);
  }
}
