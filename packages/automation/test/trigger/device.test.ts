import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coreErrors } from '@fairlead/core';
import { eventually, settled } from '@fairlead/testkit';
import type { RuleDefinition } from '../../src/rules/schema.ts';
import { OneDevice } from '../device-links.ts';
import { open, results } from '../house.ts';

const receipt: RuleDefinition[] = [
  {
    receive: null,
    key: 'code',
    rules: [{ send: 'ok {{message}}\\n' }, { check: { startsWith: 'E' }, fire: true }],
  },
];

async function listening(rules: readonly RuleDefinition[] = receipt) {
  const device = new OneDevice();
  const house = await open({ devices: device });
  const { automation } = house;
  await automation.put('trigger', 'door', { connection: { device: 'scanner' }, rules });
  return {
    ...house,
    device,
    runs: (count: number) =>
      eventually(() => automation.counters().triggers.get('door')?.accepted === count, `${count} runs`),
    ended: () => automation.runs({ kind: 'trigger', limit: 100 }).map(({ code, result }) => code ?? result),
    status: () => automation.triggers()[0],
  };
}

describe('a trigger on the link of a device', () => {
  it('a frame begins an exchange, which replies and fires', async () => {
    await using w = await listening();
    await w.automation.put('job', 'note', {
      on: [{ trigger: 'door' }],
      steps: [{ publish: { topic: 'a', payload: '{{var.Device}} {{var.FromAddress}} {{var.TextBody}}' } }],
    });
    w.device.push('E1');
    await eventually(() => w.published.length === 1, 'published');
    assert.deepEqual(w.published, ['a scanner 10.0.0.7:502 E1 false']);
    assert.deepEqual(w.device.noted, ['sent "ok E1\\n"']);
    const { state, address, clients, accepted, fires, received, sent } = w.status() ?? {};
    assert.deepEqual(
      [state, address, clients, accepted, fires, received, sent],
      ['listening', 'device scanner', 0, 1, 1, 1, 1],
    );
    assert.deepEqual(results(w.automation, 'note'), ['success']);
  });

  it('frames of one chunk are not answered before all of it was read, and each has its exchange in turn', async () => {
    await using w = await listening();
    w.device.push('1', '2', '3');
    assert.deepEqual(w.device.noted, []);
    await w.runs(3);
    await eventually(() => w.device.noted.length === 3, 'answered');
    assert.deepEqual(w.device.noted, ['sent "ok 1\\n"', 'sent "ok 2\\n"', 'sent "ok 3\\n"']);
  });

  it('an exchange that goes on has the frames that follow', async () => {
    await using w = await listening([
      { receive: null, iterations: 'forever', rules: [{ send: '{{message}};' }] },
    ]);
    w.device.push('1', '2');
    w.device.push('3');
    await eventually(() => w.device.noted.length === 3, 'answered');
    assert.equal(w.status()?.accepted, 1);
    assert.equal(w.status()?.clients, 1);
    w.device.lose(coreErrors.error('PEER_CLOSED'));
    await eventually(() => w.status()?.clients === 0, 'ended');
    await eventually(() => w.ended()[0] === 'success', 'the end of the link is an ordinary end');
    assert.equal(w.status()?.code, 'PEER_CLOSED', 'why nothing comes');
    w.device.cause = undefined;
    w.device.push('4');
    await w.runs(2);
  });

  it('rules that receive nothing run once for each frame', async () => {
    await using w = await listening([{ send: 'seen\\n' }]);
    w.device.push('1', '2');
    await w.runs(2);
    for (let i = 0; i < 20; i++) await settled();
    assert.equal(w.device.noted.length, 2);
  });

  it('a reply that cannot be sent fails the exchange, and the next frame begins another', async () => {
    await using w = await listening();
    w.device.push('1');
    w.device.lose();
    await eventually(() => w.ended()[0] === 'NOT_CONNECTED', 'failed');
    w.device.cause = undefined;
    w.device.push('2');
    await eventually(() => w.device.noted.length === 1, 'answered');
  });

  it('a flood fails the exchange, and the trigger goes on', async () => {
    await using w = await listening([{ receive: null, rules: [{ send: 'a', delayBefore: 100 }] }]);
    w.device.push(...Array.from({ length: 2_000 }, () => 'x'.repeat(1_000)));
    await eventually(() => w.ended()[0] === 'DEVICE_FRAMES_WAITING', 'ended');
    w.device.push('2');
    await w.runs(2);
  });

  it('stops, and starts again', async () => {
    await using w = await listening();
    assert.equal(w.device.guests.size, 1);
    await w.automation.stopTrigger('door');
    assert.equal(w.device.guests.size, 0);
    await w.automation.startTrigger('door');
    w.device.push('1');
    await w.runs(1);
    await w.automation.put('trigger', 'door', {
      connection: { device: 'scanner' },
      enabled: false,
      rules: receipt,
    });
    assert.equal(w.device.guests.size, 0);
  });
});
