import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codecSuite } from '@fairlead/testkit';
import fc from 'fast-check';
import {
  ByteSink,
  type Codec,
  Deframer,
  type FramingSpec,
  framingFromSpec,
  type Payload,
} from '../../../src/index.ts';

const spec = (...rules: FramingSpec['rules']): Codec<Buffer, Payload> => framingFromSpec({ rules });

/** The same frames, by the way that is not the fast one. */
function withDetails(rules: object[], resync: object | undefined, input: number[]): string[] {
  const spec = JSON.parse(JSON.stringify({ rules, resync }));
  const codec = framingFromSpec(spec, { detailed: true });
  const deframer = new Deframer(codec.decoder(), codec.name);
  return [...deframer.push(Buffer.from(input)), ...deframer.end()].map(({ payload }) =>
    payload.toString('hex'),
  );
}

function sent(codec: Codec<Buffer, Payload>, message: Payload): string {
  const sink = new ByteSink();
  codec.encoder().encode(message, sink);
  return Buffer.concat(sink.flush()).toString('hex');
}

codecSuite(
  'several ends, and frames of another rule between',
  framingFromSpec({
    rules: [
      { match: { bytes: '2b' }, kind: 'delimiter', end: ['24', '00'] },
      { match: { bytes: '35' }, kind: 'fixed', size: 1, discard: true },
    ],
  }),
  [{ hex: '2b00 35 2b24', frames: [{ hex: '2b' }, { hex: '2b' }] }],
  { message: false },
);

codecSuite(
  'an escape sequence that announces nothing known, at the end of what has come',
  framingFromSpec({ rules: [{ kind: 'sequence', start: '1b1b', escape: '1b1b', end: '1a' }] }),
  [{ hex: '1b1b 1b1b01', frames: [], error: 'FRAME_CONTENT_INVALID' }],
  { message: false },
);

codecSuite(
  'a doubled mark that is none, before the frame can be complete',
  framingFromSpec({ rules: [{ kind: 'doubled', byte: '1a', sizes: { 33: 23 } }], resync: {} }),
  [{ hex: '1a331ad2', frames: [] }],
  { message: false },
);

codecSuite(
  'a rule for each kind',
  spec(
    { match: { bytes: '0a' }, kind: 'fixed', size: 1, discard: true },
    { match: { bytes: '01' }, kind: 'fixed', size: 3, endsWith: '03' },
    { match: { bytes: '02' }, kind: 'delimiter', end: '03', strip: 0 },
    { match: { bytes: '05' }, kind: 'length', offset: 1, size: 2, endian: 'little', max: 9 },
    { match: { bytes: '5450' }, kind: 'tp' },
    { match: { bytes: '60', mask: 'f0' }, kind: 'line' },
    { match: { at: 1, bytes: '30', mask: 'f0' }, kind: 'fixed', size: 2 },
    { kind: 'json' },
  ),
  [
    { note: 'fixed', hex: '01aa03', frames: [{ hex: '01aa' }] },
    { note: 'delimiter', hex: '02aa03', frames: [{ hex: '02aa03' }] },
    { note: 'length', hex: '050200aabb', frames: [{ hex: 'aabb' }] },
    { note: 'tp', hex: '545000000000000141', frames: [{ hex: '545000000000000141' }] },
    { note: 'line', hex: '61620d0a', frames: [{ hex: '6162' }] },
    { note: 'looks at the second byte', hex: 'ff31', frames: [{ hex: 'ff31' }] },
    { note: 'json', hex: '7b7d', frames: [{ hex: '7b7d' }] },
    { note: 'white space, then another kind', hex: '2001aa03', frames: [{ hex: '01aa' }] },
    { note: 'discarded between', hex: '0a0a01aa030a', frames: [{ hex: '01aa' }] },
    { note: 'another end', hex: '01aa04', frames: [], error: 'FRAME_TRAILER_MISMATCH' },
    { note: 'too long', hex: '050a00', frames: [], error: 'FRAME_TOO_LARGE' },
    { note: 'nothing for it but JSON', hex: 'ffff', frames: [], error: 'FRAME_JSON_INVALID' },
  ],
  { message: false },
);

codecSuite(
  'white space before a rule that looks ahead',
  spec({ match: { at: 3, bytes: '31' }, kind: 'fixed', size: 4 }, { kind: 'json' }),
  [
    { hex: '20202020 7b7d 2020', frames: [{ hex: '7b7d' }], error: 'FRAME_TRUNCATED' },
    { hex: '2020 20202031', frames: [{ hex: '20202031' }] },
  ],
  { message: false },
);

