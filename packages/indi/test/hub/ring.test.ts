/** Servers that are chained to each other, without naming devices. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, freePort } from '@fairlead/testkit';
import type { Hub } from '../../src/index.ts';
import { echo, fixture, hubOf, RawClient, recorder } from './world.ts';

/** Resolves when nothing goes round any more: no client of any hub has sent or got a byte for a while. */
async function quiet(...hubs: Hub[]): Promise<void> {
  const total = () =>
    hubs.flatMap((hub) => hub.clients()).reduce((sum, { bytesIn, bytesOut }) => sum + bytesIn + bytesOut, 0);
  let last = -1;
  let same = 0;
  await eventually(() => {
    same = total() === last ? same + 1 : 0;
    last = total();
    return same >= 10;
  }, 'nothing goes round');
}

const running = (...hubs: Hub[]) =>
  eventually(
    () => hubs.flatMap((hub) => hub.drivers()).every(({ state }) => state === 'running'),
    'all chains stand',
  );

/** A ring of hubs, each chained bare to the next, each with a driver of its own. */
async function ring(devices: readonly string[]) {
  const log = recorder();
  const parts = new AsyncDisposableStack();
  const ports = await Promise.all(devices.map(() => freePort()));
  const hubs: Hub[] = [];
  for (const [i, device] of devices.entries()) {
    const next = ports[(i + 1) % ports.length];
    const options = {
      listen: `127.0.0.1:${ports[i]}`,
      run: { own: fixture(device) },
      chain: [`@127.0.0.1:${next}`],
      log,
    };
    hubs.push(parts.use(await hubOf(options)));
  }
  await running(...hubs);
  // Each has been asked once the ring stands: by then it knows.
  for (const hub of hubs) {
    using client = new RawClient(hub.address as string);
    await client.greet();
    for (const device of devices) await client.sees(`<defBLOBVector device="${device}"`);
  }
  return { hubs, log, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

describe('servers chained to each other without naming devices', () => {
  for (const devices of [['Alpha'], ['Alpha', 'Beta'], ['Alpha', 'Beta', 'Gamma']])
    it(`${devices.length} in a ring: all devices everywhere, and nothing goes round`, async () => {
      await using world = await ring(devices);
      for (const hub of world.hubs) {
        using client = new RawClient(hub.address as string);
        client.send('<getProperties version="1.7"/>');
        for (const device of devices) {
          await client.sees(`<defBLOBVector device="${device}"`);
          await client.roundTrip(device);
        }
        await quiet(...world.hubs);
        const before = client.bytes;
        client.send('<getProperties version="1.7"/><getProperties version="1.7" device="Nobody"/>');
        await quiet(...world.hubs);
        assert.ok(client.bytes - before < 20_000, `${client.bytes - before} bytes for one question`);
      }
    });

  it('is told in words, once, in the log and in the state of the chain', async () => {
    await using world = await ring(['Alpha', 'Beta']);
    const warned = () => world.log.lines.filter(({ fields }) => fields.code === 'CHAIN_LOOP');
    await eventually(() => warned().length === 2, 'both hubs tell');
    const [hub] = world.hubs as [Hub];
    const chain = hub.drivers()[1];
    assert.equal(chain?.warning?.code, 'CHAIN_LOOP');
    assert.match(chain?.warning?.message ?? '', /^The server @127.* is chained to this one too\.$/);
    using client = await new RawClient(hub.address as string).greet('<defBLOBVector device="Beta"');
    await client.roundTrip('Beta');
    assert.equal(warned().length, 2);
  });

  it('one that is chained to itself says so', async () => {
    await using world = await ring(['Alpha']);
    await eventually(() => world.hubs[0]?.drivers()[1]?.warning !== undefined, 'it tells');
    assert.match(world.hubs[0]?.drivers()[1]?.warning?.message ?? '', /is this server itself/);
  });

  it('three say that the ring leads back to them over others', async () => {
    await using world = await ring(['Alpha', 'Beta', 'Gamma']);
    await eventually(() => world.hubs.every((hub) => hub.drivers()[1]?.warning !== undefined), 'all tell');
    assert.match(world.hubs[0]?.drivers()[1]?.warning?.message ?? '', /leads back to this one over others/);
  });

  it('a driver that snoops on what nobody serves starts no round', async () => {
    await using world = await ring(['Alpha', 'Beta', 'Gamma']);
    const [hub] = world.hubs as [Hub];
    using client = await new RawClient(hub.address as string).greet('<defBLOBVector device="Alpha"');
    client.send(echo('Alpha', '<getProperties version="1.7" device="Nobody"/>'));
    await client.roundTrip('Alpha');
    await quiet(...world.hubs);
  });

  it('a request for BLOBs ends with the client that had it', async () => {
    await using world = await ring(['Alpha', 'Beta']);
    const [a, b] = world.hubs as [Hub, Hub];
    using near = await new RawClient(b.address as string).greet('<defBLOBVector device="Beta"');
    {
      using far = await new RawClient(a.address as string).greet();
      await far.sees('<defBLOBVector device="Beta"');
      far.send('<enableBLOB device="Beta">Also</enableBLOB><pingRequest uid="1"/>');
      await far.sees('<pingReply');
      near.send(echo('Beta', picture));
      await far.sees('</setBLOBVector>');
    }
    await eventually(() => a.clients().length === 1, 'it left');
    await quiet(a, b);
    const bytes = () => b.clients().map(({ bytesOut }) => bytesOut);
    const before = bytes();
    near.send(echo('Beta', picture));
    await near.roundTrip('Beta');
    await quiet(a, b);
    const after = bytes();
    // What the test asks for goes to the other server as an echo, and holds the picture once.
    assert.ok(
      after.every((sent, i) => sent - (before[i] ?? 0) < 1.5 * picture.length),
      `${before} ${after}`,
    );
  });

  it('a device that goes is gone everywhere', async () => {
    await using world = await ring(['Alpha', 'Beta', 'Gamma']);
    const [a, , c] = world.hubs as [Hub, Hub, Hub];
    using client = await new RawClient(a.address as string).greet();
    await client.sees('<defBLOBVector device="Gamma"');
    await client.roundTrip('Gamma');
    using at = await new RawClient(c.address as string).greet('<defBLOBVector device="Gamma"');
    await quiet(...world.hubs); // a driver that is asked once more would define it once more
    at.send(echo('Gamma', '<delProperty device="Gamma"/>'));
    await client.sees('<delProperty device="Gamma"');
    await quiet(...world.hubs);
    for (const hub of world.hubs)
      assert.ok(
        !hub.drivers().some(({ devices }) => devices.includes('Gamma')),
        'nobody says that it is there',
      );
  });
});

const base64 = 'AAAA'.repeat(4_000);
const picture =
  '<setBLOBVector device="Beta" name="PICTURE"><oneBLOB name="IMAGE" size="12000" format=".x">' +
  `${base64}</oneBLOB></setBLOBVector>`;
