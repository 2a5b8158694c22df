import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coreErrors, type FairleadError } from '@fairlead/core';
import { settled } from '@fairlead/testkit';
import type { Uplink, UplinkSink } from '../../src/index.ts';
import { attributes, auth, world } from '../harness.ts';

/** A sink that keeps what it is given, and is safe when the test says so. */
class TestSink implements UplinkSink {
  readonly batches: Uplink[][] = [];
  readonly safe: ((error?: FairleadError) => void)[] = [];

  write(batch: readonly Uplink[], _refused: unknown, safe?: (error?: FairleadError) => void): boolean {
    this.batches.push([...batch]);
    if (safe !== undefined) this.safe.push(safe);
    return true;
  }

  async drained(): Promise<void> {}
}

describe('an uplink sink', () => {
  it('acknowledges once a batch; the device is answered then, or not at all', async () => {
    const sink = new TestSink();
    const device = { name: 'd', token: 'secret', profile: { id: 'p', ack: '06' } };
    const { official, bus, gateway } = await world([device], { sink });
    const peer = await (await official()).send(
      auth('secret'),
      Buffer.concat([attributes({ a: 1 }), attributes({ a: 2 })]),
    );
    assert.deepEqual(
      sink.batches.map((batch) => batch.map(({ payload, origin }) => `${payload} ${origin.seq}`)),
      [['{"a":1} 1', '{"a":2} 2']],
    );
    assert.deepEqual([peer.hex, sink.safe.length, bus.readings.length], ['', 1, 0]);
    sink.safe[0]?.();
    await settled();
    assert.equal(peer.hex, '0606');
    await peer.send(attributes({ a: 3 }));
    sink.safe[1]?.(coreErrors.error('HANDLER_FAILED', { reason: 'disk full' }));
    await settled();
    assert.equal(peer.hex, '0606');
    assert.equal(gateway.counters().refusals.get('official HANDLER_FAILED'), 1);
  });

  it('is asked for no acknowledgement where the device is owed nothing; a new session has a higher epoch', async () => {
    const sink = new TestSink();
    const { official } = await world([{ name: 'd', token: 'secret' }], { sink });
    await (await official()).send(auth('secret'), attributes({ a: 1 }));
    await (await official()).send(auth('secret'), attributes({ a: 2 }));
    assert.equal(sink.safe.length, 0);
    const [first, second] = sink.batches.flat().map(({ origin }) => origin);
    assert.ok(first !== undefined && second !== undefined && first.epoch < second.epoch);
    assert.deepEqual([first.device, first.seq, second.seq], ['d', 1, 1]);
  });

  it('sees which messages of a device have the same keys, and messages that only JSON.parse can read', async () => {
    const sink = new TestSink();
    const { official, gateway } = await world([{ name: 'd', token: 'secret' }], { sink });
    const deep = JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) as object;
    const sent = [{ a: 1 }, { b: 1 }, { a: { b: [] } }, deep, { a: 'x' }, { b: 2 }];
    await (await official()).send(auth('secret'), Buffer.concat(sent.map(attributes)), attributes([1]));
    const uplinks = sink.batches.flat();
    assert.deepEqual(
      uplinks.map(({ payload }) => JSON.parse(`${payload}`)),
      sent,
    );
    const keys = uplinks.map((each) => each.keys);
    assert.deepEqual(
      keys.map((each) => keys.indexOf(each)),
      [0, 1, 0, 3, 0, 1],
    );
    assert.equal(keys[3], undefined);
    assert.equal(gateway.counters().refusals.get('official PAYLOAD_NOT_OBJECT'), 1);
  });
});
