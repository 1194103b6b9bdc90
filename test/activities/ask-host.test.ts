import { beforeEach, describe, expect, it } from 'vitest';
import type { HttpQuestion } from '../../src/ssh/port.ts';
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import { FakeWorld } from './fake-ports.ts';

let world: FakeWorld;
let asked: HttpQuestion[];
beforeEach(() => {
  world = new FakeWorld();
  asked = [];
  const host = world.host('om-2'), http = host.http.bind(host);
  host.http = async (question) => { asked.push(question); return http(question); };
});
const silent: OpsManagerHost = { ...new FakeWorld().on('om-2'), url: undefined };
const look = (host: OpsManagerHost) => world.run('seeUpgradeMode', { hosts: [host], expected: 'off' });
const configured = (properties: string, settings: string): void => {
  world.host('om-2').write('/opt/mongodb/mms/conf/conf-mms.properties', properties, 'mongodb-mms:mongodb-mms', '600');
  world.host('om-2').write('/opt/mongodb/mms/conf/mms.conf', settings, 'mongodb-mms:mongodb-mms', '600');
};
const bases = () => [...new Set(asked.map(({ url }) => new URL(url).origin))];

describe('a host whose url is not in the file is asked', () => {
  it.each([
    ['at the port of its own configuration', 'a=b', 'BASE_PORT=9080\nBASE_SSL_PORT=9443', 'http://om-2:9080'],
    ['by https at its port where it has a certificate', 'mms.https.PEMKeyFile=/etc/om.pem', 'BASE_PORT=9080\nBASE_SSL_PORT=9443', 'https://om-2:9443'],
    ['at the vendor\'s port where it says nothing', 'a=b', '', 'http://om-2:8080'],
  ])('%s', async (_where, properties, settings, url) => {
    configured(properties, settings);
    expect(await look(silent)).toMatchObject({ outcome: 'done' });
    expect(bases()).toEqual([url]);
  });

  it('where it was found before, without reading its configuration again, until nothing answers there', async () => {
    configured('a=b', 'BASE_PORT=9080');
    await look(silent);
    configured('a=b', 'BASE_PORT=9081');
    await look(silent);
    expect(bases()).toEqual(['http://om-2:9080']);
    world.host('om-2').answersHttp = false;
    await look(silent);
    world.host('om-2').answersHttp = true;
    await look(silent);
    expect(bases()).toEqual(['http://om-2:9080', 'http://om-2:9081']);
  });
});

describe('a host of the same name in another installation, or at a corrected address', () => {
  it('is asked where it is itself', async () => {
    configured('a=b', 'BASE_PORT=9080');
    await look(silent);
    await look({ ...silent, address: '10.9.9.2' });
    expect(bases()).toEqual(['http://om-2:9080', 'http://10.9.9.2:9080']);
  });
});

describe('a host whose file names certificates', () => {
  it.each(['caFile', 'clientCertificate'] as const)('that are not on the worker is refused with the way out: %s', async (key) => {
    const files = { caFile: { caFile: 'no.pem' }, clientCertificate: { clientCertificate: { certFile: 'no.pem', keyFile: 'no.key' } } };
    await expect(look({ ...world.on('om-2'), ...files[key] })).rejects.toThrow(new RegExp(`${key}.* of om-2, no\\.pem, cannot be read on the worker: ENOENT.*Put it there`));
  });
});
