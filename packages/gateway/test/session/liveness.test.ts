import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SocketTrouble } from '@fairlead/tcp';
import { type Life, lifeTransitions } from '../../src/index.ts';
import { attributes, auth, type TestDevice, type TestPeer, world } from '../harness.ts';

const lost = (retransmits: number, size = 9): SocketTrouble => ({
  unacknowledged: size,
  retransmits,
  probes: 0,
});
const probed = (probes: number): SocketTrouble => ({ unacknowledged: 0, retransmits: 0, probes });

async function pulled(devices: TestDevice[] = [{ name: 'm1', token: 't1' }]) {
  const made = await world(devices);
  const peer = await (await made.official()).send(auth('t1'));
  return { ...made, peer };
}

/** What the system says of the gateway's end of the link. */
function system(peer: TestPeer, trouble: SocketTrouble | undefined): void {
  peer.transport.peer.unanswered = trouble;
}

const statusOf = (lines: readonly string[], device: string) =>
  lines
    .filter((line) => line.startsWith(`devices/${device}/status `))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))))
    .map(({ status, state, code }) => [status, state, code].filter(Boolean).join(' '));

describe('a device that does not acknowledge what is written to it', () => {
  it('is suspect within 30 s, and dead within 75 s', async () => {
    const { peer, clock, gateway, bus } = await pulled();
    assert.deepEqual([gateway.presence('m1').state, gateway.counters().suspect], ['live', 0]);
    system(peer, lost(1));
    let seconds = 0;
    const until = async (done: () => boolean) => {
      while (!done()) {
        assert.ok(seconds++ < 1_000);
        system(peer, lost(1 + seconds));
        await clock.advance(1_000);
      }
      return seconds;
    };
    assert.ok((await until(() => gateway.presence('m1').state === 'suspect')) <= 20);
    assert.equal(gateway.presence('m1').doubt?.code, 'WRITE_UNANSWERED');
    assert.equal(gateway.counters().suspect, 1);
    assert.ok((await until(() => gateway.presence('m1').status === 'offline')) <= 70);
    assert.equal(gateway.links()[0]?.code, 'WRITE_UNANSWERED');
    assert.equal(gateway.counters().suspect, 0);
    const told = ['online live', 'online suspect WRITE_UNANSWERED', 'offline dead WRITE_UNANSWERED'];
    assert.deepEqual(statusOf(bus.lines, 'm1'), told);
  });

  it('is live again as soon as it acknowledges, and the time begins anew', async () => {
    const { peer, clock, gateway, bus } = await pulled();
    for (let round = 0; round < 3; round++) {
      system(peer, lost(4));
      await clock.advance(50_000);
      assert.equal(gateway.presence('m1').state, 'suspect');
      system(peer, undefined);
      await clock.advance(5_000);
      assert.equal(gateway.presence('m1').state, 'live');
    }
    assert.equal(gateway.presence('m1').status, 'online');
    assert.equal(statusOf(bus.lines, 'm1').length, 1 + 3 * 2);
  });

  it('is live while it acknowledges something between two looks, or sends', async () => {
    const { peer, clock, gateway } = await pulled();
    for (let i = 0; i < 30; i++) {
      system(peer, lost(i % 2 === 0 ? 2 : 1));
      await clock.advance(5_000);
    }
    assert.equal(gateway.presence('m1').state, 'live');
    for (let i = 0; i < 30; i++) {
      system(peer, lost(3));
      await peer.send(attributes({ i }));
      await clock.advance(5_000);
    }
    assert.equal(gateway.presence('m1').state, 'live');
  });

  it('takes its sub-devices along, and others stay as they are', async () => {
    const devices: TestDevice[] = [
      { name: 'm1', token: 't1', type: 'gateway' },
      { name: 's1', type: 'sub', parent: 'm1', address: 'a' },
      { name: 'm2', token: 't2' },
    ];
    const { peer, official, clock, bus, gateway } = await pulled(devices);
    await (await official()).send(auth('t2'));
    system(peer, lost(5));
    await clock.advance(80_000);
    const told = ['online live', 'online suspect WRITE_UNANSWERED', 'offline dead WRITE_UNANSWERED'];
    assert.deepEqual(statusOf(bus.lines, 's1'), told);
    assert.deepEqual(statusOf(bus.lines, 'm2'), ['online live']);
    assert.equal(gateway.presence('m2').state, 'live');
  });

  it('is suspect at once when it does not answer probes; its system closes the link', async () => {
    const { peer, clock, gateway } = await pulled();
    system(peer, probed(2));
    await clock.advance(5_000);
    assert.equal(gateway.presence('m1').doubt?.code, 'PROBE_UNANSWERED');
    for (let i = 3; i < 40; i++) {
      system(peer, probed(i));
      await clock.advance(5_000);
    }
    assert.equal(gateway.presence('m1').state, 'suspect');
  });

  it('stays suspect where its link is never to be closed', async () => {
    const made = await world([{ name: 'm1', token: 't1' }], {
      liveness: { suspect: 1_000, dead: 'off' },
    });
    const peer = await (await made.official()).send(auth('t1'));
    system(peer, lost(1));
    await made.clock.advance(600_000);
    assert.equal(made.gateway.presence('m1').state, 'suspect');
  });
});

