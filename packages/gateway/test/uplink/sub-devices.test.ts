import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settled } from '@fairlead/testkit';
import { type Device, gatewayLimits, type UnknownDevice } from '../../src/index.ts';
import { attributes, auth, world } from '../harness.ts';
import { bytes, deviceOf, profileWorld, talks } from '../profiles.ts';

/** A script whose frames say `ADDRESS VALUE`. */
const script = {
  identify: (frame: Buffer) =>
    `${frame}`.startsWith('LOGIN') ? { id: `${frame}`.slice(6), consumed: true } : undefined,
  uplink: (frame: Buffer) => {
    const [device, value] = `${frame}`.split(' ');
    return {
      messages: [{ kind: 'attributes', json: `{"v":${value}}`, device } as const],
      replies: [bytes('.')],
    };
  },
};

async function gatewayWorld(fields: Partial<Device>, options = {}) {
  const device = deviceOf(talks, 'gw', { type: 'gateway', identity: 'GW', ...fields });
  const made = await profileWorld([talks], [device], {}, options);
  made.scripts.sources.talks = script;
  made.put({ name: 'sub-1', type: 'sub', parent: 'gw', address: 'A1' });
  const peer = await (await made.tracker()).send('LOGIN GW\n');
  return { ...made, peer };
}

describe('a message whose script names its device', () => {
  it('is of the sub-device with that address, or of the gateway device itself', async () => {
    const { peer, bus, gateway } = await gatewayWorld({});
    await peer.send('A1 1\nGW 2\nA2 3\n');
    assert.deepEqual(bus.readings, ['devices/sub-1/attributes {"v":1}', 'devices/gw/attributes {"v":2}']);
    assert.deepEqual(gateway.links()[0]?.refusals, { SUBDEVICE_UNKNOWN: 1 });
    assert.deepEqual(gateway.inbox(), []);
  });

  it('is refused where the device is no gateway and another is named', async () => {
    const { peer, bus, gateway } = await gatewayWorld({ type: 'standard' });
    await peer.send('A1 1\nGW 2\n');
    assert.deepEqual(bus.readings, ['devices/gw/attributes {"v":2}']);
    assert.deepEqual(gateway.links()[0]?.refusals, { IDENTITY_CHANGED: 1 });
  });
});

describe('sub-devices that nobody registered', () => {
  it('enter the inbox where their gateway device allows it, and leave it when they are registered', async () => {
    const { peer, bus, gateway, put } = await gatewayWorld({ unknownSubDevices: 'inbox' });
    await peer.send('A2 1\nA2 2\n');
    const [entry] = gateway.inbox();
    assert.deepEqual(
      [entry?.parent, entry?.identity, entry?.count, entry?.connected, entry?.frames],
      ['gw', 'A2', 2, false, [Buffer.from('{"v":1}').toString('hex')]],
    );
    put({ name: 'sub-2', type: 'sub', parent: 'gw', address: 'A2' });
    assert.equal(gateway.registered('sub-2'), false);
    assert.deepEqual(gateway.inbox(), []);
    await peer.send('A2 3\n');
    assert.deepEqual(bus.readings, ['devices/sub-2/attributes {"v":3}']);
  });

  it('of one message enter it up to a bound, with an address that can be shown', async () => {
    const device = { name: 'gw', token: 'tok', type: 'gateway', unknownSubDevices: 'inbox' } as const;
    const { official, gateway } = await world([device]);
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`a${i}`, {}]));
    await (await official()).send(auth('tok'), attributes({ 'two words': {}, ...many }));
    assert.equal(gateway.inbox().length, gatewayLimits.values.inboxMentions - 1);
  });

  it('are created where their gateway device allows that, once', async () => {
    const asked: UnknownDevice[] = [];
    const create = async (unknown: UnknownDevice): Promise<Device> => {
      asked.push(unknown);
      await settled();
      const { identity, parent } = unknown;
      put({ name: identity, type: 'sub', parent, address: identity });
      return made.known.get(identity) as Device;
    };
    const made = await gatewayWorld({ unknownSubDevices: 'create' }, { create });
    const { peer, bus, put } = made;
    await peer.send('A2 1\nA2 2\n');
    await settled();
    await peer.send('A2 3\n');
    assert.deepEqual(
      asked.map(({ parent, identity }) => [parent, identity]),
      [['gw', 'A2']],
    );
    assert.deepEqual(bus.readings, ['devices/A2/attributes {"v":3}']);
  });
});

it('very many unknown sub-devices in one message are counted, and few are named', async () => {
  const { official, gateway, bus } = await world([
    { name: 'hub', token: 'hub', type: 'gateway' },
    { name: 'sub', type: 'sub', parent: 'hub', address: 'known' },
  ]);
  const peer = await (await official()).send(auth('hub'));
  const names = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`s${i}`, { v: 1 }]));
  await peer.send(attributes({ ...names, known: { v: 2 }, wrong: 1 }));
  assert.deepEqual(gateway.links()[0]?.refusals, { SUBDEVICE_UNKNOWN: 10_001 });
  assert.deepEqual(bus.readings, ['devices/sub/attributes {"v":2}']);
});
