/** A protocol that Fairlead does not bring along: what a newcomer writes, and all that the gateway has to be told. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coreErrors } from '@fairlead/core';
import { type Codec, line } from '@fairlead/tcp';
import { settled } from '@fairlead/testkit';
import { customProtocol, type DeviceProtocol, officialProtocol } from '../../src/index.ts';
import { auth, world } from '../harness.ts';

/**
 *     LOGIN token     first, once
 *     A{..}  E{..}    attributes, events
 *     PING            heartbeat
 *     SET{..}         downlink
 */
function lettersProtocol(): DeviceProtocol<string> {
  const lines: Codec<string> = line({ max: '4KiB' });
  return {
    name: 'letters',
    splitsDownlinks: false,
    opening: () => ({
      weight: 48,
      codec: lines,
      detect: (head) => {
        const expected = Buffer.from('LOGIN ').subarray(0, head.length);
        if (!expected.equals(head.subarray(0, expected.length))) return 'no';
        return head.length < 6 ? 'more' : 'yes';
      },
      handshake: () => ({
        read(text: string) {
          if (!text.startsWith('LOGIN ')) return undefined;
          const token = text.slice(6);
          return { kind: 'token', token, bytes: Buffer.from(token) };
        },
      }),
    }),
    codec: () => lines,
    uplink: (frames) =>
      frames.map((text) => {
        const payload = Buffer.from(text.slice(1));
        if (text === 'PING') return { kind: 'heartbeat', echo: text };
        if (text.startsWith('A')) return { kind: 'attributes', payload };
        if (text.startsWith('E')) return { kind: 'events', payload };
        return { kind: 'refused', error: coreErrors.error('HANDLER_FAILED', { reason: text }), payload };
      }),
    downlink: ({ payload }) => `SET${Buffer.from(payload)}`,
  };
}

describe('a third protocol', () => {
  it('is one entry in the table: admission, readings, heartbeats, refusals and downlinks go through it', async () => {
    const device = {
      name: 'd',
      token: 'secret',
      protocol: 'letters',
      profile: { id: 'p', heartbeatEcho: true },
    };
    const protocols = [officialProtocol(), customProtocol(), lettersProtocol()];
    const { gateway, bus, uplinks, dial } = await world([device], { protocols });
    const { protocol } = await gateway.listen('letters', 'letters', '127.0.0.1:7656');
    assert.equal(protocol, 'letters');
    const peer = await (await dial(7656)).send('LOGIN secret\n', 'A{"t":1}\nPING\nE{"method":"m"}\n?\n');
    assert.deepEqual(bus.readings, ['devices/d/attributes {"t":1}', 'devices/d/events {"method":"m"}']);
    assert.deepEqual(
      uplinks.map(({ origin }) => [origin.device, origin.seq]),
      [
        ['d', 1],
        ['d', 2],
      ],
    );
    await gateway.send('d', { kind: 'attributes', values: { on: true } });
    await settled();
    assert.equal(peer.text, 'PING\nSET{"on":true}\n');
    assert.equal(gateway.links()[0]?.refusals.HANDLER_FAILED, 1);
  });

  it('is refused at the listener of another, and a listener of none is refused', async () => {
    const device = { name: 'd', token: 'secret', protocol: 'letters' };
    const { gateway, official } = await world([device], {});
    await (await official()).send(auth('secret'));
    assert.equal(gateway.links()[0]?.code, 'AUTH_PROTOCOL_MISMATCH');
    await assert.rejects(gateway.listen('x', 'letters', '127.0.0.1:7656'), { code: 'PROTOCOL_UNKNOWN' });
  });
});

describe('the protocols that Fairlead brings along', () => {
  it('are told by their first bytes', () => {
    const verdicts = (text: string) =>
      [officialProtocol(), customProtocol(), lettersProtocol()].map((protocol) =>
        protocol.opening().detect(Buffer.from(text)),
      );
    assert.deepEqual(verdicts(''), ['more', 'more', 'more']);
    assert.deepEqual(verdicts('T'), ['more', 'yes', 'no']);
    assert.deepEqual(verdicts('TP\0'), ['yes', 'yes', 'no']);
    assert.deepEqual(verdicts('LOGIN x'), ['no', 'yes', 'yes']);
    assert.deepEqual(verdicts('GET / HTTP/1.1\r\n'), ['no', 'no', 'no']);
  });
});
