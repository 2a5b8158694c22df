/** Devices that speak first. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serve } from '@fairlead/tcp';
import { DriverBench } from '../../src/index.ts';
import { Meter, type Options, usual } from './meter.ts';

/** A meter that says something as soon as it is connected to. @param every milliseconds; 0: once */
function greeter(greeting: string, every = 0): ReturnType<typeof serve> {
  return serve<Buffer>('tcp://127.0.0.1:0', {
    codec: {
      name: 'bytes',
      decoder: () => ({
        decode: (window) => (window.length === 0 ? window.short(1) : window.take(window.length)),
      }),
      encoder: () => ({ encode: (message, sink) => sink.bytes(message) }),
    },
    accept(session) {
      const greet = (): void => void session.send(Buffer.from(greeting));
      greet();
      if (every > 0) {
        const timer = setInterval(greet, every);
        timer.unref();
      }
      return undefined;
    },
    frames(session, batch) {
      for (const command of Buffer.concat(batch).toString().trim().split(/\s+/))
        session.send(Buffer.from(`${usual(command, session as never)}\r\n`));
    },
  }) as ReturnType<typeof serve>;
}

async function connect(port: number, options: Options): Promise<DriverBench> {
  const bench = await DriverBench.start(new Meter(options));
  bench.want('DEVICE_ADDRESS', { ADDRESS: '127.0.0.1', PORT: String(port) });
  bench.want('CONNECTION', { CONNECT: true });
  return bench;
}

const portOf = ({ address }: { address: string }): number => Number(address.split(':').at(-1));

describe('a device that greets', () => {
  for (const [what, greeting] of [
    ['a line', 'Welcome to the meter\r\n'],
    ['a prompt without a line end', 'ready> '],
    ['more than a frame may hold', `${'*'.repeat(5_000)}\r\nlogin: `],
  ] as const)
    it(`with ${what} is asked when it is silent, and its greeting is no answer`, async () => {
      await using server = await greeter(greeting);
      await using bench = await connect(portOf(server), { greeting: 50 });
      await bench.reaches('READING', 'Ok');
      assert.equal(bench.value('READING', 'VALUE'), 42);
      bench.want('SEND', { TEXT: 'hello' });
      await bench.has(() => bench.value('SEND', 'TEXT') === 're hello', 'its own answer');
    });

  it('without end is given up when the time of the handshake is over', async () => {
    await using server = await greeter('tick\r\n', 10);
    await using bench = await connect(portOf(server), { greeting: 50, handshakeTimeout: 200 });
    await bench.reaches('CONNECTION', 'Alert');
    assert.match(bench.words, /200 ms/);
  });

  it('and that is silent is asked after the same time', async () => {
    await using server = await greeter('');
    await using bench = await connect(portOf(server), { greeting: 50 });
    await bench.reaches('READING', 'Ok');
  });
});
