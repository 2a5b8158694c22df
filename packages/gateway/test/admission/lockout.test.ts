import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fault, settled } from '@fairlead/testkit';
import { auth, world } from '../harness.ts';
import { deviceOf, profileWorld, stars } from '../profiles.ts';

const sensor = { name: 'sensor', token: 'secret' };
const lockout = { failures: 3 };

fault(
  {
    name: 'An address guesses tokens, and the listener locks out',
    where: 'device',
    happens: 'New links of the address are closed at once; links of devices stay.',
    code: 'ADDRESS_LOCKED_OUT',
  },
  async () => {
    const { official, gateway, logged, clock } = await world([sensor], {}, { lockout });
    const device = await (await official()).send(auth('secret'));
    for (let i = 0; i < 5; i++) await (await official()).send(auth('replaced'));
    for (const guess of ['a', 'b']) await (await official()).send(auth(guess));
    assert.equal(gateway.counters().lockedOut.get('official'), 1);
    for (let i = 0; i < 4; i++) await official();
    await settled();
    const [open, last] = gateway.links();
    assert.deepEqual([open?.state, last?.code], ['open', 'ADDRESS_LOCKED_OUT']);
    assert.match(last?.reason ?? '', /600000 ms more: its links failed 3 different times within 60000 ms/);
    assert.equal(device.closed, false);
    assert.equal(logged.filter((line) => line.startsWith('warn ADDRESS_LOCKED_OUT The address')).length, 1);
    await clock.advance(600_000);
    assert.equal((await (await official()).send(auth('secret'))).closed, false);
  },
);

it('an operator sees who is locked out, and ends it', async () => {
  const { official, gateway, clock } = await world([sensor], {}, { lockout });
  const guess = async () => {
    for (const token of ['a', 'b', 'c']) await (await official()).send(auth(token));
  };
  assert.deepEqual([gateway.lockouts.lockedAddresses(), gateway.lockouts.unlock('10.9.8.7')], [[], false]);
  await guess();
  await clock.advance(60_000);
  const [locked] = gateway.lockouts.lockedAddresses();
  assert.deepEqual(
    [locked?.listener, locked?.left, gateway.lockouts.lockedAddresses().length],
    ['official', 540_000, 1],
  );
  assert.equal(gateway.lockouts.unlock(locked?.address ?? ''), true);
  assert.deepEqual(gateway.lockouts.lockedAddresses(), []);
  assert.equal((await (await official()).send(auth('secret'))).closed, false);
  await (await official()).send(auth('a'));
  assert.deepEqual(gateway.lockouts.lockedAddresses(), [], 'it begins anew');
  await guess();
  assert.equal(gateway.lockouts.lockedAddresses().length, 1);
});

it('identities that nobody has count as well', async () => {
  const made = await profileWorld([stars], [deviceOf(stars, 'd001')]);
  await made.gateway.listen('guarded', { profiles: ['stars'] }, '127.0.0.1:7660', { lockout });
  for (const id of ['d900', 'd901', 'd902']) await (await made.dial(7660)).send(`*${id},0#`);
  assert.equal(made.gateway.counters().lockedOut.get('guarded'), 1);
});

fault(
  {
    name: 'Strangers flood a listener with wrong tokens',
    where: 'device',
    happens: 'What is remembered of the links of devices stays.',
    code: 'AUTH_TOKEN_UNKNOWN',
  },
  async () => {
    const { official, gateway, clock } = await world([sensor]);
    const peer = await (await official()).send(auth('secret'));
    gateway.kill(gateway.links()[0]?.id ?? '');
    await settled();
    assert.ok(peer.closed);
    await clock.advance(1_000);
    for (let i = 0; i < 1_100; i++) {
      const stranger = await official();
      stranger.transport.write([auth(`guess ${i}`)]);
      if (i % 100 === 99) await settled();
    }
    await settled();
    assert.equal(gateway.traces('sensor').closed?.code, 'LINK_KILLED');
    const links = gateway.links();
    assert.deepEqual([links.length, links.at(-1)?.code], [1_001, 'LINK_KILLED']);
  },
);
