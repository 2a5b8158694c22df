/** What outside clients send takes time in proportion to its length. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { embeddedBroker } from '@fairlead/bus';
import { assertLinear } from '@fairlead/testkit';
import { FilterTree } from '../../src/embedded/filters.ts';
import { Grants } from '../../src/embedded/grants.ts';
import { RetainedStore } from '../../src/embedded/retained.ts';
import { recordingLog } from '../recording-log.ts';
import { PINGREQ, publishPacket, RawClient, subscribePacket, unsubscribePacket } from './raw-client.ts';

const bus = await embeddedBroker({ listen: '127.0.0.1:0' });
after(() => bus.close());
const port = bus.port as number;
const filters = (count: number, shape = (i: number) => i.toString(36)) =>
  Array.from({ length: count }, (_, i) => shape(i));
const unlimited = { subscriptions: 2 ** 32, clientBytes: 2 ** 32, totalBytes: 2 ** 32 };
let clients = 0;

/** Connects a client, sends the bytes, and waits for an answer of so many bytes besides the CONNACK. */
async function exchange(bytes: Buffer, answer: number): Promise<void> {
  const client = await RawClient.connect(port, `g${++clients}`);
  client.write(bytes);
  await client.received(4 + answer);
  assert.equal(client.closed, false);
  client.socket.destroy();
}

test('one SUBSCRIBE with many filters does not stop the event loop', () =>
  assertLinear(
    5_000,
    (size) => ({ size, bytes: subscribePacket(filters(size)) }),
    ({ bytes, size }) => exchange(bytes, size),
  ));

test('a SUBSCRIBE or UNSUBSCRIBE with more filters than 64 KiB hold ends the connection', async () => {
  const log = recordingLog();
  await using own = await embeddedBroker({ listen: '127.0.0.1:0', log });
  for (const make of [subscribePacket, unsubscribePacket]) {
    const client = await RawClient.connect(own.port as number, 'large');
    client.write(make(filters(17_400)));
    await client.ended();
  }
  assert.deepEqual(log.codes, ['BUS_PACKET_TOO_LARGE', 'BUS_PACKET_TOO_LARGE']);
});

test('one more subscription takes no longer when a client has many', () =>
  assertLinear(
    500,
    (size) => ({ wanted: filters(size), grants: new Grants(unlimited, { bytes: 0 }) }),
    ({ wanted, grants }) => {
      for (let round = 0; round < 2; round++) {
        for (const filter of wanted) grants.grant(filter, 0);
        for (const filter of wanted) grants.revoke(filter);
      }
    },
  ));

test('one UNSUBSCRIBE with many filters does not stop the event loop', () =>
  assertLinear(
    5_000,
    (size) => unsubscribePacket(filters(size)),
    (bytes) => exchange(bytes, 4),
  ));

test('many packets with one filter each take no longer than they should', () =>
  assertLinear(
    100,
    (size) => ({
      size,
      bytes: Buffer.concat(
        filters(size, (i) => `a/${i}`).flatMap((filter) => [
          subscribePacket([filter]),
          unsubscribePacket([filter]),
        ]),
      ),
    }),
    ({ bytes, size }) => exchange(bytes, size * 9),
  ));

test('many small packets in one piece take no longer than they should', async () => {
  await assertLinear(
    8_000,
    (size) => ({ size, bytes: Buffer.concat(filters(size).map(() => PINGREQ)) }),
    ({ bytes, size }) => exchange(bytes, 2 * size),
  );
  await assertLinear(
    4_000,
    (size) => Buffer.concat([...filters(size).map(() => publishPacket('devices/a/set', '')), PINGREQ]),
    (bytes) => exchange(bytes, 2),
  );
});

test('the search for retained messages takes the time for the topics, whatever the number of filters', () =>
  assertLinear(
    // Twice as many are still searched in one turn of the event loop.
    120,
    (size) => {
      const store = new RetainedStore({ messages: 100_000, bytes: 2 ** 24 });
      for (let i = 0; i < size; i++) store.set(`devices/${i}/status`, 'x', 0);
      // Exact ones, ones that match, and ones that match nothing.
      return {
        store,
        wanted: filters(
          4 * size,
          (i) => [`devices/${i}/status`, `devices/${i}/+`, `+/+/${i}`][i % 3] as string,
        ),
      };
    },
    async ({ store, wanted }) => {
      await Array.fromAsync(store.matching(wanted));
    },
  ));

test('a topic is looked up by its levels, not by the filters, and filters cost by their length', async () => {
  await assertLinear(
    300,
    (size) => {
      const tree = new FilterTree<number>();
      for (const filter of filters(size, (i) => `${i}/+/#`)) tree.set(filter, 1);
      return { tree, topics: filters(size, (i) => `${i}/a/b`) };
    },
    ({ tree, topics }) => {
      for (let round = 0; round < 4; round++) for (const topic of topics) tree.matching(topic);
    },
  );
  await assertLinear(
    500,
    (size) => filters(size, () => '+').join('/'),
    (filter) => {
      const topic = filter.replaceAll('+', 'a');
      for (let round = 0; round < 4; round++) {
        const tree = new FilterTree<number>();
        tree.set(filter, 1);
        tree.matching(topic);
        tree.delete(filter);
      }
    },
  );
});
