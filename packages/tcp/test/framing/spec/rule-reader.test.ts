import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codecSuite, decodeWhole } from '@fairlead/testkit';
import { Deframer, type DetailedFrame, type FramingSpec, framingFromSpec } from '../../../src/index.ts';
import { tcpLimits } from '../../../src/limits.ts';

const rule: Extract<FramingSpec['rules'][number], { kind: 'length' }> = {
  kind: 'length',
  match: { bytes: 'aa' },
  offset: 1,
  size: 1,
  adjust: 1,
  strip: [2, 1],
  max: 32,
  checksum: { kind: 'sum8', from: 2, to: -1, at: -1 },
};

const frames = (...hex: string[]): { hex: string }[] => hex.map((one) => ({ hex: one }));

codecSuite(
  'resync',
  framingFromSpec({ rules: [rule], resync: { max: 16 } }),
  [
    { note: 'noise before', hex: '00010203 aa 02 6162 c3', frames: frames('6162') },
    { note: 'noise between and behind', hex: 'aa0161 61 77 aa0162 62 00', frames: frames('61', '62') },
    { note: 'a head in the noise', hex: 'aaaa 02 6162 c3', frames: frames('6162') },
    { note: 'a wrong check value', hex: 'aa 02 6162 c4 aa0161 61', frames: frames('61') },
    {
      note: 'a wrong length, a frame in what it spans',
      hex: 'aa 05 aa0161 61 0000 aa0162 62',
      frames: frames('61', '62'),
    },
    { note: 'too large to be one', hex: 'aa ff aa0161 61', frames: frames('61') },
    {
      note: 'too much noise',
      hex: `aa0161 61 ${'00'.repeat(17)}`,
      frames: frames('61'),
      error: 'FRAME_RESYNC_FAILED',
    },
    { note: 'as much as there may be', hex: `${'00'.repeat(16)} aa0161 61`, frames: frames('61') },
    { note: 'an unfinished frame', hex: 'aa 05 61', frames: [], error: 'FRAME_TRUNCATED' },
  ],
  { message: false },
);

codecSuite('onBadChecksum: drop', framingFromSpec({ rules: [{ ...rule, onBadChecksum: 'drop' }] }), [
  { hex: 'aa 02 6162 c4 aa0161 61', frames: frames('61') },
  { note: 'all else still ends it', hex: 'ab', frames: [], error: 'FRAME_NO_RULE' },
]);

codecSuite(
  'onMismatch: next',
  framingFromSpec({
    rules: [
      { kind: 'fixed', match: { bytes: '78' }, size: 4, endsWith: '0d', strip: 0, onMismatch: 'next' },
      { kind: 'fixed', match: { bytes: '78' }, size: 6, endsWith: '0d', strip: 0, onMismatch: 'next' },
      { kind: 'delimiter', match: { bytes: '7879' }, end: '0a', strip: 0 },
    ],
  }),
  [
    { note: 'the first', hex: '7800000d', frames: frames('7800000d') },
    { note: 'the second', hex: '78000000000d', frames: frames('78000000000d') },
    { note: 'the third', hex: '7879000000000a', frames: frames('7879000000000a') },
    {
      note: 'the first of them says what is wrong',
      hex: '780000000000',
      frames: [],
      error: 'FRAME_TRAILER_MISMATCH',
    },
    { note: 'the close ends the wait', hex: '7879 0a', frames: frames('78790a') },
  ],
  { message: false, glued: false },
);

codecSuite(
  'the first packet',
  framingFromSpec({
    rules: [
      { name: 'wake-up', match: { bytes: '00' }, kind: 'fixed', size: 1, discard: true },
      { name: 'registration', first: true, kind: 'fixed', size: 4 },
      { name: 'line', kind: 'line' },
    ],
  }),
  [{ hex: '0000 61626364 6566 0a 0061626364 0a', frames: frames('61626364', '6566', '61626364') }],
  { message: false },
);

codecSuite(
  'conditions',
  framingFromSpec({
    rules: [
      {
        match: { range: [['30', '39']], all: [{ at: 1, range: [['61', '66']], not: true }] },
        kind: 'fixed',
        size: 2,
      },
      { match: { range: [['30', '39']] }, kind: 'fixed', size: 3 },
      { match: { any: [{ bytes: '4142' }, { at: 1, bytes: '43' }] }, kind: 'fixed', size: 4 },
      { match: { bytes: '80', mask: '80', all: [{ at: 2, bytes: 'ff' }] }, kind: 'fixed', size: 5 },
    ],
  }),
  [
    {
      hex: '3030 306130 41420000 4a430000 81 00 ff 0000',
      frames: frames('3030', '306130', '41420000', '4a430000', '8100ff0000'),
    },
    { note: 'none', hex: '4144', frames: [], error: 'FRAME_NO_RULE' },
  ],
  { message: false },
);

function detailed(spec: FramingSpec, ...chunks: string[]): [DetailedFrame[], Deframer<DetailedFrame>] {
  const codec = framingFromSpec(spec, { detailed: true });
  const deframer = new Deframer(codec.decoder(), codec.name);
  const found = chunks.flatMap((chunk) => deframer.push(Buffer.from(chunk, 'hex')));
  return [[...found, ...deframer.end()], deframer];
}

