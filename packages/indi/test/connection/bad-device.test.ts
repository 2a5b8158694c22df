/** What a device can do wrong, before its handshake and after: words, the right states, little memory, and life after it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseEndpoint } from '@fairlead/core';
import { type Dial, line, type Server } from '@fairlead/tcp';
import { dialTcp } from '@fairlead/tcp/internal';
import { FakeClock } from '@fairlead/testkit';
import { DriverBench } from '../../src/index.ts';
import { type Answer, device, Meter, portOf, usual } from './meter.ts';

const soon = { min: 1, max: 5 };
const noise: Answer = (_, session) => void session.forward(Buffer.alloc(4_096, 'x'));

describe('A device that is not what it should be', () => {
  const online = async (
    answer: Answer,
  ): Promise<{ bench: DriverBench; server: Server<string, string, undefined> }> => {
    const server = await device(answer);
    const bench = await DriverBench.start(new Meter({ reconnect: soon }));
    bench.want('POLLING_PERIOD', { PERIOD_MS: 10 });
    await bench.connect(portOf(server));
    await bench.reaches('READING', 'Ok');
    return { bench, server };
  };
  const back = async (bench: DriverBench): Promise<void> => {
    await bench.reaches('CONNECTION', 'Ok');
    await bench.reaches('READING', 'Ok');
  };

  it('is absent: nobody answers the connection', async () => {
    const clock = new FakeClock();
    let there = false;
    await using server = await device();
    const dial: Dial = (endpoint, options) =>
      there
        ? dialTcp(endpoint, options)
        : new Promise((_, reject) =>
            options.signal?.addEventListener('abort', () => reject(options.signal?.reason), { once: true }),
          );
    await using bench = await DriverBench.start(new Meter({ dial }), { clock });
    bench.want('DEVICE_ADDRESS', { ADDRESS: '127.0.0.1', PORT: String(portOf(server)) });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('CONNECTION', 'Busy');
    await clock.advance(4_999);
    assert.equal(bench.state('CONNECTION'), 'Busy');
    await clock.advance(1);
    await bench.reaches('CONNECTION', 'Alert');
    assert.equal(bench.value('CONNECTION', 'DISCONNECT'), true);
    assert.match(bench.words, /Failed to connect to 127.0.0.1:\d+: No connection to .* within 5000 ms/);
    there = true;
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('CONNECTION', 'Ok');
  });

  it("is absent: its name is nobody's", async () => {
    const dial: Dial = (endpoint, options) =>
      dialTcp(endpoint, {
        ...options,
        lookup: () =>
          Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })),
      });
    await using bench = await DriverBench.start(new Meter({ dial }));
    bench.want('DEVICE_ADDRESS', { ADDRESS: 'no-such-mount', PORT: '4001' });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('CONNECTION', 'Alert');
    assert.match(bench.words, /Failed to connect to no-such-mount:4001: .*no-such-mount/);
  });

  it('goes away while it is online, and refuses until it is back', async () => {
    const { bench, server } = await online(usual);
    await using _bench = bench;
    await server.close();
    await bench.reaches('CONNECTION', 'Busy');
    await bench.reaches('READING', 'Alert');
    assert.equal(bench.value('CONNECTION', 'CONNECT'), true);
    await bench.has(() => /Attempt 1: .*(Nothing listens|refused)/.test(bench.words), 'the refusal');
    const { port } = parseEndpoint(server.address) as { port: number };
    await using _again = await device(usual, `tcp://127.0.0.1:${port}`);
    await back(bench);
  });

  it('falls silent while it is online', async () => {
    let silent = false;
    const { bench, server } = await online((command, session) =>
      silent ? undefined : usual(command, session),
    );
    await using _server = server;
    await using _bench = bench;
    silent = true;
    await bench.reaches('CONNECTION', 'Busy');
    await bench.reaches('READING', 'Alert');
    assert.match(bench.words, /is lost: No answer from .* to "READ\?" within 200 ms/);
    silent = false;
    await back(bench);
  });

  for (const [what, garbage] of [
    ['no number', '\u0000\u0007#!'],
    ['not a number', 'NaN'],
    ['beyond all numbers', '1e999'],
  ] as const)
    it(`answers garbage, ${what}, while it is online: Alert, and nothing else is lost`, async () => {
      let broken = false;
      const { bench, server } = await online((command, session) =>
        broken && command === 'READ?' ? garbage : usual(command, session),
      );
      await using _server = server;
      await using _bench = bench;
      broken = true;
      await bench.reaches('READING', 'Alert');
      assert.equal(bench.value('READING', 'VALUE'), 42);
      await bench.has(() => /set VALUE of READING to/.test(bench.words), 'the reason');
      assert.equal(bench.state('CONNECTION'), 'Ok');
      broken = false;
      await bench.reaches('READING', 'Ok');
      assert.equal(server.sessions.size, 1);
    });

  it('answers garbage without an end while it is online', async () => {
    let broken = false;
    const { bench, server } = await online((command, session) =>
      broken ? noise(command, session) : usual(command, session),
    );
    await using _server = server;
    await using _bench = bench;
    broken = true;
    await bench.reaches('CONNECTION', 'Busy');
    assert.match(bench.words, /exceeds the limit of 1024/);
    broken = false;
    await back(bench);
  });

  it('drops in the middle of an answer', async () => {
    let broken = false;
    const { bench, server } = await online((command, session) => {
      if (!broken) return usual(command, session);
      session.forward(Buffer.from('4'));
      void session.close();
      return undefined;
    });
    await using _server = server;
    await using _bench = bench;
    broken = true;
    await bench.reaches('CONNECTION', 'Busy');
    assert.notEqual(bench.value('READING', 'VALUE'), 4, 'half an answer is none');
    broken = false;
    await back(bench);
    assert.equal(bench.value('READING', 'VALUE'), 42);
  });

  it('answers the handshake late, when the next attempt is under way: that one has an answer of its own', async () => {
    const late: (() => void)[] = [];
    await using server = await device((command, session) => {
      if (late.length > 0 || command !== 'ID?') return usual(command, session);
      late.push(() => session.send('METER of the first attempt'));
      return undefined;
    });
    await using bench = await DriverBench.start(new Meter());
    bench.want('DEVICE_ADDRESS', { ADDRESS: '127.0.0.1', PORT: String(portOf(server)) });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('CONNECTION', 'Alert');
    bench.want('CONNECTION', { CONNECT: true });
    for (const send of late) send();
    await back(bench);
    assert.equal(bench.value('READING', 'VALUE'), 42);
  });

  it('says what nobody asked for, without an end: little of it is kept', async () => {
    await using server = await device((command, session) => {
      if (command !== 'FLOOD') return usual(command, session);
      const lines = Buffer.from(`${'words '.repeat(150)}\n`.repeat(1_000));
      const flood = async (): Promise<void> => {
        for (let i = 0; i < 100; i++) {
          session.forward(lines);
          await session.drained();
        }
        session.send('re FLOOD');
      };
      flood().catch(() => undefined);
      return undefined;
    });
    const meter = new Meter();
    meter.polling = false;
    await using bench = await DriverBench.start(meter);
    await bench.connect(portOf(server));
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    let frames = 0;
    const answer = meter.link.request('FLOOD', {
      timeout: '20s',
      match: (frame) => {
        if (frames++ % 1_000 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
        return frame.startsWith('re ');
      },
    });
    assert.equal(await answer, 're FLOOD');
    assert.equal(frames, 100 * 1_000 + 1);
    assert.ok(most < 64 * 2 ** 20, `${most} bytes`);
    meter.polling = true;
    await back(bench);
  });

  it('says what nobody reads, in large frames: the newest megabyte of it is kept', async () => {
    const large = (n: number) => `${n} ${'x'.repeat(99_998)}`;
    await using server = await device((command, session) => {
      if (command !== 'CHATTER') return usual(command, session);
      for (let n = 10; n < 40; n++) session.send(large(n));
      return 're CHATTER';
    });
    const meter = new Meter({ codec: line({ max: '128KiB' }) });
    meter.polling = false;
    await using bench = await DriverBench.start(meter);
    await bench.connect(portOf(server));
    const { link } = meter;
    assert.equal(await link.request('CHATTER', { match: (frame) => frame.startsWith('re ') }), 're CHATTER');
    const kept: string[] = [];
    for (let n = 0; n < 10; n++) kept.push(await link.receive({ timeout: '1s' }));
    assert.deepEqual(
      kept.map((frame) => frame.slice(0, 2)),
      ['30', '31', '32', '33', '34', '35', '36', '37', '38', '39'],
    );
    await assert.rejects(link.receive({ timeout: '20ms' }), { code: 'REPLY_TIMEOUT' });
  });
});
