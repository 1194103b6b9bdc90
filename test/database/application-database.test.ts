import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApplicationDatabase } from '../../src/database/application-database.ts';
import { sight, type DatabaseSighting } from '../../src/products/ops-manager/application-database.ts';
import { readPrinted } from '../../src/products/ops-manager/database-answers.ts';
import { createSecrets } from '../../src/secrets/secrets.ts';
import { startSimulatedDatabase, type SimulatedDatabase } from '../../src/simulation/simulated-database.ts';
import type { ApplicationDatabaseAccess, OpsManagerHost } from '../../src/upgrade/installation.ts';
import type { Hosts, HostSession, Ran } from '../../src/ssh/port.ts';
import { KEY_PASSWORD, makeCertificates, type Certificates } from './certificates.ts';
import { startScriptedSet, type ScriptedSet } from './scripted-set.ts';

let certificates: Certificates;
let simulated: SimulatedDatabase;
const sets: ScriptedSet[] = [];
beforeAll(async () => {
  certificates = makeCertificates(['localhost', 'db-1.example', 'db-2.example', 'db-3.example', 'db-4.example', 'db-5.example']);
  simulated = await startSimulatedDatabase('4.4.29');
});
afterEach(() => sets.splice(0).forEach((set) => set.close()));
afterAll(async () => {
  certificates?.remove();
  await simulated?.close();
});

async function scripted(...script: Parameters<typeof startScriptedSet>): Promise<ScriptedSet> {
  const set = await startScriptedSet(...script);
  sets.push(set);
  return set;
}

const OM_1: OpsManagerHost = { name: 'om-1', address: 'om-1', ssh: { user: 'ops' }, platform: 'debian', roles: ['application'], url: 'http://om-1:8080', installDir: '/opt/mongodb/mms', runAs: 'mongodb-mms' };
const RAN: Ran = { code: 0, stdout: '', stderr: '', truncated: false };

/** `patience`: of looks that find nobody, in milliseconds. */
interface Looking extends Omit<ApplicationDatabaseAccess, 'uri'> { readonly uri?: string; readonly session?: Partial<HostSession>; readonly patience?: number }
const SHORT = { patience: 300 };

async function look({ uri, session, patience = 8_000, ...access }: Looking): Promise<DatabaseSighting> {
  const secrets = createSecrets({ folder: '/', env: { URI: uri, KEY_PASSWORD, WRONG: 'wrong-password' } });
  const hosts: Hosts = { session: ({ name }) => ({ name, run: async () => RAN, ...session }) as HostSession, close: async () => {} };
  return createApplicationDatabase({ secrets, hosts, workerPath: (path) => join(certificates.folder, path), selectionMs: patience })
    .look({ applicationDatabase: { ...(uri === undefined ? {} : { uri: { env: 'URI' } }), ...access, backups: [] }, hosts: [OM_1] });
}
const uriOf = (set: ScriptedSet, options = ''): string => `mongodb://${set.members.slice(0, 2).join()}/?replicaSet=om-appdb${options}`;
const server = (demand = false) => ({ key: certificates.read('server.key'), cert: certificates.read('server.crt'), ca: certificates.read('ca.pem'), requestCert: demand, rejectUnauthorized: demand });