const shown = ({ offset, raw, payload, rule: name, checksum }: DetailedFrame): unknown[] => [
  offset,
  raw.toString('hex'),
  payload.toString('hex'),
  name,
  checksum,
];

const counts = ({ noise: { skipped, dropped, timedOut, reason } }: Deframer<unknown>): unknown[] => [
  skipped,
  dropped,
  timedOut,
  reason?.code,
];

describe('frames with details', () => {
  const spec: FramingSpec = {
    rules: [
      { ...rule, name: 'checked', onBadChecksum: 'flag' },
      { kind: 'line', match: { range: [['61', '7a']] } },
      { match: { bytes: '20' }, kind: 'fixed', size: 1, discard: true },
    ],
    resync: {},
  };

  it('say where a frame stood, what it was, and whether its check value is right', () => {
    const expected = [
      [2, 'aa016161', '61', 'checked', 'ok'],
      [6, 'aa016262', '62', 'checked', 'ok'],
      [10, 'aa016300', '63', 'checked', 'bad'],
      [15, '68690d0a', '6869', 'line', 'none'],
    ];
    const hex = '0000 aa016161 aa016262 aa016300 20 68690d0a'.replaceAll(' ', '');
    assert.deepEqual(detailed(spec, hex)[0].map(shown), expected);
    const single = hex.match(/../g) as string[];
    assert.deepEqual(detailed(spec, ...single)[0].map(shown), expected);
  });

  it('counts what is passed over and dropped', () => {
    const drop: FramingSpec = { rules: [{ ...rule, onBadChecksum: 'drop' }] };
    const [, dropped] = detailed(drop, 'aa016100aa016161aa016200');
    assert.deepEqual(counts(dropped), [0, 2, 0, 'FRAME_CHECKSUM_MISMATCH']);
    const [found, skipped] = detailed({ ...drop, resync: {} }, '000000aa016100aa016161');
    assert.deepEqual(
      found.map((frame) => frame.offset),
      [7],
    );
    assert.deepEqual(counts(skipped), [7, 1, 0, 'FRAME_NO_RULE']);
    const plain = new Deframer(framingFromSpec({ rules: [{ kind: 'raw' }] }).decoder(), 'raw');
    assert.deepEqual(counts(plain), [0, 0, 0, undefined]);
  });
});

describe('directions', () => {
  const spec: FramingSpec = {
    rules: [{ kind: 'table', sizes: { '01': 3 } }],
    sent: [{ kind: 'table', sizes: { '01': 2 }, endsWith: '0d' }],
  };

  it('decode by the rules of one and encode by those of the other', () => {
    const both = (direction: 'received' | 'sent', hex: string): string[] =>
      decodeWhole(framingFromSpec(spec, { direction }), Buffer.from(hex, 'hex')).frames.map((f) =>
        f.toString('hex'),
      );
    assert.deepEqual(both('received', '010203'), ['010203']);
    assert.deepEqual(both('sent', '010d'), ['01']);
  });
});

describe('bad input', () => {
  it('costs a bounded amount of searching', () => {
    // Each byte begins a frame of 64 KiB whose check value is wrong.
    const spec: FramingSpec = {
      rules: [
        {
          ...{ kind: 'fixed', match: { bytes: 'aa' }, size: 65_536 },
          checksum: { kind: 'crc32', to: -4, at: -4 },
        },
      ],
      resync: { max: '10MiB' },
    };
    const deframer = new Deframer(framingFromSpec(spec).decoder(), 'rules');
    deframer.push(Buffer.alloc(2 ** 20, 0xaa));
    assert.equal(deframer.failure?.code, 'FRAME_RESYNC_FAILED');
    assert.equal(deframer.failure?.cause !== undefined, true);
    assert.ok(Number(deframer.failure?.details.skipped) <= tcpLimits.values.resyncWork / 65_536 + 1);
  });

  it('byte by byte stays linear', () => {
    const kinds: FramingSpec['rules'] = [
      { kind: 'markers', start: '02', end: '03' },
      { kind: 'markers', start: '02', end: '1003', double: '10' },
      { kind: 'markers', start: '02', end: '03', nest: true },
      { kind: 'delimiter', end: ['03', '0d0a'] },
      { kind: 'delimiter', end: '03' },
      { kind: 'sequence', start: '02', escape: '1b1b', end: '03' },
      { kind: 'json', match: { bytes: '7b' } },
    ];
    for (const one of kinds) {
      const codec = framingFromSpec({ rules: [one] });
      const deframer = new Deframer(codec.decoder(), codec.name);
      const filler = Buffer.from('61', 'hex');
      deframer.push(Buffer.from([one.kind === 'json' ? 0x7b : 0x02]));
      const started = performance.now();
      // A quadratic search of a quarter of a million bytes would look at 30 thousand million.
      for (let i = 0; i < 250_000; i++) deframer.push(filler);
      assert.ok(performance.now() - started < 5_000, JSON.stringify(one));
      assert.equal(deframer.pending, 250_001);
    }
  });
});