it('a table that cannot be read is named once, and is tried again', async () => {
  let broken = true;
  const { table } = await world([]);
  const made = await world([{ name: 'm1', token: 't1' }], {
    liveness: {
      sockets: async () => {
        if (broken) throw new Error('no such table');
        return table;
      },
    },
  });
  const peer = await (await made.official()).send(auth('t1'));
  system(peer, lost(1));
  await made.clock.advance(60_000);
  assert.equal(made.logged.filter((line) => line.includes('no such table')).length, 1);
  assert.equal(made.gateway.presence('m1').state, 'live');
  broken = false;
  await made.clock.advance(20_000);
  assert.equal(made.gateway.presence('m1').state, 'suspect');
});

it('a reading that takes long is not repeated before twenty times as long', async () => {
  const { table } = await world([]);
  let readings = 0;
  const slow = Promise.withResolvers<void>();
  const made = await world([{ name: 'm1', token: 't1' }], {
    liveness: {
      sockets: async () => {
        readings++;
        await slow.promise;
        return table;
      },
    },
  });
  await (await made.official()).send(auth('t1'));
  await made.clock.advance(5_000);
  assert.equal(readings, 1);
  await made.clock.advance(60_000); // it takes a minute
  slow.resolve();
  await made.clock.advance(20 * 60_000 - 1_000);
  assert.equal(readings, 1);
  await made.clock.advance(2_000);
  assert.equal(readings, 2);
});

describe('a device that should send', () => {
  it('is suspect after one and a half heartbeats, and live with the next message', async () => {
    const profile = { id: 'p', heartbeat: 20_000 };
    const { peer, clock, gateway, bus } = await pulled([{ name: 'm1', token: 't1', profile }]);
    await clock.advance(29_000);
    assert.equal(gateway.presence('m1').state, 'live');
    await clock.advance(2_000);
    assert.equal(gateway.presence('m1').doubt?.code, 'HEARTBEAT_MISSED');
    await peer.send(attributes({ t: 1 }));
    await clock.advance(1_000);
    assert.equal(gateway.presence('m1').state, 'live');
    await clock.advance(51_000);
    const told = statusOf(bus.lines, 'm1').slice(-2);
    assert.deepEqual(told, ['online suspect HEARTBEAT_MISSED', 'offline dead IDLE_TIMEOUT']);
  });

  it('is suspect for two reasons until both are gone', async () => {
    const profile = { id: 'p', heartbeat: 40_000 };
    const { peer, clock, gateway } = await pulled([{ name: 'm1', token: 't1', profile }]);
    await clock.advance(45_000);
    system(peer, lost(1));
    await clock.advance(20_000);
    assert.equal(gateway.presence('m1').doubt?.code, 'WRITE_UNANSWERED');
    system(peer, undefined);
    await clock.advance(5_000);
    assert.equal(gateway.presence('m1').doubt?.code, 'HEARTBEAT_MISSED');
    await peer.send(attributes({ t: 1 }));
    await clock.advance(1_000);
    assert.equal(gateway.presence('m1').state, 'live');
  });
});

it('a suspect device that connects again is told as live', async () => {
  const { peer, official, clock, bus, gateway } = await pulled();
  system(peer, lost(1));
  await clock.advance(20_000);
  await (await official()).send(auth('t1'));
  assert.equal(gateway.presence('m1').state, 'live');
  assert.equal(gateway.counters().suspect, 0);
  const told = ['online live', 'online suspect WRITE_UNANSWERED', 'online live'];
  assert.deepEqual(statusOf(bus.lines, 'm1'), told);
});

it('a device that closes its link in good order is offline, not dead', async () => {
  const { peer, clock, bus } = await pulled();
  peer.transport.end();
  await clock.advance(1);
  assert.deepEqual(statusOf(bus.lines, 'm1'), ['online live', 'offline PEER_CLOSED']);
});

it('the table of states: dead is the end, and every other state has every event', () => {
  const { table } = lifeTransitions;
  assert.deepEqual(Object.keys(table.dead), []);
  for (const state of ['live', 'suspect'] satisfies Life[])
    assert.deepEqual(table[state], { doubt: 'suspect', sign: 'live', end: 'dead' });
  assert.throws(() => lifeTransitions.next('dead', 'sign'), { code: 'EVENT_IMPOSSIBLE' });
});
