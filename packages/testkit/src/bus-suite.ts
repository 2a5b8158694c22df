/** Tests that every bus adapter must pass. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { eventually } from './eventually.ts';

type Subscribe = (
  filter: string,
  handler: (topic: string, payload: Buffer, delivery: SuiteDelivery) => void,
) => Promise<{ close(): Promise<void> }>;

/** The interface of a bus that the suite uses. Every adapter implements it structurally. */
export interface SuiteBus extends AsyncDisposable {
  readonly state: string;
  readonly carriesProperties: boolean;
  ready(signal?: AbortSignal): Promise<void>;
  publish(batch: readonly SuiteMessage[]): boolean;
  readonly behind?: boolean;
  caughtUp?(signal?: AbortSignal): Promise<void>;
  drained(signal?: AbortSignal): Promise<void>;
  flushed(signal?: AbortSignal): Promise<void>;
  subscribe: Subscribe;
  stats(): {
    readonly published: number;
    readonly received: number;
    readonly dropped: number;
    readonly queuedMessages: number;
    readonly queuedBytes: number;
  };
  close(): Promise<void>;
}

export interface SuiteMessage {
  readonly topic: string;
  readonly payload: Uint8Array | string;
  readonly retain?: boolean;
  readonly properties?: Readonly<Record<string, string>> | undefined;
  readonly expiry?: number | undefined;
  readonly correlation?: Uint8Array | undefined;
}

export interface SuiteDelivery {
  readonly properties?: Readonly<Record<string, string>>;
  readonly expiry?: number;
  readonly correlation?: Uint8Array;
}

export interface LastingSide extends AsyncDisposable {
  /** Ends the other side, and starts it again. */
  restart(): Promise<void>;
  /** The payloads on the topic `lasting` that it has, as text, some perhaps twice. */
  kept(): Promise<Iterable<string>>;
}

/** The environment of one test: a new bus, and how to stop its resources. */
export interface SuiteBusSetup {
  /** With a high-water mark of 64 KiB, a queue of 1 MiB, and payloads of up to 64 KiB. */
  readonly bus: SuiteBus;
  /** Of a bus that only sends: how the suite sees what arrived. Filters have no wildcard except one `#` or `+` at the end. */
  readonly arrivals?: Subscribe;
  /** Of a bus that delivers at least once to something that keeps it over a restart. */
  readonly lasting?: (() => Promise<LastingSide>) | undefined;
  readonly end?: () => Promise<void>;
}

/**
 * Declares the tests of a bus adapter.
 * @param open creates a bus for one test; to skip the test, `open` calls `t.skip()` and returns undefined
 */
