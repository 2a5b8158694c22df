import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codecSuite } from '@fairlead/testkit';
import fc from 'fast-check';
import { ByteSink, Deframer, type LengthOptions, length } from '../../src/index.ts';

const HELLO = '68656c6c6f';
const hello = [{ hex: HELLO }];

codecSuite(
  'length of two bytes',
  length({ bytes: 2, max: 300 }),
  [
    { hex: `0005${HELLO}`, frames: hello },
    { note: 'empty', hex: '0000', frames: [{ hex: '' }] },
    { note: 'as long as allowed', hex: `012c${'61'.repeat(300)}`, frames: [{ hex: '61'.repeat(300) }] },
    { note: 'one too many', hex: `0005${HELLO}012d61`, frames: hello, error: 'FRAME_TOO_LARGE' },
    { note: 'cut off', hex: '000568', frames: [], error: 'FRAME_TRUNCATED' },
  ],
  { exact: true },
);
codecSuite(
  'length, little endian',
  length({ bytes: 4, endian: 'little' }),
  [{ hex: `05000000${HELLO}`, frames: hello }],
  {
    exact: true,
  },
);
codecSuite(
  'length that counts itself',
  length({ bytes: 2, adjust: -2 }),
  [
    { hex: `0007${HELLO}`, frames: hello },
    { note: 'less than itself', hex: '000100', frames: [], error: 'FRAME_LENGTH_INVALID' },
  ],
  { exact: true },
);
codecSuite(
  'length behind magic bytes, stripped',
  length({ offset: 2, bytes: 1, adjust: 2, magic: 'xx', trailer: '\r\n' }),
  [
    { hex: `787805${HELLO}0d0a`, frames: hello },
    { note: 'another head', hex: '7879', frames: [], error: 'FRAME_MAGIC_MISMATCH' },
    { note: 'another end', hex: `787805${HELLO}0d0d`, frames: [], error: 'FRAME_TRAILER_MISMATCH' },
    { note: 'cut off in the head', hex: '78', frames: [], error: 'FRAME_TRUNCATED' },
  ],
  { exact: true },
);
codecSuite(
  'length, whole frames',
  length({ offset: 1, bytes: 1, strip: 0, max: 4 }),
  [
    { hex: 'aa00', frames: [{ hex: 'aa00' }] },
    { hex: 'aa020102', frames: [{ hex: 'aa020102' }] },
    { hex: 'aa03010203', frames: [], error: 'FRAME_TOO_LARGE' },
  ],
  { exact: true },
);
codecSuite(
  'length of eight bytes',
  length({ bytes: 8 }),
  [
    { hex: `0000000000000005${HELLO}`, frames: hello },
    { note: '2^64 - 1', hex: 'ffffffffffffffff', frames: [], error: 'FRAME_TOO_LARGE' },
    { note: '2^53 + 1', hex: '0020000000000001', frames: [], error: 'FRAME_TOO_LARGE' },
    {
      note: '2^32, of which the lower half is 0',
      hex: '0000000100000000',
      frames: [],
      error: 'FRAME_TOO_LARGE',
    },
  ],
  { exact: true },
);

describe('length', () => {
  it('reads and writes fields of every size and order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom('big', 'little'),
        fc.integer({ min: 0, max: 3 }),
        fc.uint8Array({ maxLength: 600 }),
        (bytes, endian, offset, payload) => {
          fc.pre(payload.length < 256 ** bytes);
          const magic = offset === 0 ? {} : { magic: Buffer.alloc(offset, 0xab) };
          const codec = length({ bytes, endian, offset, ...magic } as LengthOptions);
          const sink = new ByteSink();
          codec.encoder().encode(payload, sink);
          const wire = Buffer.concat(sink.flush());
          const field = wire.subarray(offset, offset + bytes);
          const value = Buffer.from(endian === 'big' ? field : field.toReversed()).readUIntBE(
            Math.max(0, bytes - 6),
            Math.min(bytes, 6),
          );
          assert.equal(value, payload.length);
          assert.deepEqual(new Deframer(codec.decoder(), 'length').push(wire), [Buffer.from(payload)]);
        },
      ),
    );
  });

  it('reads 4 GiB - 1 as such, not as a negative number', () => {
    for (const endian of ['big', 'little'] as const) {
      const deframer = new Deframer(length({ endian }).decoder(), 'length');
      deframer.push(Buffer.from('ffffffff', 'hex'));
      assert.equal(deframer.failure?.code, 'FRAME_TOO_LARGE');
      assert.equal(deframer.failure?.details.size, 2 ** 32 - 1);
    }
  });

  it('refuses to send what it cannot write', () => {
    const refuses = (options: LengthOptions, payload: Uint8Array, reason: RegExp): void => {
      const sink = new ByteSink();
      assert.throws(() => length(options).encoder().encode(payload, sink), {
        code: 'MESSAGE_NOT_ENCODABLE',
        message: reason,
      });
      assert.equal(sink.length, 0);
    };
    refuses({ bytes: 1 }, Buffer.alloc(256), /do not fit/);
    refuses({ offset: 2, bytes: 1 }, Buffer.alloc(1), /head that this side does not know/);
    refuses({ strip: [4, 2] }, Buffer.alloc(1), /end that this side does not know/);
    refuses({ adjust: 8 }, Buffer.alloc(1), /do not fit/);
    refuses({}, 7 as never, /expected bytes or text/);
  });

  it('explains options that cannot be', () => {
    assert.throws(() => length({ bytes: 9 }), { code: 'OPTION_INVALID', message: /"bytes".*9/ });
    assert.throws(() => length({ magic: 'ab' }), { code: 'OPTION_INVALID', message: /offset/ });
    assert.throws(() => length({ endian: 'middle' as never }), { code: 'OPTION_INVALID' });
    assert.throws(() => length({ maximum: 1 } as never), { code: 'OPTION_UNKNOWN' });
  });
});
