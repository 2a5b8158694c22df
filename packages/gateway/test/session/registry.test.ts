import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock, registrySuite, settled } from '@fairlead/testkit';
import { type Device, MemoryRegistry, type SharedSessions } from '../../src/index.ts';
import { Claims } from '../../src/session/claims.ts';
import { auth, world } from '../harness.ts';

registrySuite('in memory', async () => {
  const shared: SharedSessions = new Map();
  const [a, b] = ['a', 'b'].map((node) => new MemoryRegistry({ node, shared }));
  return { a: a as MemoryRegistry, b: b as MemoryRegistry };
});

const never = new AbortController().signal;

describe('epochs in memory', () => {
  it('go on from the wall clock, so that a restart does not repeat them', async () => {
    const clock = new FakeClock();
    const before = await new MemoryRegistry({ clock }).claim({ id: 'd' } as Device, 1, never);
    await clock.advance(1_000);
    const after = await new MemoryRegistry({ clock }).claim({ id: 'd' } as Device, 1, never);
    assert.ok(after.epoch > before.epoch);
  });
});

describe('claims', () => {
  it('remember a loss that arrives while the claim is under way', async () => {
    const device = { id: 'd' } as Device;
    let lose: (id: string, epoch: number) => void = () => {};
    const claimed = Promise.withResolvers<{ epoch: number }>();
    const claims = new Claims({
      claim: () => claimed.promise,
      release: () => {},
      owner: async () => undefined,
      onLost: (lost) => {
        lose = lost;
      },
    });
    const claim = claims.claim(device, 1, never, (epoch, lost) => `${epoch} ${lost}`);
    lose('d', 7);
    claimed.resolve({ epoch: 7 });
    assert.equal(await claim, '7 true');
    assert.equal(await claims.claim(device, 1, never, (epoch, lost) => `${epoch} ${lost}`), '7 false');
  });
});

describe('two gateways with one registry', () => {
  const device = { name: 'd', token: 'secret' };

  it('hold a device once: the newer link wins, also where both come at the same time', async () => {
    const shared: SharedSessions = new Map();
    const open = (node: string) => world([device], { registry: new MemoryRegistry({ node, shared }) });
    const [a, b] = [await open('a'), await open('b')];
    const first = await (await a.official()).send(auth('secret'));
    const second = await (await b.official()).send(auth('secret'));
    assert.deepEqual([first.closed, second.closed], [true, false]);
    assert.equal(a.gateway.links()[0]?.code, 'SESSION_REPLACED');
    const both = await Promise.all([a.official(), b.official()]);
    await Promise.all(both.map((peer) => peer.send(auth('secret'))));
    await settled();
    const online = [a, b].filter(({ gateway }) => gateway.presence('d').status === 'online');
    assert.equal(online.length, 1);
    assert.equal(both.filter(({ closed }) => closed).length, 1);
    for (const { gateway } of [a, b]) await gateway.close();
    assert.equal(shared.size, 0);
  });
});

describe('a source of downlinks', () => {
  it('has the session attached while it lives, with its epoch', async () => {
    const attached: string[] = [];
    const delivered: Promise<unknown>[] = [];
    const { official, gateway } = await world([{ name: 'd', token: 'secret' }], {
      downlinkSources: [
        {
          attach: (session) => {
            const { device, epoch } = session;
            attached.push(`+${device.name}`);
            assert.ok(epoch > 0);
            delivered.push(session.deliver({ device, input: { kind: 'attributes', values: { on: 1 } } }));
          },
          detach: ({ device }) => attached.push(`-${device.name}`),
        },
      ],
    });
    const peer = await (await official()).send(auth('secret'));
    assert.deepEqual(await Promise.all(delivered), [{ device: 'd', status: 'queued', bytes: 16 }]);
    assert.ok(peer.text.endsWith('{"on":1}'));
    await gateway.close();
    assert.deepEqual(attached, ['+d', '-d']);
  });
});
