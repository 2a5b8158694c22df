import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytes, deviceOf, profileWorld, talks } from '../profiles.ts';

describe('a script that yields 1 MB of values', () => {
  it('is published whole or refused with a code, a tap shows a part, and no other device notices', async () => {
    const made = await profileWorld([talks], [deviceOf(talks, 'd2'), deviceOf(talks, 'd3')]);
    const { tracker, gateway, bus, scripts } = made;
    scripts.sources.talks = {
      ...scripts.sources.talks,
      uplink: (frame) => {
        const json = JSON.stringify({ text: `${frame}` === 'BIG' ? 'x'.repeat(2 ** 20) : `${frame}` });
        return { messages: [{ kind: 'attributes', json }], replies: [bytes('.')] };
      },
    };
    await gateway.profileChanged('talks');
    const big = await (await tracker()).send('LOGIN d2\n');
    const other = await (await tracker()).send('LOGIN d3\n');
    let shown = 0;
    using _tap = gateway.tap('d2', (event) => {
      shown = Math.max(shown, JSON.stringify(event).length);
    });
    await big.send('BIG\n');
    assert.equal(bus.readings.length, 1);
    bus.refuse = ({ payload }) => payload.length > 1_000;
    await big.send('BIG\n', '1\n');
    await other.send('1\n');
    assert.deepEqual(bus.readings.slice(1), [
      'devices/d2/attributes {"text":"1"}',
      'devices/d3/attributes {"text":"1"}',
    ]);
    const link = gateway.links().find(({ device }) => device === 'd2');
    assert.deepEqual([link?.state, link?.refusals], ['open', { HANDLER_FAILED: 1 }]);
    assert.ok(shown < 10_000, `${shown} characters`);
  });
});
