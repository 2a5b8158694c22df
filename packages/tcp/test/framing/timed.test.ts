import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codecSuite } from '@fairlead/testkit';
import {
  afterToken,
  type Codec,
  Deframer,
  delimited,
  fixed,
  framingFromSpec,
  json,
  length,
  line,
  type Payload,
  TpPacket,
  text,
  tp,
} from '../../src/index.ts';

const shown = (frame: unknown): unknown =>
  frame instanceof TpPacket ? String(frame.payload) : Buffer.isBuffer(frame) ? String(frame) : frame;

function deframer<F>(codec: Codec<F, never>): Deframer<F> {
  return new Deframer(codec.decoder(), codec.name);
}

function push(to: Deframer<unknown>, bytes: string): unknown[] {
  return to.push(Buffer.from(bytes, 'latin1')).map(shown);
}

describe('frameTimeout of codecs', () => {
  const frameTimeout = '2s';
  const codecs: Record<string, [codec: Codec<unknown, never>, begun: string, whole: string, frame: unknown]> =
    {
      line: [line({ frameTimeout }), 'half', 'whole\n', 'whole'],
      'line in another encoding': [line({ frameTimeout, encoding: 'cp037' }), 'half', '\x81\x25', 'a'],
      delimited: [delimited({ delimiter: ';', frameTimeout }), 'half', 'whole;', 'whole'],
      length: [length({ bytes: 1, frameTimeout }), '\x09half', '\x02ok', 'ok'],
      fixed: [fixed(4, { frameTimeout }), 'abc', 'abcd', 'abcd'],
      json: [json({ frameTimeout }), '{"a":[{}', '{"a":1}', { a: 1 }],
      'json in lines': [json(line({ frameTimeout })), '{"a":', '{"a":1}\n', { a: 1 }],
      text: [text(length({ bytes: 1, frameTimeout })), '\x09half', '\x02ok', 'ok'],
      'after a token': [afterToken(line({ frameTimeout })), 'half', 'whole\n', 'whole'],
      tp: [tp({ frameTimeout }), 'TP\0\0\0\0\0\x09half', 'TP\0\0\0\0\0\x02ok', 'ok'],
    };
  for (const [name, [codec, begun, whole, frame]] of Object.entries(codecs)) {
    it(`${name}: a frame that is not complete in time is passed over, and the next one comes`, () => {
      const bytes = deframer(codec);
      assert.equal(bytes.frameTimeout, 2_000);
      assert.deepEqual(push(bytes, whole + begun), [frame]);
      assert.deepEqual(bytes.overdue(), []);
      const { skipped, dropped, timedOut, reason } = bytes.noise;
      assert.deepEqual([skipped, dropped, timedOut], [begun.length, 0, 1]);
      assert.equal(reason?.code, 'FRAME_TIMEOUT');
      assert.deepEqual(push(bytes, whole + whole), [frame, frame]);
      assert.deepEqual(bytes.overdue(), [], 'nothing has begun');
      assert.deepEqual([bytes.noise.timedOut, bytes.failure], [1, undefined]);
    });
  }

  it('is not set unless it is asked for', () => {
    for (const codec of [line(), length(), json(), tp(), fixed(1), delimited({ delimiter: 'x' })])
      assert.equal(deframer(codec as Codec<unknown, never>).frameTimeout, undefined);
    assert.throws(() => line({ frameTimeout: 0 }), { code: 'OPTION_INVALID' });
  });

  it('finds whole frames behind the unfinished one by their magic bytes', () => {
    const codecs: [Codec<unknown, never>, string, string][] = [
      [tp({ frameTimeout: 1 }), 'TP\0\0\0\0\x01\0', 'TP\0\0\0\0\0\x02ok'],
      [length({ magic: '$', offset: 1, bytes: 1, frameTimeout: 1 }), '$\xff', '$\x02ok'],
      [
        length({ magic: '$$', offset: 2, bytes: 1, trailer: ';', adjust: 1, frameTimeout: 1 }),
        '$$\xff$$\0!',
        '$$\x02ok;',
      ],
    ];
    for (const [codec, begun, whole] of codecs) {
      const bytes = deframer(codec);
      assert.deepEqual(push(bytes, begun + whole + whole + whole.slice(0, 1)), []);
      assert.deepEqual(bytes.overdue().map(shown), ['ok', 'ok']);
      assert.equal(bytes.noise.skipped, begun.length);
      assert.deepEqual(push(bytes, whole.slice(1)), ['ok']);
      const closed = deframer(codec);
      push(closed, begun + whole + whole);
      assert.deepEqual(closed.end().map(shown), ['ok', 'ok']);
      assert.deepEqual([closed.failure, closed.noise.skipped], [undefined, begun.length]);
      const late = deframer(codec);
      push(late, begun + whole.slice(0, 1));
      assert.deepEqual([late.overdue(), late.pending], [[], 1], 'the next may have begun with the last byte');
      assert.deepEqual(push(late, whole.slice(1)), ['ok']);
    }
  });
});

codecSuite('with a time for frames', length({ bytes: 1, frameTimeout: '1s' }), [
  { hex: '0161 020000', frames: [{ hex: '61' }, { hex: '0000' }] },
  { note: 'cut off', hex: '0161 0200', frames: [{ hex: '61' }], error: 'FRAME_TRUNCATED' },
]);

describe('what a codec says of a framing within it', () => {
  const silent = framingFromSpec({ rules: [{ kind: 'silence', idleMs: 20 }] });
  const noisy = framingFromSpec({ rules: [{ match: { bytes: '61' }, kind: 'line' }], resync: {} });
  const wraps: Record<string, (codec: Codec<Buffer, Payload>) => Codec<unknown, never>> = {
    text: (codec) => text(codec),
    json: (codec) => json(codec),
    afterToken: (codec) => afterToken(codec) as Codec<unknown, never>,
  };
  for (const [name, wrap] of Object.entries(wraps)) {
    it(`${name}: a silence ends frames there, too`, () => {
      const bytes = deframer(wrap(silent));
      assert.deepEqual(push(bytes, '12'), []);
      assert.equal(bytes.idleMs, 20);
      assert.deepEqual(bytes.idle().map(shown).map(String), ['12']);
    });

    it(`${name}: what is passed over is counted there, too`, () => {
      const bytes = deframer(wrap(noisy));
      push(bytes, '???');
      assert.equal(bytes.noise.skipped, 3);
    });
  }

  it('counts what the framing before it passed over, too', () => {
    const bytes = deframer(noisy as Codec<Buffer, never>);
    push(bytes, '???a\n');
    bytes.use(line().decoder() as never, 'line');
    assert.equal(bytes.noise.skipped, 3);
  });
});
