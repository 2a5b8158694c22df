import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Deframer, type FramingSpec, framingFromSpec } from '../../../../src/index.ts';

type Checksum = NonNullable<
  Extract<FramingSpec['rules'][number], { kind: 'line' | 'delimiter' }> & { checksum?: unknown }
>;
const codecOf = (checksum: object) =>
  framingFromSpec({ rules: [{ kind: 'delimiter', end: '0a', strip: 0, checksum } as Checksum] });

/** What the frame is refused with. */
function failure(checksum: object, text: string) {
  const deframer = new Deframer(codecOf(checksum).decoder(), 'rules');
  deframer.push(Buffer.from(`${text}\n`));
  return deframer.failure;
}

describe('a check value that is not there', () => {
  const star = { find: '2a' };
  const nmea = { kind: 'xor8', from: 1, to: star, at: { ...star, plus: 1 }, as: 'hex' };

  it('is not called a frame that is too short where bytes are missing in it', () => {
    const missing = failure(nmea, '$ABCDEF');
    assert.equal(missing?.code, 'FRAME_CHECKSUM_MISSING');
    assert.match(
      missing.message,
      /8 bytes has no check value: 2a, from which its place counts, is not in the frame/,
    );
    assert.equal(failure({ ...nmea, short: true }, '$A*')?.code, 'FRAME_CHECKSUM_MISSING');
    assert.match(String(failure({ ...nmea, short: true }, '$A*')?.message), /there is no hexadecimal digit/);
    assert.match(String(failure(nmea, '$A*')?.message), /is not within the frame/);
    assert.match(
      String(failure({ kind: 'sum8', from: -3, to: 1, at: -2 }, 'abcd')?.message),
      /is not within/,
    );
  });

  it('of a frame that is too short says how short the shortest is', () => {
    // The frame holds a line feed, too. What is just long enough has a check value, right or wrong.
    const cases: [object, smallest: number][] = [
      [{ kind: 'sum8', to: -2, at: -2 }, 2],
      [{ kind: 'sum8', from: 2, to: -3, at: -3 }, 5],
      [{ kind: 'sum8', from: -4, to: -2, at: -2 }, 4],
      [{ kind: 'crc32', from: 1, to: 3, at: 3 }, 7],
      [{ kind: 'sum8', from: 1, to: 3, at: 0 }, 3],
      [{ kind: 'sum8', to: star, at: 3, as: 'hex' }, 5],
    ];
    for (const [checksum, min] of cases) {
      const short = failure(checksum, 'x'.repeat(min - 2));
      assert.equal(short?.code, 'FRAME_TOO_SHORT', JSON.stringify(checksum));
      assert.equal(short.details.min, min, JSON.stringify(checksum));
      assert.ok(Number(short.details.size) < min);
      assert.notEqual(
        failure(checksum, 'x'.repeat(min - 1))?.code,
        'FRAME_TOO_SHORT',
        JSON.stringify(checksum),
      );
    }
  });

  it('is refused in the spec where it can never be there', () => {
    for (const [from, to] of [
      [3, 2],
      [-2, -3],
    ])
      assert.throws(() => codecOf({ kind: 'sum8', from, to, at: -1 }), {
        message: /"to" of the checksum is before "from"/,
      });
  });
});
