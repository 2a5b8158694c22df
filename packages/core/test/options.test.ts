import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { bytes, durationOption, milliseconds, nearest, parseOptions, sizeOption } from '../src/index.ts';

const schema = z.strictObject({
  handshake: durationOption.default(5),
  limits: z.strictObject({ sessions: z.int().positive(), buffer: sizeOption }).optional(),
  mode: z.union([z.literal(false), z.strictObject({ min: durationOption })]).optional(),
});

describe('options', () => {
  it('reads durations and sizes as people write them', () => {
    assert.deepEqual(
      ['250ms', '5s', '2m', '1.5h', '1d', 7].map((d) => milliseconds(d)),
      [250, 5e3, 12e4, 54e5, 864e5, 7],
    );
    assert.deepEqual(
      ['512B', '64KiB', '1MB', '1MiB', 9].map((s) => bytes(s)),
      [512, 65_536, 1e6, 2 ** 20, 9],
    );
    for (const wrong of ['5', 'fast', '-1s', '5 parsecs'])
      assert.throws(() => milliseconds(wrong), { code: 'OPTION_INVALID' });
    for (const wrong of ['5', '1.5B', 'big']) assert.throws(() => bytes(wrong), { code: 'OPTION_INVALID' });
  });

  it('names the nearest key for an unknown one', () => {
    assert.throws(() => parseOptions(schema, { handshakes: 3 }, 'serve()'), {
      code: 'OPTION_UNKNOWN',
      message: 'Unknown option "handshakes" of serve(). Did you mean "handshake"?',
    });
    assert.throws(() => parseOptions(schema, { limits: { sesions: 3, sessions: 1, buffer: 1 } }, 'x'), {
      message: /"limits.sesions" of x. Did you mean "sessions"/,
    });
    assert.throws(() => parseOptions(schema, { zzz: 3 }, 'x'), {
      message: /Known here: handshake, limits, mode/,
    });
  });

  it('says which key is wrong, how, and what came', () => {
    assert.throws(() => parseOptions(schema, { handshake: 'soon' }, 'x'), {
      code: 'OPTION_INVALID',
      message: /"handshake" of x: expected a duration.*got "soon"/,
    });
    assert.throws(() => parseOptions(schema, { limits: { sessions: 0, buffer: 1 } }, 'x'), {
      message: /"limits.sessions"/,
    });
    assert.throws(() => parseOptions(schema, { mode: { min: 'x' } }, 'x'), {
      message: /"mode.min".*duration/,
    });
    assert.deepEqual(parseOptions(schema, undefined, 'x'), { handshake: 5 });
  });

  it('says what is expected in words', () => {
    const words = z.strictObject({
      text: z.string().optional(),
      count: z.int().optional(),
      many: z.array(z.string()).optional(),
      either: z.union([z.boolean(), z.strictObject({ a: z.string() })]).optional(),
      one: z.enum(['a', 'b']).optional(),
      few: z.string().min(2).optional(),
    });
    const wrong: [options: object, reason: string][] = [
      [{ text: 5 }, '"text": expected a text; got 5.'],
      [{ count: 'x' }, '"count": expected a number; got "x".'],
      [{ count: 1.5 }, '"count": expected a whole number; got 1.5.'],
      [{ many: {} }, '"many": expected a list; got {}.'],
      [{ either: 5 }, '"either": expected true or false or named fields; got 5.'],
      [{ one: 'c' }, '"one": expected one of a, b; got "c".'],
      [{ few: '' }, '"few": expected at least 2 characters; got "".'],
    ];
    for (const [options, reason] of wrong)
      assert.throws(() => parseOptions(words, options, ''), { message: `Option ${reason}` });
  });

  it('finds what was meant, and nothing where nothing is near', () => {
    assert.equal(nearest('sesions', ['limits', 'sessions']), 'sessions');
    assert.equal(nearest('qqq', ['limits', 'sessions']), undefined);
  });
});
