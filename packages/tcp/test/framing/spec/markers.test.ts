import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codecSuite } from '@fairlead/testkit';
import fc from 'fast-check';
import { ByteSink, Deframer, type FramingSpec, framingFromSpec } from '../../../src/index.ts';

type Markers = Extract<FramingSpec['rules'][number], { kind: 'markers' }>;

const frames = (...hex: string[]): { hex: string }[] => hex.map((one) => ({ hex: one }));
const ascii = (...texts: string[]): { hex: string }[] => frames(...texts.map(hexOf));
const hexOf = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
const codecOf = (rule: Omit<Markers, 'kind'>) => framingFromSpec({ rules: [{ kind: 'markers', ...rule }] });
const plain = { start: '02', end: '03', restart: true } as const;

codecSuite(
  'markers: a frame that was cut off before its end mark',
  codecOf({ ...plain, max: 8 }),
  [
    { note: 'does not pollute the next', hex: '026162 026303 0203 026403', frames: frames('63', '64') },
    { note: 'several in a row', hex: '02 02 0261 026203', frames: frames('62') },
    {
      note: 'the last is unfinished',
      hex: '026103 0262 0263',
      frames: frames('61'),
      error: 'FRAME_TRUNCATED',
    },
    {
      note: 'too large before it is seen',
      hex: `02${'61'.repeat(20)}026203`,
      frames: [],
      error: 'FRAME_TOO_LARGE',
    },
  ],
  { message: false, glued: false },
);

codecSuite(
  'markers: a cut-off frame with marks of several bytes, one of which overlaps the end mark',
  codecOf({ start: 'ff41', end: '414243', restart: true }),
  [
    { hex: 'ff41 61 ff41 62 414243', frames: frames('62') },
    { hex: 'ff41 61 ff414243 414243', frames: frames('4243') },
  ],
  { message: false, glued: false },
);

codecSuite(
  'markers: a cut-off frame, MLLP',
  codecOf({ start: '0b', end: '1c0d', restart: true }),
  [{ hex: '0b 4d53 0b 4d5348 1c0d 0b 4d 1c0d', frames: frames('4d5348', '4d') }],
  { message: false, glued: false },
);

codecSuite(
  'markers: a cut-off frame where DLE stands twice in content',
  codecOf({ start: '1002', end: '1003', double: '10', restart: true }),
  [
    { hex: '1002 61 1002 62 1003', frames: frames('62') },
    { note: 'what only looks like a start mark', hex: '1002 61 101002 1003', frames: frames('611002') },
    { note: 'neither mark', hex: '1002 61 1004', frames: [], error: 'FRAME_CONTENT_INVALID' },
  ],
  { message: false, glued: false },
);

codecSuite(
  'markers: a cut-off frame with escapes',
  codecOf({
    start: '02',
    end: '03',
    escape: { byte: '1b', map: { '02': '02', '03': '03', '1b': '1b' } },
    restart: true,
  }),
  [
    { hex: '02 61 02 62 1b03 1b02 03', frames: frames('620302') },
    { note: 'an escaped escape before the mark', hex: '02 61 1b1b 02 62 03', frames: frames('62') },
  ],
  { message: false, glued: false },
);

codecSuite(
  'markers: a cut-off frame within which others nest',
  codecOf({ start: '5b', end: '5d', nest: true, quote: '22', restart: ['5b3347', '5b5347'] }),
  [
    { hex: hexOf('[3G*a[b[3G*c[d]]'), frames: ascii('3G*c[d]') },
    { note: 'cut off in a quote', hex: hexOf('[3G*"a[SG*b]'), frames: ascii('SG*b') },
    { note: 'one that begins otherwise', hex: hexOf('[a[b]][3G]'), frames: ascii('a[b]', '3G') },
    { note: 'cut off in the mark', hex: hexOf('[3G*a[3'), frames: [], error: 'FRAME_TRUNCATED' },
  ],
  { message: false, glued: false },
);

codecSuite(
  'markers: an escape byte before the byte itself',
  codecOf({ start: '3c', end: '3e', escape: { byte: '5c', xor: '00' } }),
  [
    { hex: hexOf('<a\\>b>'), frames: ascii('a>b') },
    { hex: hexOf('<\\\\>'), frames: ascii('\\') },
    { hex: hexOf('<\\<\\\\\\>>'), frames: ascii('<\\>') },
  ],
);

