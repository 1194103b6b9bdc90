import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApplicationDatabase } from '../../src/database/application-database.ts';
import { createSecrets } from '../../src/secrets/secrets.ts';
import { startSimulatedDatabase, type SimulatedDatabase } from '../../src/simulation/simulated-database.ts';

/** A server that speaks the wire protocol; where a real one is named, that one is asked as well. */
let simulated: SimulatedDatabase;
beforeAll(async () => { simulated = await startSimulatedDatabase('4.4.29'); });
afterAll(() => simulated?.close());

const look = (uri: string) => {
  const secrets = createSecrets({ folder: '/', env: { URI: uri } });
  return createApplicationDatabase({ secrets, selectionMs: 500 }).look({ env: 'URI' });
};

describe('the Application Database', () => {
  it('is asked about itself by the driver: primary, majority, version, compatibility, lag', async () => {
    expect(await look(simulated.uri)).toMatchObject({ reached: true, set: 'om-appdb', primary: 'yes', majority: 'yes', version: '4.4.29', featureCompatibility: '4.4', says: '3 of 3 voting members are up, 2 are needed.' });
  });

  it('of a real server answers the same way, where LOCKKEEPER_TEST_MONGODB_URI names one', async () => {
    expect(await look(process.env['LOCKKEEPER_TEST_MONGODB_URI'] ?? simulated.uri)).toMatchObject({ reached: true, primary: 'yes', majority: 'yes' });
  });

  it('that does not answer is a sighting, not an error, and no password is in it', async () => {
    const seen = await look('mongodb://mms:hunter22@127.0.0.1:9/');
    expect(seen).toMatchObject({ reached: false, primary: 'unknown', majority: 'unknown' });
    expect(seen.says).not.toContain('hunter22');
  });

  it('whose connection string is none is a sighting, too', async () => {
    expect(await look('postgres://db-1')).toMatchObject({ reached: false });
  });

  it('whose secret is not set says what to set where', async () => {
    const database = createApplicationDatabase({ secrets: createSecrets({ folder: '/', env: {} }) });
    await expect(database.look({ env: 'OM_APPDB_URI' })).rejects.toThrow('The environment variable OM_APPDB_URI is not set on the worker');
  });
});
