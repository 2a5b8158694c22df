import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codecSuite } from '@fairlead/testkit';
import { Deframer, type FramingSpec, framingFromSpec } from '../../../src/index.ts';
import { tcpLimits } from '../../../src/limits.ts';

const frames = (...hex: string[]): { hex: string }[] => hex.map((one) => ({ hex: one }));
const deframerOf = (spec: FramingSpec): Deframer<Buffer> =>
  new Deframer(framingFromSpec(spec).decoder(), 'rules');
const push = (deframer: Deframer<Buffer>, hex: string): string[] =>
  deframer.push(Buffer.from(hex.replaceAll(' ', ''), 'hex')).map((frame) => frame.toString('hex'));
const shown = (some: Buffer[]): string[] => some.map((frame) => frame.toString('hex'));
const counts = ({ noise: { skipped, dropped, timedOut } }: Deframer<Buffer>) => ({
  skipped,
  dropped,
  timedOut,
});

const trailed: FramingSpec['rules'][number] = {
  name: 'trailed',
  match: { bytes: 'aa' },
  kind: 'fixed',
  size: 2,
  endsWith: '01',
  onMismatch: 'next',
};
const summed: Extract<FramingSpec['rules'][number], { kind: 'fixed' }> = {
  name: 'summed',
  match: { bytes: '62' },
  kind: 'fixed',
  size: 3,
  checksum: { kind: 'sum8', to: -1, at: -1 },
  onBadChecksum: 'drop',
};

codecSuite(
  'a frame with a wrong check value is dropped, whatever other rules say of a mismatch',
  framingFromSpec({ rules: [trailed, summed] }),
  [
    { note: 'the good frame behind it comes', hex: '620000 620163', frames: frames('620163') },
    { note: 'the other rule still ends the link', hex: 'aa02', frames: [], error: 'FRAME_TRAILER_MISMATCH' },
  ],
  { message: false },
);

codecSuite(
  'a frame that goes to the next rule, and is dropped where that rule finds its check value wrong',
  framingFromSpec({ rules: [{ ...trailed, match: { bytes: '62' } }, summed] }),
  [
    { hex: '6201 620000 620264', frames: frames('62', '620264') },
    { note: 'the first has nothing to say to it', hex: '620000', frames: [] },
  ],
  { message: false, glued: false },
);

codecSuite(
  'a frame with a wrong check value that the next rule does not take either',
  framingFromSpec({
    rules: [
      { ...summed, onMismatch: 'next' },
      { match: { bytes: '6205' }, kind: 'fixed', size: 4, strip: 0 },
      { match: { bytes: '6206' }, kind: 'fixed', size: 4, endsWith: 'ff', strip: 0 },
    ],
  }),
  [
    { note: 'no rule matches', hex: '620000 620163', frames: frames('620163') },
    { note: 'the next takes it', hex: '62050000 620163', frames: frames('62050000', '620163') },
    { note: 'the next finds a fault, too', hex: '620600 620163', frames: frames('620163') },
  ],
  { message: false },
);

describe('dropped frames', () => {
  it('count once each, however many false heads they hold', () => {
    const rule: FramingSpec['rules'][number] = { ...summed, size: 8 };
    const deframer = deframerOf({ rules: [rule], resync: {} });
    assert.deepEqual(push(deframer, '6262626262626200 62000000000000 62'), ['6200000000000062']);
    assert.deepEqual(counts(deframer), { skipped: 8, dropped: 1, timedOut: 0 });
    push(deframer, '6200000000000001 6200000000000002 62000000000000 62');
    assert.equal(deframer.noise.dropped, 3);
  });

  it('count once where several rules find their check values wrong', () => {
    const deframer = deframerOf({
      rules: [
        { ...summed, onMismatch: 'next' },
        { ...summed, size: 4 },
      ],
    });
    assert.deepEqual(push(deframer, '620001 620163'), ['620163']);
    assert.deepEqual(counts(deframer), { skipped: 0, dropped: 1, timedOut: 0 });
  });

  it('are told from the first reason why something was passed over', () => {
    const deframer = deframerOf({ rules: [summed], resync: {} });
    push(deframer, '00 620000 620163');
    assert.equal(deframer.noise.reason?.code, 'FRAME_NO_RULE');
  });
});