describe('the Application Database, asked by the worker', () => {
  it('answers about itself: primary, majority, version, compatibility, lag', async () => {
    expect(await look({ uri: simulated.uri })).toMatchObject({ reached: 'yes', set: 'om-appdb', primary: 'yes', majority: 'yes', version: '4.4.29', featureCompatibility: '4.4', lagSeconds: 0, says: '3 of 3 voting members are up, 2 are needed.' });
  });

  it('of a real server answers the same way, where LOCKKEEPER_TEST_MONGODB_URI names one', async () => {
    expect(await look({ uri: process.env['LOCKKEEPER_TEST_MONGODB_URI'] ?? simulated.uri })).toMatchObject({ reached: 'yes', primary: 'yes', majority: 'yes' });
  });

  it.each(['4.2-delayed-hidden-arbiter', '5.0-delayed', '6.0-arbiter-one-down', '6.0-no-primary', '8.0-two-sites'])('with the answers of %s is seen as by a command', async (answers) => {
    const set = await scripted({ answers });
    expect(await look({ uri: uriOf(set), ...(answers === '6.0-no-primary' ? SHORT : {}) })).toEqual(sight(readPrinted(set.text)!));
  });

  it('that knows no hello, as before 4.2.10, is asked by the older word', async () => {
    expect(await look({ uri: uriOf(await scripted({ answers: '4.2-delayed-hidden-arbiter', unknown: ['hello'] })) })).toMatchObject({ primary: 'yes', says: '5 of 5 voting members are up, 3 are needed.' });
  });

  it('that is older than the driver speaks to says so', async () => {
    expect((await look({ uri: uriOf(await scripted({ answers: '4.0-arbiter' })), ...SHORT })).says).toMatch(/requires at least 8 \(MongoDB 4\.2\)/);
  });

  it('that does not answer is a sighting, not an error, and no password is in it', async () => {
    const seen = await look({ uri: 'mongodb://mms:hunter22@127.0.0.1:9/', ...SHORT });
    expect(seen).toMatchObject({ reached: 'no', primary: 'unknown', majority: 'unknown' });
    expect(seen.says).not.toContain('hunter22');
  });

  it('that is another replica set than the connection string says is a sighting, too', async () => {
    const set = await scripted({ answers: '4.4-three' });
    expect((await look({ uri: uriOf(set).replace('om-appdb', 'other'), ...SHORT })).says).toMatch(/^No server that fits the connection string, its hosts and its replicaSet, answered in time/);
  });

  it('whose connection string is none is a sighting, too', async () => {
    expect(await look({ uri: 'postgres://db-1' })).toMatchObject({ reached: 'no' });
  });

  it('whose secret is not set says what to set where', async () => {
    const database = createApplicationDatabase({ secrets: createSecrets({ folder: '/', env: {} }), hosts: { session: () => { throw new Error('no host'); }, close: async () => {} }, workerPath: (path) => path });
    await expect(database.look({ applicationDatabase: { uri: { env: 'OM_APPDB_URI' }, backups: [] }, hosts: [] })).rejects.toThrow('The environment variable OM_APPDB_URI is not set on the worker');
  });

  it('that refuses the login says so in a sentence without the password', async () => {
    const set = await scripted({ answers: '4.4-three', login: 'never' });
    const { reached, says } = await look({ uri: `mongodb://mms:hunter22@${set.members.join()}/?replicaSet=om-appdb&authSource=admin` });
    expect(reached).toBe('no');
    expect(says).toBe('The login was refused (Authentication failed.): correct user, password and authSource in the connection string, or the client certificate.');
  });
});

describe('TLS', () => {
  const x509 = '&authMechanism=MONGODB-X509';

  it('trusts the site\'s own CA, for every member', async () => {
    const set = await scripted({ answers: '8.0-two-sites', tls: server() });
    expect(await look({ uri: uriOf(set), tls: { caFile: 'ca.pem' } })).toEqual(sight(readPrinted(set.text)!));
  });

  it.each([['client.pem', {}], ['locked.pem', { passphrase: { env: 'KEY_PASSWORD' } }]])('logs in by a client certificate (%s)', async (certificateKeyFile, password) => {
    const set = await scripted({ answers: '7.0-hidden-lags', tls: server(true), login: 'certificate' });
    expect(await look({ uri: uriOf(set, x509), tls: { caFile: 'ca.pem', certificateKeyFile, ...password } })).toEqual(sight(readPrinted(set.text)!));
  });

  it.each<[string, Looking['tls'], string, RegExp]>([
    ['a CA that did not sign', { caFile: 'other-ca.pem' }, '', /certificate is not trusted \(.*\): set applicationDatabase\.tls\.caFile/],
    ['no client certificate', { caFile: 'ca.pem' }, '', /client certificate .*certificateKeyFile/],
    ['a certificate that is not used to log in', { caFile: 'ca.pem', certificateKeyFile: 'client.pem' }, '', /requires authentication/],
    ['no TLS', undefined, '', /breaks off the connection .*may speak only TLS/],
  ])('with %s is one sentence, and unknown', async (_, tls, options, says) => {
    const set = await scripted({ answers: '7.0-hidden-lags', tls: server(true), login: 'certificate' });
    const seen = await look({ uri: uriOf(set, options), ...SHORT, ...(tls ? { tls } : {}) });
    expect(seen).toMatchObject({ reached: 'no', primary: 'unknown', majority: 'unknown', says: expect.stringMatching(says) as string });
    expect(seen.says).not.toMatch(/\n|    at /);
  });

  it.each<[string, NonNullable<Looking['tls']>, RegExp]>([
    ['is not there', { caFile: 'gone.pem' }, /gone\.pem, which applicationDatabase\.tls\.caFile names, cannot be read on the worker \(ENOENT\): put it there/],
    ['holds no certificate', { caFile: 'ca.key' }, /caFile names, cannot be used .*must hold certificates in PEM form/],
    ['holds no key', { certificateKeyFile: 'no-key.pem' }, /certificateKeyFile names, cannot be used .*certificate and its key/],
    ['has a password that nobody gave', { certificateKeyFile: 'locked.pem' }, /passphrase where the key has one/],
    ['has another password', { certificateKeyFile: 'locked.pem', passphrase: { env: 'WRONG' } }, /passphrase where the key has one/],
  ])('whose file %s is refused before anybody is asked', async (_, tls, says) => {
    const refused = await look({ uri: 'mongodb://127.0.0.1:9/', tls }).catch((error: unknown) => error as Error);
    expect(refused).toMatchObject({ name: 'Refused', message: expect.stringMatching(says) as string });
    expect((refused as Error).message).not.toMatch(/PRIVATE|wrong-password/);
  });
});