export function busSuite(name: string, open: (t: TestContext) => Promise<SuiteBusSetup | undefined>): void {
  const check = (title: string, body: (bus: SuiteBus, setup: SuiteBusSetup) => Promise<void>) =>
    test(title, async (t) => {
      const setup = await open(t);
      if (setup === undefined) return;
      try {
        await setup.bus.ready(AbortSignal.timeout(10_000));
        await body(setup.bus, setup);
      } finally {
        await setup.bus.close();
        await setup.end?.();
      }
    });

  /** For a bus that receives. */
  const subscribing = (title: string, body: (bus: SuiteBus) => Promise<void>) =>
    check(title, async (bus, { arrivals }) => {
      if (arrivals === undefined) await body(bus);
    });

  describe(`bus suite: ${name}`, () => {
    check(
      'delivers every message once and in order, also of successive batches',
      async (bus, { arrivals }) => {
        const got: string[] = [];
        await (arrivals ?? bus.subscribe.bind(bus))('a/+', (topic, payload) =>
          got.push(`${topic} ${payload}`),
        );
        const expected: string[] = [];
        for (let n = 0; n < 2_000; ) {
          const batch: SuiteMessage[] = [];
          for (let i = 0; i <= n % 7; i++, n++) {
            batch.push({ topic: `a/${n % 3}`, payload: `message ${n}`, retain: n % 5 === 0 });
            expected.push(`a/${n % 3} message ${n}`);
          }
          if (!bus.publish(batch)) await bus.drained();
        }
        await eventually(() => got.length >= expected.length, 'all messages came');
        assert.deepEqual(got, expected);
      },
    );

    check('says whether more waits than leaves within milliseconds, and when that has left', async (bus) => {
      if (bus.behind === undefined) return;
      assert.equal(bus.behind, false);
      await bus.caughtUp?.();
      const message = { topic: 'behind', payload: Buffer.alloc(200, 'x') };
      bus.publish(Array.from({ length: 1_000 }, () => message));
      assert.equal(bus.behind, true);
      await bus.caughtUp?.(AbortSignal.timeout(10_000));
      assert.equal(bus.behind, false);
      bus.publish(Array.from({ length: 1_000 }, () => message));
      const waiting = assert.rejects(
        async () => bus.caughtUp?.(),
        (error) => isFairleadError(error, 'BUS_CLOSED'),
      );
      const closed = bus.close();
      await Promise.all([waiting, closed]);
    });

    check('does not change bytes and text, also empty and large ones', async (bus, { arrivals }) => {
      const payloads = [
        Buffer.alloc(0),
        '',
        'Grüße, 東京, 🛰',
        Uint8Array.of(0, 255, 10, 13),
        new Uint8Array(65_536).fill(7),
        ...[1, 23, 24, 25, 100, 110, 120, 127, 128, 16_000, 16_384].map((size) => Buffer.alloc(size, size)),
      ];
      const got: Buffer[] = [];
      await (arrivals ?? bus.subscribe.bind(bus))('bytes/Ü', (_topic, payload) =>
        got.push(Buffer.from(payload)),
      );
      for (const payload of payloads) if (!bus.publish([{ topic: 'bytes/Ü', payload }])) await bus.drained();
      await eventually(() => got.length === payloads.length, 'all payloads came');
      payloads.forEach((payload, i) => {
        assert.deepEqual(got[i], Buffer.from(payload as string), `payload ${i}`);
      });
    });

    check('carries properties, expiry and correlation, or leaves them out', async (bus, { arrivals }) => {
      const sent: SuiteMessage[] = [
        { topic: 'extras', payload: '0' },
        { topic: 'extras', payload: '1', properties: { device: 'pump', time: 'Grüße, 東京' } },
        { topic: 'extras', payload: '2', expiry: 60_000, correlation: Uint8Array.of(0, 255, 10) },
        { topic: 'extras', payload: '3', properties: { 'A-b_1': '' }, expiry: 3_600_000 },
      ];
      const got: SuiteDelivery[] = [];
      await (arrivals ?? bus.subscribe.bind(bus))('extras', (_topic, _payload, delivery) =>
        got.push(delivery),
      );
      bus.publish(sent);
      await eventually(() => got.length === sent.length, 'all messages came');
      if (!bus.carriesProperties && got.every((delivery) => Object.keys(delivery).length === 0)) return;
      for (const [i, { properties, expiry, correlation }] of sent.entries()) {
        const delivery = got[i] as SuiteDelivery;
        assert.deepEqual(delivery.properties && { ...delivery.properties }, properties, `properties of ${i}`);
        assert.deepEqual(
          delivery.correlation && Buffer.from(delivery.correlation),
          correlation && Buffer.from(correlation),
        );
        if (expiry === undefined) assert.equal(delivery.expiry, undefined);
        else if (delivery.expiry !== undefined)
          assert.ok(delivery.expiry <= expiry && delivery.expiry > expiry - 30_000, `expiry of ${i}`);
      }
      const flawed = { topic: 'extras', payload: '', properties: { 'no name': '' } };
      assert.throws(() => bus.publish([flawed]), code('BUS_PROPERTY_INVALID'));
    });

    subscribing('calls every handler whose filter matches, and no other', async (bus) => {
      const calls = { exact: 0, one: 0, rest: 0, all: 0, other: 0, longer: 0 };
      await bus.subscribe('devices/x/set', () => calls.exact++);
      await bus.subscribe('devices/+/set', () => calls.one++);
      await bus.subscribe('devices/#', () => calls.rest++);
      await bus.subscribe('#', () => calls.all++);
      await bus.subscribe('devices/+', () => calls.other++);
      await bus.subscribe('devices/x/set/#', () => calls.longer++);
      bus.publish([{ topic: 'devices/x/set', payload: '1' }]);
      await bus.flushed(AbortSignal.timeout(5_000));
      await eventually(() => calls.all === 1 && calls.longer === 1, 'the handlers were called');
      assert.deepEqual(calls, { exact: 1, one: 1, rest: 1, all: 1, other: 0, longer: 1 });
    });

    subscribing('distinguishes handlers of one filter, and calls none after its close', async (bus) => {
      const calls = { first: 0, second: 0, last: 0 };
      const first = await bus.subscribe('t', () => calls.first++);
      const second = await bus.subscribe('t', () => calls.second++);
      bus.publish([{ topic: 't', payload: '' }]);
      await eventually(() => calls.first === 1 && calls.second === 1, 'both were called');
      await first.close();
      await first.close();
      bus.publish([{ topic: 't', payload: '' }]);
      await eventually(() => calls.second === 2, 'the second was called again');
      await second.close();
      await bus.subscribe('last', () => calls.last++);
      bus.publish([
        { topic: 't', payload: '' },
        { topic: 'last', payload: '' },
      ]);
      await eventually(() => calls.last === 1, 'the last message arrived');
      assert.deepEqual(calls, { first: 1, second: 2, last: 1 });
      const again = await bus.subscribe('t', () => calls.first++);
      bus.publish([{ topic: 't', payload: '' }]);
      await eventually(() => calls.first === 2, 'a filter can be used again');
      await again.close();
    });

    subscribing('does not deliver messages that were retained before the subscription', async (bus) => {
      bus.publish([{ topic: 'kept', payload: 'old', retain: true }]);
      await bus.flushed(AbortSignal.timeout(5_000));
      const got: string[] = [];
      await bus.subscribe('kept', (_topic, payload) => got.push(String(payload)));
      bus.publish([{ topic: 'kept', payload: 'new', retain: true }]);
      await eventually(() => got.length > 0, 'the new message arrived');
      assert.deepEqual(got, ['new']);
    });

    check('publishes nothing of a batch in which one message is not allowed', async (bus, { arrivals }) => {
      const got: string[] = [];
      await (arrivals ?? bus.subscribe.bind(bus))('#', (topic) => got.push(topic));
      const good = { topic: 'good', payload: 'x'.repeat(30_000) };
      const bad = ['', 'a/+', '#', 'nul\0', 'lone \ud800', `${'x'.repeat(65_536)}`, 'a/'.repeat(100)];
      for (const topic of bad)
        assert.throws(
          () => bus.publish([good, good, good, { topic, payload: '' }]),
          code('BUS_TOPIC_INVALID'),
          topic.slice(0, 9),
        );
      assert.throws(
        () => bus.publish([good, { topic: 'large', payload: Buffer.alloc(65_537) }]),
        code('BUS_PAYLOAD_TOO_LARGE'),
      );
      const most = Array.from({ length: 40 }, () => good);
      assert.throws(() => bus.publish(most), code('BUS_QUEUE_FULL'));
      assert.equal(bus.stats().published, 0);
      bus.publish([{ topic: 'after', payload: '' }]);
      await eventually(() => got.length > 0, 'the bus continues');
      assert.deepEqual(got, ['after']);
    });

    subscribing('refuses invalid filters', async (bus) => {
      for (const filter of ['', 'a+', 'a/#/b', 'a#', '$share/g t/a', '$share/g', 'nul\0'])
        await assert.rejects(
          bus.subscribe(filter, () => {}),
          code('BUS_FILTER_INVALID'),
          filter,
        );
    });

    check('delivers at least once through restarts of the other side', async (bus, setup) => {
      if (setup.lasting === undefined) return;
      await using lasting = await setup.lasting();
      let next = 0;
      for (let life = 0; life < 3; life++) {
        for (let i = 0; i < 200; i++) bus.publish([{ topic: 'lasting', payload: String(next++) }]);
        await eventually(() => bus.stats().queuedMessages < 150, 'some are confirmed');
        await lasting.restart();
        await bus.ready(AbortSignal.timeout(10_000));
      }
      await bus.flushed(AbortSignal.timeout(10_000));
      const missing = async () => {
        const kept = new Set(await lasting.kept());
        return Array.from({ length: next }, (_, n) => String(n)).filter((n) => !kept.has(n));
      };
      await eventually(async () => (await missing()).length === 0, 'every message arrived');
      assert.equal(bus.stats().dropped, 0);
    });

    subscribing('continues when a handler throws', async (bus) => {
      let calls = 0;
      await bus.subscribe('t', () => {
        throw new Error('a defect of the subscriber');
      });
      await bus.subscribe('t', () => calls++);
      bus.publish([
        { topic: 't', payload: '' },
        { topic: 't', payload: '' },
      ]);
      await eventually(() => calls === 2, 'the other handler was called');
    });

    check(
      'publish() returns false under load, and drained() resolves when there is room again',
      async (bus, { arrivals }) => {
        let got = 0;
        let held = 0;
        await (arrivals ?? bus.subscribe.bind(bus))('flood', () => got++);
        const batch = Array.from({ length: 100 }, () => ({ topic: 'flood', payload: Buffer.alloc(100) }));
        for (let n = 0; n < 100; n++) {
          if (bus.publish(batch)) continue;
          held++;
          assert.ok(bus.stats().queuedBytes <= 2 ** 17, `${bus.stats().queuedBytes} bytes are queued`);
          await bus.drained(AbortSignal.timeout(5_000));
        }
        assert.ok(held > 0, 'publish() returned false at least once');
        await eventually(() => got === 10_000, 'every message came');
        await bus.flushed(AbortSignal.timeout(5_000));
        const { published, received, dropped, queuedMessages, queuedBytes } = bus.stats();
        assert.deepEqual(
          { published, received, dropped, queuedMessages, queuedBytes },
          {
            published: 10_000,
            received: arrivals === undefined ? 10_000 : 0,
            dropped: 0,
            queuedMessages: 0,
            queuedBytes: 0,
          },
        );
      },
    );

    check('ends a wait when its signal fires', async (bus) => {
      bus.publish([{ topic: 't', payload: '' }]);
      await assert.rejects(bus.flushed(AbortSignal.abort()), code('ABORTED'));
      await bus.flushed();
      await bus.flushed();
      await bus.drained();
      await bus.ready();
    });

    check('sends waiting messages when it closes, and accepts none afterwards', async (bus) => {
      const { publish } = bus;
      bus.publish([{ topic: 't', payload: 'last' }]);
      const closing = bus.close();
      assert.throws(() => publish.call(bus, [{ topic: 't', payload: '' }]), code('BUS_CLOSED'));
      await closing;
      await bus.close();
      await bus[Symbol.asyncDispose]();
      assert.equal(bus.state, 'closed');
      assert.equal(bus.stats().queuedMessages, 0);
      await assert.rejects(
        bus.subscribe('t', () => {}),
        code('BUS_CLOSED'),
      );
      for (const wait of [bus.drained(), bus.flushed(), bus.ready()])
        await assert.rejects(wait, code('BUS_CLOSED'));
    });
  });
}

function code(expected: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isFairleadError(error, expected), `expected ${expected}, got ${String(error)}`);
    return true;
  };
}
