import { describe, expect, it } from 'vitest';
import { cancel, passwordOf, readActivity, readConfiguration, readRoll, servedVersion, setMaintenance } from '../../../src/products/urbancode-deploy/rest.ts';
import { workShown } from '../../../src/upgrade/urbancode-work.ts';

const application = { id: 'r1', processRequestType: 'application', traceId: 't1', application: { name: 'shop' }, environment: { name: 'PROD' }, applicationProcess: { name: 'Deploy' }, startTime: 1_763_769_600_000, userName: 'ann', state: 'EXECUTING' };
const component = { id: 'r2', processRequestType: 'component', traceId: 't2', component: { name: 'web' }, resource: { name: '/a/b' }, componentProcess: { name: 'Install' } };
const generic = { id: 'r3', processRequestType: 'generic', workflowTraceId: 't3', process: { name: 'Clean' }, userName: 'bob' };

describe('running work', () => {
  it('is read with its kind, since when and by whom, and cancelled by the id that its kind has', () => {
    const work = readActivity(JSON.stringify([application, component, generic]))!;
    expect(work.map(workShown)).toEqual(['application process Deploy of shop in PROD, since 2025-11-22 00:00 UTC, started by ann', 'component process Install of web', 'generic process Clean, started by bob']);
    expect(work.map(cancel)).toEqual(['t1', 't2', 't3'].map((id) => ({ method: 'PUT', path: `/rest/workflow/${id}/cancel` })));
  });

  it('of a kind that is not known still counts', () => {
    expect(readActivity(JSON.stringify([{ traceId: 'x', processRequestType: 'new kind' }]))).toMatchObject([{ id: 'x', kind: 'unknown' }]);
  });

  it.each(['', '{}', '<html>', '[{}]', 'null', '{"error":"x"}'])('is unknown by %j: nothing is proven', (body) => { expect(readActivity(body)).toBeNull(); });
  it('is none only by an empty list', () => { expect(readActivity('[]')).toEqual([]); });
});

describe('maintenance mode', () => {
  it('goes on with the whole object back, but for the password that is only shown masked', () => {
    const configuration = readConfiguration(JSON.stringify({ externalURL: 'https://ucd', maintenanceModeEnabled: false, deployMailPassword: '****', n: { a: [1] } }));
    if (configuration === null || configuration === 'no-such-mode') throw new Error('not read');
    const { method, path, body } = setMaintenance(configuration, true);
    expect([method, path]).toEqual(['PUT', '/rest/system/configuration']);
    expect(JSON.parse(body ?? '')).toEqual({ externalURL: 'https://ucd', maintenanceModeEnabled: true, n: { a: [1] } });
  });

  it.each([['{"maintenanceModeEnabled":"true"}', true], ['{"maintenanceModeEnabled":false}', false]])('of %s is %s', (body, on) => { expect(readConfiguration(body)).toMatchObject({ maintenance: on }); });
  it.each([['{"externalURL":"x"}', 'no-such-mode'], ['{}', null], ['', null], ['{"maintenanceModeEnabled":"?"}', null]])('of %j is %s', (body, means) => { expect(readConfiguration(body)).toBe(means); });
});

it.each([
  ['<html><head><title>HCL UrbanCode Deploy</title><script src="/static/7.3.2.1.1161889/x.js">', '7.3.2.1'], ['<div class="version">7.0.5.2</div>', '7.0.5.2'], ['<p>v. 6.2.7.1.960481</p>', '6.2.7.1'],
  ['<html>Served by 10.77.0.21</html>', null], ['', null],
])('the page %j is of %s', (page, version) => { expect(servedVersion(page)).toBe(version); });

it('a token is sent as JSON, whatever is in it', () => { expect(JSON.parse(passwordOf('a"b'))).toEqual({ token: 'a"b' }); });

describe('agents and relays', () => {
  it('are online by the product\'s own word, also those it wants upgraded; all others are named with their word', () => {
    const listed = [{ name: 'web-1', status: 'ONLINE' }, { name: 'web-2', status: 'UPGRADE_RECOMMENDED' }, { name: 'old', status: 'OFFLINE' }, { name: 'new', status: 'NO_LICENSE_AVAILABLE' }];
    expect(readRoll(JSON.stringify(listed))).toEqual({ total: 4, online: 2, away: ['old (OFFLINE)', 'new (NO_LICENSE_AVAILABLE)'] });
  });

  it('are counted whole and named up to a limit', () => {
    const { total, online, away } = readRoll(JSON.stringify(Array.from({ length: 70 }, (_, index) => ({ name: `web-${index}`, status: 'OFFLINE' }))))!;
    expect([total, online, away.length]).toEqual([70, 0, 50]);
  });

  it.each(['', '{}', '[{"name":"web-1"}]', '["web-1"]'])('cannot be seen in %j', (body) => { expect(readRoll(body)).toBeNull(); });
});
