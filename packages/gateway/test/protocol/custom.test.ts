import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coreErrors } from '@fairlead/core';
import { settled } from '@fairlead/testkit';
import { gatewayLimits } from '../../src/index.ts';
import { world } from '../harness.ts';

const TOKEN = `fl_${'0123456789abcdef'.repeat(2)}`;
const lines = {
  name: 'logger',
  token: TOKEN,
  protocol: 'custom' as const,
  profile: { id: 'p', framing: 'line' },
};

function everyCut(text: string): string[][] {
  const cuts = [[text], [...text]];
  for (let at = 1; at < text.length; at++) cuts.push([text.slice(0, at), text.slice(at)]);
  return cuts;
}

describe('the custom protocol', () => {
  it('cuts a token of ours off in any chunking, with or without a line end after it', async () => {
    for (const end of ['', '\n', '\r\n']) {
      for (const chunks of everyCut(`${TOKEN}${end}one\ntwo\n`)) {
        const { custom, bus } = await world([lines]);
        await (await custom()).send(...chunks);
        assert.deepEqual(
          bus.readings,
          ['devices/logger/raw one', 'devices/logger/raw two'],
          JSON.stringify(chunks),
        );
      }
    }
  });

  it('ends an imported token at a line end, or after 200 ms of silence', async () => {
    const imported = { ...lines, token: 'my old token' };
    const { custom, bus, clock } = await world([imported]);
    await (await custom()).send('my old ', 'token\r\nfirst\n');
    const silent = await custom();
    await silent.send('my old token');
    await clock.advance(199);
    assert.equal(bus.statuses.length, 1);
    await clock.advance(1);
    await silent.send('second\n');
    assert.deepEqual(bus.readings, ['devices/logger/raw first', 'devices/logger/raw second']);
  });

  it('cuts an unframed stream at the buffer size of the device', async () => {
    const { custom, bus } = await world([
      { name: 'raw', token: TOKEN, protocol: 'custom', inboundBuffer: 4 },
    ]);
    await (await custom()).send(TOKEN, '0123456789');
    assert.deepEqual(bus.readings, ['devices/raw/raw 0123', 'devices/raw/raw 4567', 'devices/raw/raw 89']);
  });

  it('refuses a wrong token, an empty one, and one without an end', async () => {
    const { custom, gateway, clock } = await world([lines]);
    await (await custom()).send('nonsense\n');
    await (await custom()).send('\n');
    await (await custom()).send('z'.repeat(5_000));
    const slow = await custom();
    for (let second = 0; second < 11 && !slow.closed; second++) {
      await slow.send('');
      await clock.advance(1_000);
    }
    assert.deepEqual(
      gateway.links().map(({ code }) => code),
      ['HANDSHAKE_TIMEOUT', 'FRAME_TOO_LARGE', 'AUTH_TOKEN_MISSING', 'AUTH_TOKEN_UNKNOWN'],
    );
  });

  it('says of a token that nobody has how many bytes came, and shows none that may be of a token', async () => {
    for (const [sent, said] of [
      ['my old tokem', /\(12 bytes, printable text\)/],
      [`fl_${'f'.repeat(32)}`, /\(35 bytes, in the form that Fairlead makes\)/],
      [Buffer.from('0012ff6869808100', 'hex'), /\(8 bytes, not text, hex 00 12 ff \.\. \.\. 80 81 00\)/],
      [
        Buffer.from('Gerät\u00e4\u00f6\u00fc', 'latin1'),
        /\(8 bytes, not text, hex \.\. \.\. \.\. e4 \.\. e4 f6 fc\)/,
      ],
      [Buffer.alloc(40, 0x80), /\(40 bytes, not text, hex (80 ){16}and so on\)/],
      [Buffer.from(`${TOKEN.slice(0, 30)}\0`), /\(31 bytes, not text, hex (\.\. ){16}and so on\)/],
    ] as const) {
      const { custom, gateway, logged } = await world([lines]);
      await (await custom()).send(sent, '\r\n');
      const [link] = gateway.links();
      assert.equal(link?.code, 'AUTH_TOKEN_UNKNOWN');
      assert.match(String(link?.reason), said);
      assert.ok(!logged.join('').includes(TOKEN.slice(0, 8)));
    }
  });

  it('shows no token among the bytes that could not be framed', async () => {
    const { custom, gateway } = await world([lines]);
    await (await custom()).send(`x${TOKEN}`, 'z'.repeat(5_000));
    const [link] = gateway.links();
    assert.equal(link?.code, 'FRAME_TOO_LARGE');
    assert.equal(Buffer.from(String(link?.offending), 'hex').toString(), `x${'*'.repeat(31)}`);
  });

  it('refuses a browser and a TLS client by what they are', async () => {
    for (const [sent, code] of [
      ['POST / HTTP/1.1\r\nHost: x\r\n\r\nevil\n', 'HTTP_REFUSED'],
      [Buffer.from('16030100c8010000c40303', 'hex'), 'TLS_UNEXPECTED'],
    ] as const) {
      const { custom, gateway, clock, bus } = await world([lines]);
      await (await custom()).send(sent);
      await clock.advance(200);
      assert.equal(gateway.links()[0]?.code, code);
      assert.deepEqual(bus.readings, []);
    }
  });

  it('reads no more of a device whose batch waits, while too much waits for the sandbox over all', async () => {
    const { scriptBytes, scriptWaiting } = gatewayLimits.values;
    const size = 2 ** 20;
    const count = (scriptBytes + scriptWaiting) / size + 8;
    const devices = Array.from({ length: count }, (_, i) => ({
      name: `d${i}`,
      token: `token ${i}`,
      protocol: 'custom' as const,
      profile: { id: 'p', framing: `fixed:${size}`, uplink: 'up' },
    }));
    const { custom, gateway, scripts, bus } = await world(devices);
    const { promise, resolve } = Promise.withResolvers<void>();
    scripts.hold = promise;
    scripts.sources.up = {
      uplink: () => ({ messages: [{ kind: 'attributes', json: '{}' }], replies: [] }),
    };
    const frame = Buffer.alloc(size);
    const peers = [];
    for (const { token } of devices) peers.push(await (await custom()).send(`${token}\n`, frame));
    for (const peer of peers) await peer.send(frame);
    const read = () => gateway.links().reduce((sum, link) => sum + link.framesIn - 1, 0);
    const bound = count + (scriptBytes + scriptWaiting) / size;
    assert.ok(read() < bound, `${read()} frames were read`);
    resolve();
    while (bus.readings.length < 2 * count) await settled();
    assert.equal(read(), 2 * count);
  });

  describe('with scripts', () => {
    const scripted = { ...lines, profile: { id: 'p', framing: 'line', uplink: 'up', downlink: 'down' } };

    it('publishes what the script makes of the frames, in order, and answers when the bus has it', async () => {
      const { custom, bus, scripts, uplinks } = await world([scripted]);
      scripts.sources.up = {
        uplink: (bytes, context) => {
          assert.deepEqual(
            [context.device, context.type, context.topic],
            ['logger', 'standard', 'devices/logger/attributes'],
          );
          if (`${bytes}` === 'bad') return { error: coreErrors.error('HANDLER_FAILED', { reason: 'bad' }) };
          return {
            messages: [
              { kind: 'attributes', json: `{"t":${bytes}}`, time: 86_400_000 },
              { kind: 'events', json: '{"method":"m"}' },
            ],
            replies: [Buffer.from(`ok ${bytes}`)],
          };
        },
      };
      bus.fill();
      const peer = await custom();
      await peer.send(TOKEN, '1\nbad\n2\n');
      assert.equal(peer.text, '');
      bus.empty();
      await settled();
      assert.equal(peer.text, 'ok 1\nok 2\n');
      assert.deepEqual(bus.readings, [
        'devices/logger/attributes {"t":1}',
        'devices/logger/events {"method":"m"}',
        'devices/logger/attributes {"t":2}',
        'devices/logger/events {"method":"m"}',
      ]);
      assert.equal(uplinks[0]?.time, 86_400_000);
      assert.equal(peer.closed, false);
    });

    it('stops reading a device whose script is behind, and goes on', async () => {
      const { custom, bus, scripts, gateway } = await world([scripted]);
      let go = () => {};
      scripts.hold = new Promise<void>((resolve) => {
        go = resolve;
      });
      scripts.sources.up = {
        uplink: (bytes) => ({ messages: [{ kind: 'attributes', json: `{"n":${bytes}}` }], replies: [] }),
      };
      const peer = await custom();
      await peer.send(TOKEN);
      for (let n = 0; n < 100; n++) await peer.send(`${n}\n`);
      assert.ok(scripts.calls <= 5, `${scripts.calls} batches in flight`);
      go();
      while (bus.readings.length < 100) await settled();
      assert.deepEqual(
        bus.readings,
        Array.from({ length: 100 }, (_, n) => `devices/logger/attributes {"n":${n}}`),
      );
      peer.transport.end();
      await settled();
      assert.equal(gateway.links()[0]?.code, 'PEER_CLOSED');
    });

    it('takes gateway payloads apart by address', async () => {
      const { custom, bus, scripts } = await world([
        { ...scripted, type: 'gateway' },
        { name: 'probe', type: 'sub', parent: 'logger', address: 'a1' },
      ]);
      scripts.sources.up = {
        uplink: (bytes) => ({
          messages: [{ kind: 'attributes', json: `{"a1":{"v":${bytes}},"a2":{}}` }],
          replies: [],
        }),
      };
      await (await custom()).send(TOKEN, '5\n');
      assert.deepEqual(bus.readings, ['devices/probe/attributes {"v":5}']);
    });

    it('sends what the downlink script returns, through the framing, in pieces of the buffer size', async () => {
      const { custom, scripts, gateway } = await world([{ ...scripted, outboundBuffer: 4 }]);
      scripts.sources.down = {
        downlink: ({ kind, values }) =>
          (values as { none?: true }).none ? [] : [Buffer.from(`${kind} ${JSON.stringify(values)}`)],
      };
      scripts.sources.up = { uplink: () => ({ messages: [], replies: [] }) };
      const peer = await (await custom()).send(TOKEN);
      const receipt = await gateway.send('logger', { kind: 'command', values: { on: 1 } }, { wait: 100 });
      await settled();
      assert.equal(peer.text, 'command {"on":1}\n');
      assert.deepEqual(receipt, { device: 'logger', status: 'written', bytes: 17 });
      await assert.rejects(gateway.send('logger', { kind: 'command', values: { none: true } }), {
        code: 'DOWNLINK_NOT_SENT',
      });
    });
  });
});
