import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { wayThrough, type WayThroughHost } from '../../src/database/way-through-host.ts';

const asked: { readonly address: string; readonly port: number }[] = [];
let way: WayThroughHost | undefined;
let socket: Socket | undefined;
afterEach(() => {
  asked.length = 0;
  socket?.destroy();
  way?.close();
});

/** Greets with that password and sends the request; what comes back after the greeting. */
async function through(request: readonly number[], password?: string): Promise<Buffer> {
  way = await wayThrough({ forward: async (to) => {
    asked.push(to);
    return new PassThrough();
  } });
  const { proxyHost, proxyPort, proxyUsername, proxyPassword } = way.options;
  socket = connect(proxyPort, proxyHost);
  const text = (of: string) => [of.length, ...Buffer.from(of)];
  socket.write(Buffer.from([5, 1, 2]));
  await once(socket, 'data');
  socket.write(Buffer.from([1, ...text(proxyUsername), ...text(password ?? proxyPassword), ...request]));
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.once('error', () => undefined);
  const all = () => Buffer.concat(parts);
  while (all().length < 12 && !socket.destroyed) await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  return all();
}

describe('the way through a host', () => {
  it.each<[string, readonly number[], string]>([
    ['a name', [3, 4, ...Buffer.from('db-1'), 0x69, 0x89], 'db-1:27017'],
    ['an IPv4 address', [1, 10, 0, 0, 9, 0x69, 0x89], '10.0.0.9:27017'],
    ['an IPv6 address', [4, 0xfd, ...new Array<number>(14).fill(0), 9, 0, 80], 'fd00:0000:0000:0000:0000:0000:0000:0009:80'],
  ])('leads to %s', async (_, address, to) => {
    expect([...await through([5, 1, 0, ...address])].slice(0, 4)).toEqual([1, 0, 5, 0]);
    expect(asked.map((each) => `${each.address}:${each.port}`)).toEqual([to]);
  });

  it('lets nobody else on the worker\'s machine through', async () => {
    expect([...await through([5, 1, 0, 1, 10, 0, 0, 9, 0x69, 0x89], 'guessed')]).toEqual([1, 1]);
    expect(asked).toEqual([]);
  });

  it('leads nowhere for anything but a connection', async () => {
    await through([5, 2, 0, 1, 10, 0, 0, 9, 0x69, 0x89]);
    expect(asked).toEqual([]);
    expect(way?.why()).toBe('The driver asked for something that is no connection.');
  });

  it('is on the loopback only, with a password of its own each time', async () => {
    const [one, other] = [await wayThrough({ forward: async () => new PassThrough() }), await wayThrough({ forward: async () => new PassThrough() })];
    expect(one.options.proxyHost).toBe('127.0.0.1');
    expect(one.options.proxyPassword).not.toBe(other.options.proxyPassword);
    one.close();
    other.close();
  });
});
