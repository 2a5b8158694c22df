import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { type CodecVector, codecSuite, decodeChunks } from '@fairlead/testkit';
import fc from 'fast-check';
import { ByteSink, type Codec, type FramingSpec, framingFromSpec, type Payload } from '../../../src/index.ts';

type Rule = FramingSpec['rules'][number];

interface Kind {
  readonly name: string;
  readonly rule: Rule;
  readonly vectors: readonly CodecVector[];
  /** What is sent has bytes of another form than what the vectors hold. */
  readonly sent?: false;
}

const frames = (...hex: string[]): { hex: string }[] => hex.map((one) => ({ hex: one }));

const kinds: readonly Kind[] = [
  {
    name: 'length: decimal digits, an end, whole frames',
    rule: { kind: 'length', offset: 1, size: 2, as: 'decimal', adjust: 1, endsWith: '0d', strip: 0 },
    vectors: [
      { hex: '23 3032 6162 0d', frames: frames('23303261620d') },
      { note: 'no digit', hex: '23 3061', frames: [], error: 'FRAME_LENGTH_UNREADABLE' },
      { note: 'another end', hex: '23 3030 0a', frames: [], error: 'FRAME_TRAILER_MISMATCH' },
    ],
  },
  {
    name: 'length: hexadecimal digits',
    rule: { kind: 'length', size: 2, as: 'hex', max: 20 },
    vectors: [
      { hex: '3041 00010203040506070809', frames: frames('00010203040506070809') },
      { note: 'lower case', hex: '3061 00010203040506070809', frames: frames('00010203040506070809') },
      { note: 'too large', hex: '3145', frames: [], error: 'FRAME_TOO_LARGE' },
      { note: 'no digit', hex: '3047', frames: [], error: 'FRAME_LENGTH_UNREADABLE' },
    ],
  },
  {
    name: 'length: digits up to a comma, counted from the start',
    rule: { kind: 'length', match: { bytes: '24' }, offset: 1, as: 'decimal', until: '2c', from: 'start' },
    vectors: [
      { hex: '24 35 2c 6162', frames: frames('6162') },
      { hex: '24 3132 2c 6162636465666768', frames: frames('6162636465666768') },
      { note: 'no digits', hex: '24 2c', frames: [], error: 'FRAME_LENGTH_UNREADABLE' },
      { note: 'never a comma', hex: `24${'31'.repeat(17)}`, frames: [], error: 'FRAME_LENGTH_UNREADABLE' },
      { note: 'too small', hex: '24 31 2c', frames: [], error: 'FRAME_LENGTH_INVALID' },
    ],
  },
  {
    name: 'length: varint',
    rule: { kind: 'length', as: 'varint' },
    vectors: [
      { hex: '03616263', frames: frames('616263') },
      { note: 'two bytes', hex: `8001${'61'.repeat(128)}`, frames: frames('61'.repeat(128)) },
      { note: 'six bytes', hex: '808080808001', frames: [], error: 'FRAME_LENGTH_UNREADABLE' },
    ],
  },
  {
    name: 'length: two fields, one of which only passes over',
    rule: {
      kind: 'length',
      fields: [
        { offset: 1, as: 'varint' },
        { as: 'varint', counts: false },
      ],
      strip: 0,
    },
    vectors: [
      { hex: '00 02 07 6162', frames: frames('0002076162') },
      { hex: '00 00 8101', frames: frames('00008101') },
    ],
  },
  {
    name: 'length: the sum of two fields, and a flag that adds',
    rule: {
      kind: 'length',
      fields: [
        { offset: 0, size: 1, mask: '7f' },
        { size: 2, endian: 'little' },
      ],
      flag: { at: 0, mask: '80', add: 2 },
      strip: 0,
    },
    vectors: [
      { hex: '01 0200 616263', frames: frames('010200616263') },
      { note: 'with the flag', hex: '81 0000 616263', frames: frames('810000616263') },
    ],
  },
  {
    name: 'length: masked and shifted bits, a known head, a checksum that is taken off',
    rule: {
      ...{
        kind: 'length',
        match: { bytes: 'd300', mask: 'ff00' },
        offset: 1,
        size: 2,
        mask: 'ffc0',
        shift: 6,
      },
      ...{ adjust: 1, strip: [3, 1], checksum: { kind: 'xor8', from: 3, to: -1, at: -1 } },
    },
    vectors: [
      { hex: 'd3 0080 6162 03', frames: frames('6162') },
      { note: 'wrong', hex: 'd3 0080 6162 04', frames: [], error: 'FRAME_CHECKSUM_MISMATCH' },
    ],
  },
  {
    name: 'length: 8 bytes, little-endian, with a smallest size',
    rule: { kind: 'length', size: 8, endian: 'little', min: 10 },
    vectors: [
      { hex: '0200000000000000 6162', frames: frames('6162') },
      { note: 'too small', hex: '0100000000000000', frames: [], error: 'FRAME_LENGTH_INVALID' },
      { note: 'absurd', hex: 'ffffffffffffffff', frames: [], error: 'FRAME_TOO_LARGE' },
    ],
  },
  {
    name: 'delimiter: several ends',
    rule: { kind: 'delimiter', end: ['0d0a', '0a', '3b'], max: 8 },
    vectors: [
      { hex: '61 0d0a 62 0a 63 3b 0a', frames: frames('61', '62', '63', '') },
      { note: 'a CR alone belongs to it', hex: '610d62 0a', frames: frames('610d62') },
      { note: 'too long', hex: '6161616161616161610a', frames: [], error: 'FRAME_TOO_LARGE' },
    ],
  },
  {
    name: 'delimiter: a tail of two hex digits that check it',
    rule: {
      ...{ kind: 'delimiter', match: { bytes: '24' }, end: '2a', tail: 2, strip: [1, 3] },
      checksum: { kind: 'xor8', from: 1, to: -3, at: -2, as: 'hex' },
    },
    vectors: [
      { hex: '24 6162 2a 3033', frames: frames('6162') },
      { note: 'wrong', hex: '24 6162 2a 3034', frames: [], error: 'FRAME_CHECKSUM_MISMATCH' },
      { note: 'no digits', hex: '24 6162 2a 7a7a', frames: [], error: 'FRAME_CHECKSUM_MISMATCH' },
    ],
  },
  {
    name: 'delimiter: a tail up to a sequence',
    rule: { kind: 'delimiter', end: '21', tail: { until: '0d0a', max: 6 }, strip: 0 },
    vectors: [
      { hex: '6121 0d0a 6221 31323334 0d0a', frames: frames('61210d0a', '6221313233340d0a') },
      { note: 'none', hex: '6121 31323334353637', frames: [], error: 'FRAME_TRAILER_MISMATCH' },
    ],
  },
  {
    name: 'delimiter: not before LF',
    rule: { kind: 'delimiter', end: '0d', notBefore: '0a' },
    vectors: [
      { hex: '61 0d0a 62 0d 63 0d', frames: frames('610d0a62', '63') },
      { note: 'silence decides', hex: '61 0d', frames: frames('61'), silence: true },
    ],
  },
  {
    name: 'delimiter: the first bytes are not searched',
    rule: { kind: 'delimiter', end: '0a', skip: 2, strip: 0 },
    vectors: [{ hex: '0a0a0a 0a0a610a', frames: frames('0a0a0a', '0a0a610a') }],
  },
  {
    name: 'table',
    rule: {
      kind: 'table',
      at: 1,
      sizes: { '01': 3, '02': { offset: 2, size: 1, adjust: 1 }, fF: { offset: 2, size: 2, from: 'start' } },
      checksum: { kind: 'sum8', to: -1, at: -1 },
    },
    vectors: [
      { hex: '000101 0002026162c7 00ff0006ff04', frames: frames('000101', '0002026162c7', '00ff0006ff04') },
      { note: 'an unknown code', hex: '0003', frames: [], error: 'FRAME_NO_RULE' },
    ],
  },
  {
    name: 'literal',
    rule: { kind: 'literal', bytes: ['415448300d0a', '0000'] },
    vectors: [
      { hex: '415448300d0a 0000', frames: frames('415448300d0a', '0000') },
      { note: 'something else', hex: '41545f', frames: [], error: 'FRAME_NO_RULE' },
    ],
  },
  {
    name: 'silence',
    rule: { kind: 'silence', idleMs: '20ms', max: 8 },
    vectors: [
      { hex: '616263', frames: frames('616263'), silence: true },
      { note: 'the close too', hex: '616263', frames: frames('616263') },
      { note: 'too long', hex: '616161616161616161', frames: [], error: 'FRAME_TOO_LARGE' },
    ],
  },
  {
    name: 'markers: nothing to escape',
    rule: { kind: 'markers', start: '02', end: '1003', max: 9 },
    vectors: [
      { hex: '02 6110 1003', frames: frames('6110') },
      { note: 'empty ones are passed over', hex: '021003 02611003', frames: frames('61') },
      { note: 'no start', hex: '61', frames: [], error: 'FRAME_NO_RULE' },
    ],
  },
  {
    name: 'markers: SLIP',
    rule: { kind: 'markers', end: 'c0', escape: { byte: 'db', map: { dc: 'c0', dd: 'db' } } },
    vectors: [
      { hex: 'c0 61 dbdc dbdd 62 c0', frames: frames('61c0db62') },
      { note: 'no escape', hex: '61 db61 c0', frames: [], error: 'FRAME_CONTENT_INVALID' },
      { note: 'an escape at the end', hex: '61 db c0', frames: [], error: 'FRAME_CONTENT_INVALID' },
    ],
  },
  {
    name: 'markers: HDLC, one flag between frames',
    rule: {
      ...{ kind: 'markers', start: '7e', end: '7e', shared: true, escape: { byte: '7d', xor: '20' } },
      ...{ strip: [0, 2] },
      checksum: { kind: 'crc16/x25', over: 'content', to: -2, at: -2, endian: 'little' },
    },
    vectors: [
      { hex: '7e 313233343536373839 6e90 7e', frames: frames('313233343536373839') },
      {
        note: 'the flag is shared',
        hex: '7e 313233343536373839 6e90 7e 313233343536373839 6e90 7e7e7e 313233343536373839 6e90 7e',
        frames: frames('313233343536373839', '313233343536373839', '313233343536373839'),
      },
      { note: 'wrong', hex: '7e 31 6e90 7e', frames: [], error: 'FRAME_CHECKSUM_MISMATCH' },
      { note: 'aborted', hex: '7e 31 7d 7e', frames: [], error: 'FRAME_CONTENT_INVALID' },
    ],
  },
  {
    name: 'markers: doubled bytes, DLE STX and DLE ETX',
    rule: { kind: 'markers', start: '1002', end: '1003', double: '10' },
    vectors: [
      { hex: '1002 61 1010 03 1003', frames: frames('611003') },
      {
        note: 'neither doubled nor the end',
        hex: '1002 61 1004',
        frames: [],
        error: 'FRAME_CONTENT_INVALID',
      },
    ],
  },
  {
    name: 'markers: nested, with quotes',
    rule: { kind: 'markers', start: '7b', end: '7d', nest: true, quote: '22', quoteEscape: '5c' },
    vectors: [
      { note: '{a{b}c}', hex: '7b617b627d637d', frames: frames('617b627d63') },
      { note: '{"}\\"}"}', hex: '7b227d5c227d227d', frames: frames('227d5c227d22') },
    ],
  },
  {
    name: 'markers: hex digits',
    rule: {
      ...{ kind: 'markers', start: '3a', end: '0d0a', decode: 'hex', strip: [0, 1] },
      checksum: { kind: 'lrc8', over: 'content', to: -1, at: -1 },
    },
    vectors: [
      { hex: '3a 30303033303037433030303237460d0a', frames: frames('0003007c0002') },
      { note: 'half a pair', hex: '3a 303030 0d0a', frames: [], error: 'FRAME_CONTENT_INVALID' },
      { note: 'no digits', hex: '3a 7a7a 0d0a', frames: [], error: 'FRAME_CONTENT_INVALID' },
    ],
  },
  {
    name: 'markers: whole',
    rule: { kind: 'markers', start: '02', end: '03', whole: true },
    vectors: [{ hex: '026103', frames: frames('026103') }],
  },
  {
    name: 'doubled',
    rule: { kind: 'doubled', byte: '1a', sizes: { 31: 5, 32: 6 } },
    vectors: [
      { hex: '1a31 1a1a 00 1a1a 1a32 00000000', frames: frames('1a311a001a', '1a3200000000') },
      { note: 'a torn frame', hex: '1a31 00 1a32 00', frames: [], error: 'FRAME_CONTENT_INVALID' },
      { note: 'another code', hex: '1a33', frames: [], error: 'FRAME_NO_RULE' },
    ],
  },
  {
    name: 'sequence',
    rule: {
      ...{ kind: 'sequence', start: '1b1b01', escape: '1b1b', end: '1a', tail: 2, max: 40 },
      checksum: { kind: 'sum16', to: -2, at: -2 },
    },
    vectors: [
      { hex: '1b1b01 61 1b1b1b1b 62 1b1b1a 01b6', frames: frames('611b1b62') },
      { note: 'wrong', hex: '1b1b01 61 1b1b1a 0000', frames: [], error: 'FRAME_CHECKSUM_MISMATCH' },
    ],
  },
  {
    name: 'sequence, aligned',
    rule: { kind: 'sequence', start: '1b1b0101', escape: '1b1b', end: '1a', align: 4 },
    vectors: [
      { hex: '1b1b0101 61 1b1b 62 1b1b 1b1b 6162 6364 1b1b1a', frames: frames('611b1b621b1b61626364') },
      {
        note: 'neither twice nor the end',
        hex: '1b1b0101 1b1b61',
        frames: [],
        error: 'FRAME_CONTENT_INVALID',
      },
    ],
  },
  {
    name: 'block',
    rule: { kind: 'block', max: 20 },
    vectors: [
      { hex: '23 31 32 0d0a 0a', frames: frames('0d0a') },
      { note: 'two digits, CR LF', hex: '23 32 3032 6162 0d0a', frames: frames('6162') },
      { note: 'indefinite', hex: '23 30 6162 0d0a', frames: frames('6162') },
      { note: 'no end', hex: '23 31 32 6162 63', frames: [], error: 'FRAME_TRAILER_MISMATCH' },
      { note: 'no digit', hex: '23 41', frames: [], error: 'FRAME_LENGTH_UNREADABLE' },
      { note: 'too large', hex: '23 32 3231', frames: [], error: 'FRAME_TOO_LARGE' },
    ],
  },
  {
    name: 'block without an end',
    rule: { kind: 'block', ends: [] },
    vectors: [{ hex: '23 31 32 6162 23 31 30', frames: frames('6162', '') }],
  },
];

