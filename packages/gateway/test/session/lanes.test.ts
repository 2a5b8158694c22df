import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coreErrors, type FairleadError } from '@fairlead/core';
import { settled } from '@fairlead/testkit';
import type { Uplink, UplinkSink } from '../../src/index.ts';
import { gatewayLimits } from '../../src/limits.ts';
import { attributes, auth, world } from '../harness.ts';

const { turnMessages } = gatewayLimits.values;

/** A sink that is behind from so many messages on, until the test says that they have gone. */
class SlowSink implements UplinkSink {
  readonly written: string[] = [];
  readonly safe: ((error?: FairleadError) => void)[] = [];
  readonly #mark: number;
  #waiting = 0;
  #caughtUp = Promise.withResolvers<void>();
  closed = false;

  constructor(mark: number) {
    this.#mark = mark;
  }

  get behind(): boolean {
    return this.#waiting >= this.#mark;
  }

  async caughtUp(): Promise<void> {
    if (this.behind) await this.#caughtUp.promise;
  }

  write(
    batch: readonly Uplink[],
    refused: (uplink: Uplink, error: FairleadError) => void,
    safe?: (error?: FairleadError) => void,
  ): boolean {
    for (const uplink of batch) {
      if (this.closed) refused(uplink, coreErrors.error('HANDLER_FAILED', { reason: 'closed' }));
      else this.written.push(`${uplink.device.name} ${uplink.payload}`);
    }
    this.#waiting += batch.length;
    if (safe !== undefined) this.safe.push(safe);
    return true;
  }

  async drained(): Promise<void> {}

  /** What waits has gone. */
  async empty(): Promise<void> {
    this.#waiting = 0;
    const { resolve } = this.#caughtUp;
    this.#caughtUp = Promise.withResolvers();
    resolve();
    await settled();
    await new Promise((done) => setImmediate(done));
    await settled();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.#caughtUp.reject(new Error('closed'));
    await settled();
  }
}

const numbers = (count: number, from = 0) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => attributes({ n: from + i })));
const lines = (device: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${device} {"n":${i}}`);
const many = 3 * turnMessages;

async function twoDevices(sink: SlowSink) {
  const profile = { id: 'p', ack: '06' };
  const devices = ['much', 'little'].map((name) => ({ name, token: name, profile }));
  const { official, gateway } = await world(devices, { sink });
  const [much, little] = [await official(), await official()];
  await much.send(auth('much'));
  await little.send(auth('little'));
  return { much, little, gateway };
}

describe('devices that take turns', () => {
  it('a message of one device does not wait for all that another has sent', async () => {
    const sink = new SlowSink(turnMessages);
    const { much, little } = await twoDevices(sink);
    await much.send(numbers(many));
    assert.deepEqual(sink.written, lines('much', turnMessages));
    await little.send(attributes({ n: 0 }));
    await sink.empty();
    assert.deepEqual(sink.written.slice(turnMessages), [
      ...lines('much', 2 * turnMessages).slice(turnMessages),
    ]);
    await sink.empty();
    assert.equal(sink.written[2 * turnMessages], 'little {"n":0}');
    await sink.empty();
    assert.deepEqual(
      sink.written.filter((line) => line.startsWith('much')),
      lines('much', many),
    );
  });

  it('a device that has had its turn is not read until the rest of its messages has gone; the other one is', async () => {
    const sink = new SlowSink(turnMessages);
    const { much, little, gateway } = await twoDevices(sink);
    await much.send(numbers(many));
    await much.send(attributes({ n: many }));
    const uplinks = () => gateway.counters().uplinks.get('attributes');
    assert.equal(uplinks(), many);
    await little.send(attributes({ n: 0 }));
    assert.equal(uplinks(), many + 1);
    for (let i = 0; i < 5; i++) await sink.empty();
    assert.equal(uplinks(), many + 2);
    assert.equal(sink.written.at(-1), `much {"n":${many}}`);
  });

  it('acknowledges a batch when all its pieces are safe', async () => {
    const sink = new SlowSink(turnMessages);
    const { much } = await twoDevices(sink);
    await much.send(numbers(2 * turnMessages));
    await sink.empty();
    assert.equal(sink.safe.length, 2);
    sink.safe[1]?.();
    await settled();
    assert.equal(much.hex, '');
    sink.safe[0]?.();
    await settled();
    assert.equal(much.hex, '06'.repeat(2 * turnMessages));
  });

  it('does not acknowledge a batch of which a piece was not safe', async () => {
    const sink = new SlowSink(turnMessages);
    const { much, gateway } = await twoDevices(sink);
    await much.send(numbers(2 * turnMessages));
    await sink.empty();
    sink.safe[0]?.(coreErrors.error('HANDLER_FAILED', { reason: 'lost' }));
    sink.safe[1]?.();
    await settled();
    assert.equal(much.hex, '');
    assert.equal(gateway.counters().refusals.get('official HANDLER_FAILED'), 1);
  });

  it('loses nothing when the device leaves, or the gateway ends, before its turn', async () => {
    for (const leaves of [true, false]) {
      const sink = new SlowSink(turnMessages);
      const { much, gateway } = await twoDevices(sink);
      await much.send(numbers(many));
      assert.equal(sink.written.length, turnMessages);
      if (leaves) much.transport.destroy(coreErrors.error('LINK_CLOSED'));
      else void gateway.close();
      await settled();
      assert.deepEqual(sink.written, lines('much', many));
    }
  });

  it('names what waits when the sink closes', async () => {
    const sink = new SlowSink(turnMessages);
    const { much, gateway } = await twoDevices(sink);
    await much.send(numbers(many));
    await sink.close();
    await settled();
    assert.equal(gateway.counters().refusals.get('official HANDLER_FAILED'), many - turnMessages);
  });

  it('writes all at once where the sink does not tell whether it is behind', async () => {
    const sink = new SlowSink(turnMessages);
    Object.defineProperty(sink, 'behind', { value: undefined });
    const { much } = await twoDevices(sink);
    await much.send(numbers(many));
    assert.deepEqual(sink.written, lines('much', many));
  });
});

describe('links that take turns', () => {
  it('a link with much to read rests until the other ones were read, once a turn of the event loop', async () => {
    const { official, gateway } = await world([{ name: 'd', token: 'secret' }]);
    const peer = await (await official()).send(auth('secret'));
    const { turnBytes } = gatewayLimits.values;
    const chunk = Buffer.concat([attributes({ text: 'x'.repeat(turnBytes) })]);
    let handled = 0;
    const turns: number[] = [];
    peer.transport.write([chunk]);
    peer.transport.write([chunk]);
    peer.transport.write([chunk]);
    for (let turn = 0; handled < 3 && turn < 20; turn++) {
      for (let i = 0; i < 20; i++) await Promise.resolve();
      const now = gateway.counters().uplinks.get('attributes') ?? 0;
      if (now > handled) turns.push(now - handled);
      handled = now;
      await new Promise((done) => setImmediate(done));
    }
    assert.deepEqual(turns, [1, 1, 1]);
  });
});
