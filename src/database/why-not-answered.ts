/** What the driver's errors mean, as one sentence each, that names the way out. */

/** MongoDB's error codes. */
const UNAUTHORIZED = 13, AUTHENTICATION_FAILED = 18;
export const COMMAND_NOT_FOUND = 59;

/** Node's codes for a certificate that is not trusted, or not for this name. */
const NOT_TRUSTED = /CERT|SIGNED|SIGNATURE|ISSUER|ALTNAME/;

/**
 * The sentence for an error of the driver, with its own words in brackets. They may hold secrets: redact it. `beneath`:
 * why a connection could not be made on the way, of which the driver only knows that it broke.
 */
export function whyNotAnswered(error: unknown, beneath?: string): string {
  const all = [...causes(error)];
  const find = (is: (cause: Cause) => boolean): string | undefined => {
    const found = all.find(is);
    return found && readable(found.message);
  };
  const login = find(({ code }) => code === AUTHENTICATION_FAILED);
  if (login) return `The login was refused (${login}): correct user, password and authSource in the connection string, or the client certificate.`;
  const right = find(({ code }) => code === UNAUTHORIZED);
  if (right) return `The server answers only after a login, and not this one (${right}): give the connection string a user, or authMechanism=MONGODB-X509, with the role clusterMonitor.`;
  const tls = find(({ message }) => OPENSSL.test(message));
  if (tls) return `TLS could not be spoken with the server (${tls}): it may want a client certificate that its CA signed (applicationDatabase.tls.certificateKeyFile), or no TLS at all.`;
  const certificate = find(({ code }) => NOT_TRUSTED.test(String(code)));
  if (certificate) return `The server's certificate is not trusted (${certificate}): set applicationDatabase.tls.caFile to the CA that signed it, and use the names in the certificate in the connection string.`;
  if (beneath !== undefined) return beneath;
  const broken = find(({ code, message }) => code === 'ECONNRESET' || /^connection .* closed$/.test(message));
  if (broken) return `The server breaks off the connection (${broken}): it may speak only TLS (applicationDatabase.tls).`;
  const silent = find(({ message }) => message.startsWith('Server selection timed out'));
  if (silent) return `No server that fits the connection string, its hosts and its replicaSet, answered in time (${silent}).`;
  return readable(all[0]?.message ?? String(error));
}

/** "801CE…:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../deps/…" */
const OPENSSL = /error:[0-9A-F]+:SSL routines:[^:]*:([^:]*)/;

function readable(message: string): string {
  return (OPENSSL.exec(message)?.[1] ?? message).trim();
}

interface Cause { readonly message: string; readonly code?: unknown }

/** The error, what the driver saw on each server, and what lies beneath. */
function* causes(error: unknown): Iterable<Cause> {
  if (!(error instanceof Error)) return;
  yield error as Error & { code?: unknown };
  const servers = (error as { reason?: { servers?: ReadonlyMap<string, { readonly error: unknown }> } }).reason?.servers;
  for (const server of servers?.values() ?? []) yield* causes(server.error);
  yield* causes(error.cause);
}