codecSuite(
  'frames shorter than what is taken off',
  spec({ kind: 'delimiter', end: '0a', strip: [2, 1], checksum: { kind: 'xor8', from: 0, to: -2, at: -2 } }),
  [
    { hex: '0102 04 0a', frames: [], error: 'FRAME_CHECKSUM_MISMATCH' },
    { hex: '0101 aa aa 0a', frames: [{ hex: 'aaaa' }] },
    { note: 'strip', hex: '010a', frames: [], error: 'FRAME_TOO_SHORT' },
  ],
  { message: false },
);
codecSuite(
  'frames shorter than their checksum',
  spec({ kind: 'delimiter', end: '0a', checksum: { kind: 'crc16/x25', from: 0, to: -3, at: -3 } }),
  [{ hex: '010a', frames: [], error: 'FRAME_TOO_SHORT' }],
  { message: false },
);

describe('framing spec', () => {
  it('shows the head that no rule matches', () => {
    const deframer = new Deframer(spec({ match: { bytes: '7878' }, kind: 'raw' }).decoder(), 'rules');
    deframer.push(Buffer.from('7879aabb', 'hex'));
    assert.equal(deframer.failure?.code, 'FRAME_NO_RULE');
    assert.equal(deframer.failure?.details.found, '7879aabb');
  });

  it('waits for no more bytes than it takes to tell', () => {
    const codec = spec(
      { match: { at: 4, bytes: '01' }, kind: 'fixed', size: 5 },
      { match: { bytes: '02' }, kind: 'fixed', size: 2 },
    );
    const deframer = new Deframer(codec.decoder(), 'rules');
    assert.deepEqual(deframer.push(Buffer.from('02000000', 'hex')), []);
    assert.equal(deframer.push(Buffer.from('00', 'hex')).length, 1);
  });

  it('gives the same for any rules and any bytes, whatever the chunking', () => {
    const byte = fc.constantFrom('00', '01', '02');
    const match = fc.option(
      fc.record({
        bytes: fc.array(byte, { minLength: 1, maxLength: 3 }).map((all) => all.join('')),
        at: fc.nat({ max: 3 }),
        not: fc.boolean(),
      }),
      { nil: undefined },
    );
    const kind = fc.constantFrom(
      { kind: 'fixed', size: 2 },
      { kind: 'fixed', size: 3, endsWith: '01' },
      { kind: 'delimiter', end: '0001', max: 9 },
      { kind: 'length', offset: 1, size: 1, strip: 0 },
      { kind: 'length', size: 1, adjust: -1, max: 4 },
      { kind: 'line' },
      { kind: 'length', size: 2, as: 'hex', max: 9 },
      {
        kind: 'length',
        as: 'varint',
        strip: 0,
        checksum: { kind: 'xor8', to: -1, at: -1 },
        onBadChecksum: 'drop',
      },
      { kind: 'length', as: 'decimal', until: '0a', from: 'start', max: 9 },
      { kind: 'length', size: 1, mask: '03', flag: { at: 0, mask: '08', add: 1 }, min: 2 },
      { kind: 'delimiter', end: ['000a', '0a', '02'], max: 6, skip: 1 },
      { kind: 'delimiter', end: '02', notBefore: '00', tail: 1, max: 8 },
      { kind: 'delimiter', end: '02', tail: { until: '0a', max: 3 }, strip: 0 },
      { kind: 'table', at: 1, sizes: { '00': 2, '01': { offset: 2, size: 1 } }, max: 4 },
      { kind: 'table', at: 0, sizes: { '02': 3, '0a': { offset: 1, size: 1 } }, endsWith: '00' },
      { kind: 'literal', bytes: ['0102', '0101'] },
      { kind: 'literal', bytes: ['0a0a', '02'] },
      { kind: 'silence', max: 20 },
      {
        kind: 'markers',
        start: '02',
        end: '0a',
        max: 7,
        escape: { byte: '01', map: { '00': '0a', '01': '01' } },
      },
      { kind: 'markers', end: '02', escape: { byte: '01', xor: '03' }, empty: true },
      { kind: 'markers', start: '0a', end: '0a', shared: true, strip: [0, 1], max: 6 },
      { kind: 'markers', start: '0102', end: '010a', double: '01', max: 6 },
      { kind: 'markers', start: '01', end: '02', nest: true, quote: '0a', quoteEscape: '00', max: 12 },
      { kind: 'markers', start: '02', end: '02', decode: 'hex', max: 4 },
      { kind: 'doubled', byte: '01', sizes: { '00': 4, '02': 5 } },
      { kind: 'sequence', start: '02', escape: '0101', end: '02', tail: 1, align: 1, max: 9 },
      { kind: 'sequence', start: '01', escape: '02', end: '0a', align: 2, max: 9 },
    );
    const common = fc.record({ next: fc.boolean(), first: fc.boolean() });
    const resync = fc.option(fc.record({ max: fc.integer({ min: 1, max: 30 }) }), { nil: undefined });
    const rules = fc.array(fc.tuple(match, kind, fc.boolean(), common), { minLength: 1, maxLength: 4 });
    const bytes = fc.array(fc.constantFrom(0, 1, 2, 8, 10, 0x30, 0x31, 0x32), { maxLength: 40 });
    fc.assert(
      fc.property(
        rules,
        resync,
        bytes,
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        (all, skip, input, sizes) => {
          const made = all.map(([m, k, discard, { next, first }], i) => ({
            ...k,
            onMismatch: next ? 'next' : 'close',
            first: first && i > 0,
            match: i < all.length - 1 && m === undefined ? { bytes: '02' } : m,
            discard: discard && i > 0,
          }));
          const codec = framingFromSpec(JSON.parse(JSON.stringify({ rules: made, resync: skip })));
          const outcome = (chunks: number[][]): unknown => {
            const deframer = new Deframer(codec.decoder(), 'rules');
            const frames = chunks.flatMap((chunk) => deframer.push(Buffer.from(chunk)));
            frames.push(...deframer.end());
            return [
              frames.map((frame) => frame.toString('hex')),
              deframer.failure?.code,
              deframer.failure?.side,
            ];
          };
          const chunks: number[][] = [];
          for (let at = 0, i = 0; at < input.length; at += sizes[i++ % sizes.length] as number)
            chunks.push(input.slice(at, at + (sizes[i % sizes.length] as number)));
          const whole = outcome([input]) as [string[], string | undefined, string | undefined];
          assert.deepEqual(outcome(chunks), whole);
          assert.deepEqual(outcome(input.map((byte) => [byte])), whole);
          assert.deepEqual(withDetails(made, skip, input), whole[0]);
          assert.ok(whole[2] === undefined || whole[2] === 'remote');
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('sends by its first rule that does not discard, or the one that says so', () => {
    const first = { match: { bytes: '0d' }, kind: 'fixed', size: 1, discard: true } as const;
    const lines = { match: { bytes: '61' }, kind: 'line' } as const;
    const framed = { kind: 'length', size: 1 } as const;
    assert.equal(sent(spec(first, lines, framed), 'ab'), '61620a');
    assert.equal(sent(spec(first, lines, { ...framed, send: true }), 'ab'), '026162');
  });

  it('adds what it takes off', () => {
    assert.equal(
      sent(spec({ match: { bytes: '94c3' }, kind: 'length', offset: 2, size: 2 }), 'ab'),
      '94c300026162',
    );
    assert.equal(sent(spec({ kind: 'length', size: 1, endsWith: '0d', adjust: 1 }), 'ab'), '0261620d');
    assert.equal(
      sent(spec({ match: { bytes: '0b' }, kind: 'delimiter', end: '1c0d', strip: [1, 2] }), 'ab'),
      '0b61621c0d',
    );
    assert.equal(sent(spec({ kind: 'line', terminator: '\r\n' }), 'ab'), '61620d0a');
    assert.equal(sent(spec({ kind: 'fixed', size: 3, endsWith: '0d' }), 'ab'), '61620d');
  });

  it('sends whole frames as they are', () => {
    assert.equal(
      sent(spec({ kind: 'length', offset: 2, size: 1, strip: 0 }), 'anything'),
      Buffer.from('anything').toString('hex'),
    );
    assert.equal(sent(spec({ kind: 'delimiter', end: '0a', strip: 0 }), 'x'), '78');
    assert.equal(sent(spec({ kind: 'tp' }), 'x'), '78');
    assert.equal(sent(spec({ kind: 'raw' }), 'x'), '78');
    assert.equal(sent(spec({ kind: 'json' }), '{}'), '7b7d');
  });

  it('does not send what it cannot complete', () => {
    const refuses = (codec: Codec<Buffer, Payload>, message: string): void =>
      assert.throws(() => sent(codec, message), { code: 'MESSAGE_NOT_ENCODABLE' });
    refuses(spec({ kind: 'delimiter', end: '0a', strip: [2, 1] }), 'x');
    refuses(spec({ kind: 'delimiter', end: '0a', strip: [0, 2] }), 'x');
    refuses(spec({ kind: 'fixed', size: 3, strip: 1 }), 'xy');
    refuses(spec({ kind: 'fixed', size: 3 }), 'xy');
    refuses(spec({ kind: 'length', offset: 2, size: 1 }), 'x');
    refuses(spec({ kind: 'line' }), 'x\ny');
    refuses(spec({ kind: 'line' }), 'x\r');
  });
});
