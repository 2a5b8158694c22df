import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coreErrors } from '@fairlead/core';
import { gatewayLimits } from '../../src/index.ts';
import { RefusedFrames } from '../../src/log/refused-frames.ts';
import { attributes, auth, world } from '../harness.ts';

const { refusedFrames, refusedFrameBytes, refusedFramesOverAll } = gatewayLimits.values;
const TOKEN = `fl_${'0123456789abcdef'.repeat(2)}`;
const scripted = {
  name: 'logger',
  token: TOKEN,
  protocol: 'custom' as const,
  profile: { id: 'p', framing: 'line', uplink: 'up' },
};
const failure = coreErrors.error('HANDLER_FAILED', { reason: 'wrong checksum' });

describe('messages that were refused', () => {
  it('of a script that failed can be seen: with the link, open or closed, and in the log', async () => {
    const { custom, gateway, scripts, logged, clock } = await world([scripted]);
    scripts.sources.up = {
      uplink: (bytes) => (`${bytes}` === 'good' ? { messages: [], replies: [] } : { error: failure }),
    };
    const peer = await (await custom()).send(TOKEN, 'good\nbad 1\ngood\n', `${'x'.repeat(100)}\n`);
    const expected = [
      {
        time: clock.now(),
        code: 'HANDLER_FAILED',
        reason: failure.message,
        size: 5,
        hex: Buffer.from('bad 1').toString('hex'),
      },
      {
        time: clock.now(),
        code: 'HANDLER_FAILED',
        reason: failure.message,
        size: 100,
        hex: '78'.repeat(refusedFrameBytes),
      },
    ];
    assert.deepEqual(gateway.links()[0]?.refusedFrames, expected);
    assert.equal(logged.filter((line) => line.startsWith('debug HANDLER_FAILED refused message')).length, 2);
    assert.equal(gateway.counters().refusals.get('custom HANDLER_FAILED'), 2);
    peer.transport.destroy(failure);
    await clock.advance(0);
    const [closed] = gateway.links();
    assert.deepEqual([closed?.state, closed?.refusedFrames], ['closed', expected]);
  });

  it('of the official protocol, too, each once', async () => {
    const { official, gateway } = await world([{ name: 'gw', token: 'gwtoken', type: 'gateway' }]);
    await (await official()).send(auth('gwtoken'), attributes({ a: {}, b: {}, c: {} }));
    await (await official()).send(auth('gwtoken'), attributes([1] as never));
    const frames = gateway.links().flatMap((link) => link.refusedFrames);
    assert.deepEqual(frames.map(({ code, size }) => `${code} ${size}`).sort(), [
      'PAYLOAD_NOT_OBJECT 3',
      'SUBDEVICE_UNKNOWN 22',
    ]);
  });

  it('show no token, also where a device sends it again', async () => {
    const { custom, official, gateway, scripts, logged } = await world([
      scripted,
      { name: 'o', token: 'imported-token' },
    ]);
    scripts.sources.up = { uplink: () => ({ error: failure }) };
    await (await custom()).send(TOKEN, `a ${TOKEN}${TOKEN}\n`, `${'x'.repeat(60)}${TOKEN}\n`);
    await (await official()).send(auth('imported-token'), auth('imported-token'));
    const all = JSON.stringify(gateway.links()) + logged.join('\n');
    for (const secret of [TOKEN.slice(0, 12), 'fl_', 'imported-token'])
      for (const form of [secret, Buffer.from(secret).toString('hex')])
        assert.ok(!all.includes(form), `${form}: ${all}`);
  });

  it('are kept within bounds: a few of each link, and a number over all', () => {
    const kept = new RefusedFrames<object>();
    const bytes = Buffer.alloc(1_000_000);
    const owners = Array.from({ length: refusedFramesOverAll }, () => ({}));
    for (let i = 0; i < 3 * refusedFrames; i++) kept.add(owners[0] as object, failure, bytes, i);
    assert.deepEqual(
      kept.of(owners[0] as object).map(({ time }) => time),
      Array.from({ length: refusedFrames }, (_, i) => 2 * refusedFrames + i),
    );
    for (const owner of owners) for (let i = 0; i < 2; i++) kept.add(owner, failure, bytes, i);
    const all = owners.flatMap((owner) => kept.of(owner)).length;
    assert.equal(all, refusedFramesOverAll);
    assert.equal(kept.of(owners[0] as object).length, 0);
    assert.equal(kept.of(owners.at(-1) as object)[0]?.hex.length, 2 * refusedFrameBytes);
  });
});