const codecOf = (rule: Rule): Codec<Buffer, Payload> => framingFromSpec({ rules: [rule] });

for (const { name, rule, vectors } of kinds) codecSuite(name, codecOf(rule), vectors, { runs: 40 });

/** What is sent as one frame: its bytes; undefined where it cannot be sent. */
function sent(codec: Codec<Buffer, Payload>, payload: Uint8Array): Buffer | undefined {
  const sink = new ByteSink();
  try {
    codec.encoder().encode(payload, sink);
  } catch (error) {
    assert.ok(isFairleadError(error, 'MESSAGE_NOT_ENCODABLE'), String(error));
    assert.equal(sink.length, 0, 'bytes were written before the refusal');
    return undefined;
  }
  return Buffer.concat(sink.flush());
}

/** Kinds that frame any payload: no byte of theirs is special. */
const ANY = new Set([
  'length: hexadecimal digits',
  'length: digits up to a comma, counted from the start',
  'length: varint',
  'length: masked and shifted bits, a known head, a checksum that is taken off',
  'length: 8 bytes, little-endian, with a smallest size',
  'markers: SLIP',
  'markers: HDLC, one flag between frames',
  'markers: doubled bytes, DLE STX and DLE ETX',
  'markers: hex digits',
  'block',
]);

describe('what a rule takes off it puts back', () => {
  const byte = fc.oneof(
    fc.constantFrom(0x02, 0x03, 0x0a, 0x0d, 0x10, 0x1a, 0x1b, 0x22, 0x5c, 0x7b, 0x7d, 0x7e, 0xc0, 0xdb),
    fc.integer({ min: 0, max: 255 }),
  );
  const payload = fc.array(byte, { minLength: 2, maxLength: 20 }).map((bytes) => Uint8Array.from(bytes));
  for (const { name, rule } of kinds) {
    // Frames that are sent as they are need not be frames.
    if (codecOf(rule).encoder().constructor.name === 'PlainEncoder') continue;
    it(name, () => {
      const codec = codecOf(rule);
      fc.assert(
        fc.property(fc.array(payload, { maxLength: 5 }), fc.integer({ min: 1, max: 7 }), (payloads, size) => {
          const wires = payloads.map((one) => [one, sent(codec, one)] as const);
          if (ANY.has(name)) assert.ok(wires.every(([, wire]) => wire !== undefined));
          const good = wires.filter(([, wire]) => wire !== undefined);
          const bytes = Buffer.concat(good.map(([, wire]) => wire as Buffer));
          const cuts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => (i + 1) * size);
          const decoded = decodeChunks(
            codec,
            bytes,
            cuts.filter((cut) => cut < bytes.length),
          );
          assert.equal(decoded.failure, undefined);
          assert.deepEqual(
            [...decoded.frames, ...decoded.last].map((frame) => frame.toString('hex')),
            good.map(([one]) => Buffer.from(one).toString('hex')),
          );
        }),
        { numRuns: 150 },
      );
    });
  }
});
