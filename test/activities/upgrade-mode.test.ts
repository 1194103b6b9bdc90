import { beforeEach, describe, expect, it } from 'vitest';
import { answerChallenge } from '../../activities/ops-manager/digest.ts';
import type { HttpQuestion } from '../../src/ssh/port.ts';
import { FakeWorld } from './fake-ports.ts';

let world: FakeWorld;
beforeEach(() => { world = new FakeWorld(); });
const see = (expected: 'on' | 'off', api?: object) => world.run('seeUpgradeMode', { hosts: world.installation.hosts, expected, ...(api ? { api } : {}) } as never);

describe('Upgrade Mode', () => {
  it('is on while two versions are served and off when one is', async () => {
    expect(await see('off')).toMatchObject({ outcome: 'done' });
    expect(await see('on')).toMatchObject({ outcome: 'failed' });
    world.host('om-1').install('4.4.18.100-1');
    expect(await see('on')).toMatchObject({ outcome: 'done' });
    expect(await see('off')).toMatchObject({ outcome: 'failed' });
  });

  it('is unknown while a host does not tell its version', async () => {
    world.host('om-3').answersHttp = false;
    expect(await see('off')).toMatchObject({ outcome: 'unknown', evidence: expect.stringContaining('om-3') });
  });

  it.each([
    ['on', 405, 'WRITES_NOT_ALLOWED_DURING_APP_UPGRADES', 'done'], ['on', 404, '', 'failed'], ['on', 503, '', 'unknown'], ['off', 404, '', 'done'],
  ] as const)('expected %s, a write that changes nothing and is answered %i %s: %s', async (expected, status, body, outcome) => {
    if (expected === 'on') world.host('om-1').install('4.4.18.100-1');
    const asked: HttpQuestion[] = [];
    const http = world.host('om-1').http.bind(world.host('om-1'));
    world.host('om-1').http = async (question) => {
      if (question.method !== 'DELETE') return http(question);
      asked.push(question);
      const challenged = question.headers?.['Authorization'] === undefined;
      return challenged ? { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="MMS Public API", nonce="n", qop="auth", algorithm=MD5' }, body: '' } : { status, headers: {}, body };
    };
    expect(await see(expected, { publicKey: { env: 'APPDB' }, privateKey: { env: 'APPDB' } })).toMatchObject({ outcome });
    expect(asked.map(({ url }) => url)).toEqual(Array(2).fill('http://om-1:8080/api/public/v1.0/groups/000000000000000000000000'));
  });
});

describe('HTTP Digest', () => {
  it('answers the example of RFC 7616 as it says', () => {
    const challenge = 'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
    const answer = answerChallenge(challenge, { method: 'GET', uri: '/dir/index.html', user: 'Mufasa', password: 'Circle of Life', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' });
    expect(answer).toContain('response="8ca523f5e9506fed4657c9700eebdbec"');
    expect(answer).toContain('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"');
    const sha = answerChallenge(challenge.replace('MD5', 'SHA-256'), { method: 'GET', uri: '/dir/index.html', user: 'Mufasa', password: 'Circle of Life', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' });
    expect(sha).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"');
  });

  it('does not answer what it does not understand', () => {
    const request = { method: 'GET', uri: '/', user: 'u', password: 'p', cnonce: 'c' } as const;
    for (const challenge of ['Basic realm="x"', 'Digest realm="x", nonce="n"', 'Digest realm="x", nonce="n", qop="auth", algorithm=SHA-512-256']) expect(answerChallenge(challenge, request)).toBeNull();
  });
});