const doubtful: FramingSpec['rules'] = [
  {
    match: { bytes: '78' },
    kind: 'length',
    offset: 1,
    size: 1,
    endsWith: '0d',
    strip: 0,
    onMismatch: 'next',
  },
  { match: { bytes: '78' }, kind: 'delimiter', end: '0d', strip: 0 },
];
const counted: FramingSpec['rules'][number] = {
  match: { bytes: 'aa' },
  kind: 'length',
  offset: 1,
  size: 1,
  adjust: 1,
  strip: 0,
  checksum: { kind: 'sum8', to: -1, at: -1 },
};
// The check value covers the whole of the frame before it.
const sum = (hex: string): string => {
  const bytes = Buffer.from(hex, 'hex');
  return hex + (bytes.reduce((a, b) => a + b, 0) & 0xff).toString(16).padStart(2, '0');
};
const three = ['aa0201', 'aa0202', 'aa0203'].map((hex) => sum(`${hex}00`.slice(0, 8)));

codecSuite(
  'whole frames behind an unfinished one, at the close',
  framingFromSpec({ rules: doubtful }),
  [
    {
      hex: '787f61620d 780361620d 780361620d',
      frames: frames('787f61620d', '780361620d', '780361620d'),
    },
    {
      note: 'what is unfinished at the end',
      hex: '787f61620d 7805',
      frames: frames('787f61620d'),
      error: 'FRAME_TRUNCATED',
    },
  ],
  { message: false, glued: false },
);

codecSuite(
  'whole frames behind a false head, at the close, with resync',
  framingFromSpec({ rules: [counted], resync: {} }),
  [
    { hex: `aa7f ${three.join(' ')}`, frames: frames(...three) },
    {
      note: 'several false heads',
      hex: `aa7f aaff ${three[0]} aa70 ${three[1]}`,
      frames: frames(three[0] as string, three[1] as string),
    },
    {
      note: 'nothing whole behind it',
      hex: `${three[0]} aa05 61`,
      frames: frames(three[0] as string),
      error: 'FRAME_TRUNCATED',
    },
  ],
  { message: false, glued: false },
);

