import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codecSuite, type ShownFrame } from '@fairlead/testkit';
import { ByteSink, Deframer, type TpMessage, TpPacket, tp, tpCommand, tpType } from '../../src/index.ts';

const packet = (type: number, command: number, payload: string): ShownFrame => ({
  json: { type, command, payload: Buffer.from(payload).toString('hex') },
});

codecSuite(
  'tp',
  tp({ max: 64 }),
  [
    { note: 'auth', hex: '54500000 00000003 616263', frames: [packet(0, 0, 'abc')] },
    { note: 'heartbeat', hex: '54500100 00000000', frames: [packet(1, 0, '')] },
    {
      note: 'attributes',
      hex: '54500001 00000014 7b2274656d7065726174757265223a33362e357d',
      frames: [packet(0, 1, '{"temperature":36.5}')],
    },
    {
      note: 'a type and a command that do not exist',
      hex: '5450ff7f 00000001 00',
      frames: [packet(255, 127, '\0')],
    },
    {
      note: 'as long as allowed',
      hex: `54500002 00000040 ${'61'.repeat(64)}`,
      frames: [packet(0, 2, 'a'.repeat(64))],
    },
    { note: 'one too many', hex: '54500001 00000041', frames: [], error: 'FRAME_TOO_LARGE' },
    { note: 'a LENGTH of 4 GiB - 1', hex: '54500001 ffffffff', frames: [], error: 'FRAME_TOO_LARGE' },
    { note: 'HTTP', hex: '474554202f20', frames: [], error: 'FRAME_MAGIC_MISMATCH' },
    { note: 'T, then something else', hex: '5451', frames: [], error: 'FRAME_MAGIC_MISMATCH' },
    { note: 'cut off in the header', hex: '545000', frames: [], error: 'FRAME_TRUNCATED' },
  ],
  { exact: true },
);

describe('tp', () => {
  it('sends bytes and text', () => {
    const sink = new ByteSink();
    const encoder = tp().encoder();
    encoder.encode({ command: tpCommand.auth, payload: 'token' }, sink);
    encoder.encode({ type: tpType.heartbeat, command: 0 }, sink);
    assert.equal(Buffer.concat(sink.flush()).toString('hex'), '5450000000000005746f6b656e5450010000000000');
  });

  it('refuses what no packet holds, before a byte is written', () => {
    for (const message of [
      { command: 256 },
      { type: -1, command: 0 },
      { type: 0.5, command: 0 },
      { command: 0, payload: {} },
    ]) {
      const sink = new ByteSink();
      assert.throws(
        () =>
          tp()
            .encoder()
            .encode(message as TpMessage, sink),
        { code: 'MESSAGE_NOT_ENCODABLE' },
      );
      assert.equal(sink.length, 0);
    }
  });

  it('gives the largest LENGTH as it stands in the error', () => {
    const deframer = new Deframer(tp().decoder(), 'tp');
    assert.deepEqual(deframer.push(Buffer.from('5450000000000000' + '54500001ffffffff', 'hex')), [
      new TpPacket(0, 0, Buffer.alloc(0)),
    ]);
    assert.deepEqual(deframer.failure?.details, { size: 2 ** 32 - 1, limit: 2 ** 20 });
  });
});
