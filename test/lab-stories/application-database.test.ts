/** The Application Database of the lab, a real server, asked in every way and by every login, over real sshd. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApplicationDatabase } from '../../src/database/application-database.ts';
import type { DatabaseSighting } from '../../src/products/ops-manager/application-database.ts';
import { createSecrets, workerPath } from '../../src/secrets/secrets.ts';
import { createHosts } from '../../src/ssh/hosts.ts';
import type { ApplicationDatabaseAccess, OpsManagerHost } from '../../src/upgrade/installation.ts';
import { makeCertificates, type Certificates } from '../database/certificates.ts';
import { PASSWORD, startSecureDatabase, type SecureDatabase } from '../lab/secure-database.ts';
import { ADDRESSES, CONTROL_ADDRESS, startLab, type Lab } from '../lab/topology.ts';

let lab: Lab;
let folder: string;
let certificates: Certificates;
let secure: SecureDatabase;
beforeAll(async () => {
  [lab, folder] = [await startLab(), await mkdtemp(join(tmpdir(), 'lockkeeper-appdb-'))];
  await lab.reset();
  certificates = makeCertificates(['control'], [CONTROL_ADDRESS]);
  secure = await startSecureDatabase(lab, certificates);
});
afterAll(async () => {
  await secure?.close();
  certificates?.remove();
  await lab?.applicationDatabase('show');
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Of looks that find nobody, in milliseconds. */
const SHORT = 1_000;

/** One look by the worker's own ports; `uri` is the secret's value. */
async function look(uri: string, access: Omit<ApplicationDatabaseAccess, 'uri'> = {}, selectionMs?: number): Promise<DatabaseSighting> {
  const places = { folder: certificates.folder, env: { URI: uri } };
  const secrets = createSecrets(places);
  const hosts = createHosts({ secrets, ...places, stateFolder: '/var/lib/lockkeeper' });
  const om1: OpsManagerHost = {
    name: 'om-1', address: ADDRESSES['om-1'], ssh: { ...lab.keys, port: 22 }, platform: 'debian', roles: ['application'], installDir: '/opt/mongodb/mms', runAs: 'mongodb-mms',
  };
  try {
    return await createApplicationDatabase({ secrets, hosts, workerPath: (path) => workerPath(path, places), selectionMs })
      .look({ applicationDatabase: { uri: { env: 'URI' }, ...access, backups: [] }, hosts: [om1] });
  } finally {
    await hosts.close();
  }
}
const seen = { reached: 'yes', primary: 'yes', majority: 'yes' };

it('is out of the worker\'s reach behind a firewall, and seen through a host or by a command there', async () => {
  const uri = lab.applicationDatabaseUri;
  expect(await look(uri)).toMatchObject(seen);
  await lab.applicationDatabase('hide');
  expect(await look(uri, {}, SHORT)).toMatchObject({ reached: 'no', says: expect.stringContaining('ECONNREFUSED') as string });
  expect(await look(uri, { reach: { through: 'om-1' } })).toMatchObject({ ...seen, how: 'through om-1' });
  const byCommand = { host: 'om-1', command: `printf '{"hello":{"ok":1,"setName":"om","isWritablePrimary":true},"buildInfo":{"version":"%s"}}\n' 6.0.20` };
  expect(await look(uri, { reach: byCommand })).toMatchObject({ ...seen, version: '6.0.20', how: 'by the command on om-1' });
  expect(await look(uri.replace(/:[^:@]*@/, ':hunter22@'), { reach: { through: 'om-1' } })).toMatchObject({ reached: 'no', says: expect.stringContaining('The login was refused') as string });
});

it('lets in by TLS with a password (SCRAM) or a certificate (x509), directly and through a host, and nobody else', async () => {
  const tls = { caFile: 'ca.pem', certificateKeyFile: 'client.pem' };
  const byPassword = secure.uri(`mms:${PASSWORD}@`, '&authSource=admin');
  const byCertificate = secure.uri('', '&authMechanism=MONGODB-X509');
  for (const uri of [byPassword, byCertificate]) {
    expect(await look(uri, { tls })).toMatchObject(seen);
    expect(await look(uri, { tls, reach: { through: 'om-1' } })).toMatchObject(seen);
    expect((await look(uri, { tls: { caFile: 'ca.pem' } }, SHORT)).says).toMatch(/may want a client certificate/);
    expect((await look(uri, { tls: { ...tls, caFile: 'other-ca.pem' } }, SHORT)).says).toMatch(/certificate is not trusted/);
  }
  expect((await look(secure.uri('mms:hunter22@', '&authSource=admin'), { tls })).says).toMatch(/^The login was refused/);
});