describe('a begun frame', () => {
  it('that is never complete holds back whole frames for no longer than "frameTimeout"', () => {
    for (const spec of [{ rules: [counted], resync: {} }, { rules: [counted] }]) {
      const deframer = deframerOf({ ...spec, frameTimeout: '5s' });
      assert.equal(deframer.frameTimeout, 5_000);
      assert.deepEqual(push(deframer, `aa7f ${three.join('')} aa02`), []);
      assert.deepEqual(shown(deframer.overdue()), three);
      assert.deepEqual(counts(deframer), { skipped: 2, dropped: 0, timedOut: 1 });
      assert.equal(deframer.noise.reason?.code, 'FRAME_TIMEOUT');
      assert.deepEqual(
        push(deframer, (three[0] as string).slice(4)),
        [three[0]],
        'what follows is complete in time',
      );
      assert.deepEqual([deframer.failure, deframer.pending], [undefined, 0]);
    }
  });

  it('goes to the next rule when its time is over', () => {
    const deframer = deframerOf({ rules: doubtful, frameTimeout: 100 });
    assert.deepEqual(push(deframer, '787f61620d 780361620d'), []);
    assert.deepEqual(shown(deframer.overdue()), ['787f61620d', '780361620d']);
  });

  it('gives way to the next place where one may begin', () => {
    const deframer = deframerOf({ rules: [counted], frameTimeout: 100 });
    assert.deepEqual(push(deframer, 'aa7f 00 aa02'), []);
    assert.deepEqual(deframer.overdue(), []);
    assert.equal(deframer.pending, 2);
    assert.deepEqual(push(deframer, (three[1] as string).slice(4)), [three[1]]);
  });

  it('that is passed over may hold false heads, which end nothing', () => {
    const deframer = deframerOf({ rules: [counted], frameTimeout: 100 });
    assert.deepEqual(push(deframer, 'aa10 01 aa05 01'), []);
    assert.deepEqual(deframer.overdue(), []);
    assert.deepEqual(push(deframer, three.join('')), three);
    assert.deepEqual(counts(deframer), { skipped: 6, dropped: 0, timedOut: 1 });
    push(deframer, '00');
    assert.equal(deframer.failure?.code, 'FRAME_NO_RULE', 'what is no frame ends the link again');
  });

  it('is passed over with all that waits where nothing tells where a frame begins', () => {
    const kinds: FramingSpec['rules'] = [
      { kind: 'length', size: 1 },
      { kind: 'line' },
      { kind: 'fixed', size: 9 },
      { kind: 'json', match: { bytes: '7b' } },
      { kind: 'delimiter', end: '0a' },
      { kind: 'markers', start: '7b', end: '7d', nest: true },
    ];
    for (const rule of kinds) {
      const deframer = deframerOf({ rules: [rule], frameTimeout: 100 });
      assert.deepEqual(push(deframer, '7b227b7d'), []);
      assert.deepEqual(deframer.overdue(), [], rule.kind);
      assert.deepEqual([deframer.pending, deframer.failure], [0, undefined]);
      assert.deepEqual(counts(deframer), { skipped: 4, dropped: 0, timedOut: 1 });
    }
  });

  it('of objects within objects does not give its inner ones for frames', () => {
    const deframer = deframerOf({ rules: [{ kind: 'json' }], resync: {} });
    deframer.push(Buffer.from('{"a":{"b":1}'));
    assert.deepEqual(deframer.end(), []);
    assert.equal(deframer.failure?.code, 'FRAME_TRUNCATED');
  });
});

describe('what is looked through in vain', () => {
  const wide = {
    kind: 'fixed',
    match: { bytes: 'aa' },
    size: 16_384,
    checksum: { kind: 'crc32', to: -4, at: -4 },
  } as const;
  const fed = (spec: FramingSpec, unit: string): Deframer<Buffer> => {
    const deframer = deframerOf(spec);
    deframer.push(Buffer.alloc(2 ** 18, unit, 'hex'));
    return deframer;
  };

  it('is bounded where the next rule takes a byte each time', () => {
    const spec: FramingSpec = {
      rules: [
        { ...wide, onMismatch: 'next' },
        { kind: 'fixed', size: 1 },
      ],
    };
    const { failure } = fed(spec, 'aa');
    assert.equal(failure?.code, 'FRAME_SEARCH_LIMIT');
    assert.equal(failure.details.limit, tcpLimits.values.resyncWork);
    assert.equal(failure.details.reason, 'FRAME_CHECKSUM_MISMATCH');
  });

  it('is bounded where a small frame follows each false head', () => {
    const spec: FramingSpec = {
      rules: [wide, { kind: 'fixed', match: { bytes: 'bb' }, size: 1 }],
      resync: {},
    };
    assert.equal(fed(spec, 'aabb').failure?.code, 'FRAME_RESYNC_FAILED');
  });

  it('does not add up over good frames, taken one by one or in a run', () => {
    // A false head in each 4 KiB, which costs 16 KiB; the frames between give more than that back.
    const small = { kind: 'fixed', match: { bytes: 'bb' }, size: 64 } as const;
    const bytes = Buffer.concat([
      Buffer.from('aa', 'hex'),
      Buffer.alloc(4_096, `bb${'00'.repeat(63)}`, 'hex'),
    ]);
    const deframer = deframerOf({ rules: [wide, small], resync: {} });
    for (let i = 0; i < 2_000; i++) deframer.push(bytes);
    assert.equal(deframer.failure, undefined);
    assert.ok(deframer.noise.skipped > 1_900);
  });
});