describe('through a host', () => {
  it('reaches members by names that only the host knows, with TLS, and says so', async () => {
    const set = await scripted({ answers: '4.2-delayed-hidden-arbiter', behind: true, tls: server() });
    const seen = await look({ uri: uriOf(set), tls: { caFile: 'ca.pem' }, reach: { through: 'om-1' }, session: { forward: set.forward } });
    expect(seen).toEqual(sight(readPrinted(set.text)!, 'through om-1'));
    expect(new Set(set.forwarded)).toContain('db-1.example:27017');
    expect((await look({ uri: uriOf(set), tls: { caFile: 'ca.pem' }, ...SHORT })).reached, 'directly').toBe('no');
  });

  it('that cannot be reached, or forbids it, is the reason', async () => {
    const set = await scripted({ answers: '4.4-three', behind: true });
    const failing = async () => { throw new Error('The SSH server of om-1 forbids forwarding'); };
    for (const session of [{ run: failing }, { forward: failing }]) {
      expect(await look({ uri: uriOf(set), reach: { through: 'om-1' }, session, ...SHORT })).toMatchObject({ reached: 'no', how: 'through om-1', says: 'The SSH server of om-1 forbids forwarding.' });
    }
  });

  it('is not blamed for one member that is down when the others refuse the login', async () => {
    const set = await scripted({ answers: '4.4-three', behind: true, login: 'never' });
    const forward: ScriptedSet['forward'] = async (to) => {
      if (to.address === 'db-3.example') throw new Error('Nothing answers at db-3.example');
      return set.forward(to);
    };
    const seen = await look({ uri: `mongodb://mms:hunter22@${set.members.join()}/?replicaSet=om-appdb`, reach: { through: 'om-1' }, session: { forward } });
    expect(seen).toMatchObject({ how: 'through om-1', says: expect.stringMatching(/^The login was refused/) as string });
  });

});

describe('by a command on a host', () => {
  const command = (ran: Partial<Ran>) => look({ reach: { host: 'om-1', command: 'mongosh --nodb look.js' }, session: { run: async () => ({ ...RAN, ...ran }) } });

  it('is what the command prints', async () => {
    const set = await scripted({ answers: '8.0-two-sites' });
    expect(await command({ stdout: set.text })).toEqual(sight(readPrinted(set.text)!, 'by the command on om-1'));
  });

  it('that fails or prints something else is one sentence with what it complained about', async () => {
    expect(await command({ code: 1, stderr: 'MongoServerError:\n  Authentication failed.\n' })).toMatchObject({ reached: 'no', how: 'by the command on om-1', says: 'It ended with exit code 1 and printed no JSON document with hello and buildInfo; it says: MongoServerError: Authentication failed.' });
    expect((await command({ stdout: 'hello' })).says).toBe('It printed no JSON document with hello and buildInfo.');
    expect((await command({ code: 1, stderr: 'mongodb://mms:hunter22@db-1/' })).says).not.toContain('hunter22');
  });
});

it('is not asked where the file says so', async () => {
  expect(await look({ reach: { none: 'it is the database team\'s' } })).toMatchObject({ reached: 'never', says: 'it is the database team\'s' });
});
