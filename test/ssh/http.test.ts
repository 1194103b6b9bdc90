import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import type { Connection } from '../../src/ssh/connection.ts';
import { askHttp } from '../../src/ssh/http.ts';
import type { HttpQuestion } from '../../src/ssh/port.ts';

/** A connection over which a host answers with these bytes and goes away in the same moment. */
function answeringAndGone(bytes: string): Connection {
  const stream = new Duplex({
    read: () => undefined,
    write(_question, _encoding, done) {
      done();
      this.push(bytes);
      this.push(null);
      setImmediate(() => this.emit('close'));
    },
  });
  const client = { forwardOut: (...given: unknown[]) => (given.at(-1) as (error: undefined, to: Duplex) => void)(undefined, stream) };
  return { host: { name: 'om-1' }, losses: 0, client: async () => client } as unknown as Connection;
}
const asked = (bytes: string, question: Partial<HttpQuestion> = {}) => askHttp(answeringAndGone(bytes), { url: 'http://om-1:8080/', ...question }, (text) => text.replaceAll('hunter22', '[redacted]'));

it('a whole answer is read though the connection closes with it', async () => {
  const body = 'x'.repeat(20_000);
  expect(await asked(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`)).toMatchObject({ status: 200, body });
});

it.each(['', 'HTTP/1.1 200 OK\r\ncontent-le', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort'])('an answer that breaks off is none: %j', async (bytes) => {
  await expect(asked(bytes)).rejects.toMatchObject({ name: 'Unreachable' });
});

it('of a long answer as much is kept as was asked for', async () => {
  const body = 'x'.repeat(300_000), answer = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  expect((await asked(answer)).body.length).toBe(65_536);
  expect((await asked(answer, { maxBody: 299_999 })).body.length).toBe(299_999);
  expect((await asked(answer, { maxBody: 1_000_000 })).body).toBe(body);
});

it('secrets are taken out of an answer, unless it is to be written back as it was read', async () => {
  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nis hunter22';
  expect((await asked(answer)).body).toBe('is [redacted]');
  expect((await asked(answer, { unredacted: true })).body).toBe('is hunter22');
});