codecSuite(
  'markers: the same by a map, with an end mark of two bytes',
  codecOf({ start: '3c', end: '0d0a', escape: { byte: '5c', map: { '0d': '0d', '5c': '5c', '6e': '0a' } } }),
  [
    { hex: hexOf('<a\\\r\nb\r\n'), frames: ascii('a\r\nb') },
    { hex: hexOf('<\\n\\\\\r\n'), frames: ascii('\n\\') },
    {
      note: 'an escape of nothing known',
      hex: hexOf('<\\a\r\n'),
      frames: [],
      error: 'FRAME_CONTENT_INVALID',
    },
  ],
  { message: false },
);

codecSuite(
  'markers: the same within which others nest',
  codecOf({ start: '5b', end: '5d', nest: true, escape: { byte: '5c', xor: '00' } }),
  [{ hex: hexOf('[a\\]b[c\\[]]'), frames: ascii('a]b[c[]') }],
  { message: false },
);

codecSuite(
  'markers: an escape whose code is a mark by chance',
  codecOf({ start: '02', end: '03', escape: { byte: '10', xor: '01' } }),
  [{ hex: '02 1003 1002 03', frames: frames('0203') }],
);

codecSuite(
  'markers: an abort, which is an escape byte before the end mark, stays one where no escape holds a mark',
  codecOf({ start: '7e', end: '7e', shared: true, escape: { byte: '7d', xor: '20' } }),
  [{ hex: '7e 61 7d 7e', frames: [], error: 'FRAME_CONTENT_INVALID' }],
  { message: false },
);

codecSuite(
  'markers: an escape within what is stripped',
  codecOf({ start: '02', end: '03', strip: [1, 1], escape: { byte: '10', xor: '20' } }),
  [
    { hex: '02 1023 61 62 03', frames: frames('61') },
    { hex: '02 61 62 1023 03', frames: frames('62') },
  ],
  { message: false },
);

describe('"restart" of markers', () => {
  const refuses = (rule: Omit<Markers, 'kind'>, reason: RegExp): void => {
    assert.throws(() => codecOf(rule), { code: 'FRAMING_SPEC_INVALID', message: reason });
  };

  it('is refused where a start mark says nothing', () => {
    refuses({ end: '03', restart: true }, /goes with a "start" mark/);
    refuses({ start: '7e', end: '7e', restart: true }, /marks that differ/);
    refuses({ start: '5b', end: '5d', nest: true, restart: true }, /must list longer sequences/);
    refuses({ start: '5b', end: '5d', nest: true, restart: '5b' }, /with which nested content begins/);
    refuses({ start: '02', end: '03', restart: '0102' }, /does not begin with the start mark/);
  });

  it('counts what was cut off, and says why', () => {
    const deframer = new Deframer(codecOf(plain).decoder(), 'markers');
    deframer.push(Buffer.from('026162026303', 'hex'));
    const { skipped, dropped, reason } = deframer.noise;
    assert.deepEqual([skipped, dropped, reason?.code], [3, 0, 'FRAME_CONTENT_INVALID']);
  });

  it('does not send what the receiver would take for a new frame', () => {
    const encoder = codecOf(plain).encoder();
    assert.throws(() => encoder.encode(Buffer.from('6102', 'hex'), new ByteSink()), {
      code: 'MESSAGE_NOT_ENCODABLE',
    });
  });
});

describe('escaped content', () => {
  it('is received as it was sent, whatever the escapes', () => {
    const byte = fc.constantFrom('00', '01', '02', '03', '20', '7d');
    fc.assert(
      fc.property(byte, fc.array(fc.uint8Array({ maxLength: 12 })), fc.boolean(), (xor, messages, nest) => {
        const codec = codecOf({ start: '02', end: '03', escape: { byte: '10', xor }, nest, empty: true });
        const sink = new ByteSink();
        const sent: string[] = [];
        for (const message of messages) {
          codec.encoder().encode(message, sink);
          sent.push(Buffer.from(message).toString('hex'));
        }
        const deframer = new Deframer(codec.decoder(), 'markers');
        const found = sink.flush().flatMap((piece) => deframer.push(Buffer.from(piece)));
        assert.deepEqual(
          found.map((frame) => frame.toString('hex')),
          sent,
        );
      }),
    );
  });
});
