import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settled } from '@fairlead/testkit';
import { gatewayLimits, type TapEvent } from '../../src/index.ts';
import { attributes, auth, world } from '../harness.ts';
import { deviceOf, profileWorld, stars, talks } from '../profiles.ts';

const { taps, tapBytes } = gatewayLimits.values;
const hex = (text: string | Buffer) => Buffer.from(text as string).toString('hex');
/** `what` and what is in the event, for comparison. */
const lines = (events: readonly TapEvent[]) =>
  events.map(({ what, hex, values, code }) =>
    [what, hex === undefined ? [] : Buffer.from(hex, 'hex').toString(), values ?? [], code ?? []].flat(),
  );

describe('a tap', () => {
  it('of a device shows both directions, frames, values and refusals, also when it connects later', async () => {
    const { tracker, gateway, clock } = await profileWorld([talks], [deviceOf(talks, 'd2')]);
    const events: TapEvent[] = [];
    const tap = gateway.tap('d2', (event) => events.push(event));
    const peer = await (await tracker()).send('0\nLOGIN d2\n');
    await clock.advance(5);
    await peer.send('1\n2\n');
    await gateway.send('d2', { kind: 'command', values: { on: 1 } });
    await settled();
    assert.deepEqual(lines(events), [
      ['frame', '0'],
      ['message', { text: '0' }],
      ['sent', 'IN\nGOT 0\n'],
      ['received', '1\n2\n'],
      ['frame', '1'],
      ['frame', '2'],
      ['message', { text: '1' }],
      ['message', { text: '2' }],
      ['sent', 'GOT 1\nGOT 2\n'],
      ['sent', 'SET {"on":1};'],
    ]);
    const [frame, message] = events;
    assert.equal((events[3]?.time ?? 0) - (frame?.time ?? 0), 5);
    assert.deepEqual(
      [message?.device, message?.of, message?.kind, message?.link, message?.size],
      ['d2', 'd2', 'attributes', gateway.links()[0]?.id, 12],
    );
    events.length = 0;
    await peer.send('?\n');
    assert.deepEqual(lines(events), [
      ['received', '?\n'],
      ['closed', 'FRAME_NO_RULE'],
    ]);
    tap.close();
  });

  it('of a link shows its bytes before its device is known', async () => {
    const { tracker, gateway } = await profileWorld([talks], [], { unknown: 'inbox' });
    const peer = await (await tracker()).send('LOGIN d2\n');
    const events: TapEvent[] = [];
    using _tap = gateway.tap(gateway.links()[0]?.id as string, (event) => events.push(event));
    await peer.send('1\n');
    assert.deepEqual(lines(events), [['received', '1\n']]);
    assert.equal(events[0]?.device, undefined);
  });

  it('of a sub-device shows the link of its gateway device, with bytes of refused messages', async () => {
    const { official, gateway } = await world([
      { name: 'gw', token: 'tok', type: 'gateway' },
      { name: 'sub', type: 'sub', parent: 'gw', address: 'A' },
    ]);
    const events: TapEvent[] = [];
    using _tap = gateway.tap('sub', (event) => events.push(event));
    const peer = await (await official()).send(auth('tok'));
    const sent = attributes({ A: { t: 1 }, B: {} });
    await peer.send(sent);
    assert.deepEqual(lines(events), [
      ['received', String(sent)],
      ['frame', '{"A":{"t":1},"B":{}}'],
      ['refused', '{"A":{"t":1},"B":{}}', 'SUBDEVICE_UNKNOWN'],
      ['message', { t: 1 }],
    ]);
    assert.equal(events[3]?.of, 'sub');
  });

  it('is bounded: a few bytes of each event, a number of taps; a closed one sees nothing, others go on', async () => {
    const { tracker, gateway } = await profileWorld([stars], [deviceOf(stars, 'd001')]);
    const seen: [TapEvent[], TapEvent[]] = [[], []];
    const open = seen.map((events) => gateway.tap('d001', (event) => events.push(event)));
    const token = `fl_${'a'.repeat(32)}`;
    const peer = await (await tracker()).send(`*d001,${token}#`);
    assert.ok(!JSON.stringify(seen[0]).includes(hex(token)));
    for (const events of seen) events.length = 0;
    const long = `+${'x'.repeat(900)}#`.repeat(10);
    await peer.send(long);
    assert.deepEqual([seen[0][0]?.size, seen[0][0]?.hex?.length], [long.length, 2 * tapBytes]);
    open[0]?.close();
    open[0]?.close();
    const before = seen.map(({ length }) => length);
    await peer.send('+1#');
    assert.deepEqual([seen[0].length, seen[1].length], [before[0], (before[1] ?? 0) + 3]);
    const more = Array.from({ length: taps - 1 }, () => gateway.tap('d001', () => {}));
    assert.throws(() => gateway.tap('d001', () => {}), { code: 'TAPS_FULL' });
    assert.throws(() => gateway.tap('nobody', () => {}), { code: 'TAP_TARGET_UNKNOWN' });
    for (const tap of [...more, open[1]]) tap?.close();
    const last = seen[1].length;
    await peer.send('+1#');
    assert.equal(seen[1].length, last);
  });
});
