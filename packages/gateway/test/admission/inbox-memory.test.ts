import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { settled } from '@fairlead/testkit';
import { profileWorld, stars, talks } from '../profiles.ts';

const CROWD = 2_000;
/**
 * Bytes of the heap. A link that is not released has 10 KiB and more. A record of a refused message has some 400 bytes;
 * `refusedFramesOverAll` bounds these records.
 */
const RECORD = 1_500;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function heap(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    await settled();
    collect();
  }
  return process.memoryUsage().heapUsed;
}

test('thousands of unknown devices that come and go leave no more behind than records', async (t) => {
  const { tracker, gateway, logged, bus } = await profileWorld([stars, talks], [], { unknown: 'inbox' });
  const crowd = async (from: number) => {
    const peers = [];
    for (let n = from; n < from + CROWD; n++) {
      const peer = await tracker();
      peer.transport.write([Buffer.from(`*${n.toString(36).padStart(4, '0')},1#`)]);
      peers.push(peer);
    }
    await settled();
    for (const peer of peers) peer.transport.reset();
    await settled();
    // What the test itself remembers.
    logged.length = 0;
    bus.published.length = 0;
  };
  await crowd(0); // what is made room for once stays
  const left: number[] = [];
  for (let round = 1, before = await heap(); round <= 2; round++) {
    await crowd(round * CROWD);
    const after = await heap();
    left.push(Math.round((after - before) / CROWD));
    before = after;
  }
  assert.ok(gateway.links().every(({ state }) => state === 'closed'));
  t.diagnostic(`bytes left behind by each device: ${left}`);
  assert.ok(Math.min(...left) < RECORD, `each left ${left} bytes behind`);
});
