import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headOfFraming, headOfMatches, matchSchema } from '@fairlead/tcp/internal';

const verdicts = (pattern: { test(head: Buffer): string }, ...hex: string[]) =>
  hex.map((bytes) => pattern.test(Buffer.from(bytes, 'hex')));

describe('the first bytes of a framing', () => {
  it('fit if the condition of one of its rules holds', () => {
    const gt06 = headOfFraming({
      rules: [
        { kind: 'length', match: { bytes: '7878' }, offset: 2, size: 1 },
        { kind: 'length', match: { bytes: '7979' }, offset: 2, size: 2 },
      ],
    });
    assert.deepEqual(verdicts(gt06, '', '78', '7878', '7979ff', '7879', '00'), [
      'more',
      'more',
      'yes',
      'yes',
      'no',
      'no',
    ]);
    assert.equal(gt06.weight, 16);
  });

  it('include what the kind of a rule implies, and leave out what is discarded', () => {
    const stx = headOfFraming({
      rules: [
        { kind: 'line', match: { range: [['0a', '0d']] }, discard: true },
        { kind: 'markers', start: '02', end: '03' },
      ],
    });
    assert.deepEqual(verdicts(stx, '02', '0a', '41'), ['yes', 'no', 'no']);
    assert.equal(stx.weight, 8);
  });

  it('of a framing without conditions are any', () => {
    const any = headOfFraming('line');
    assert.deepEqual(verdicts(any, '', '00', 'ff'), ['more', 'yes', 'yes']);
    assert.equal(any.weight, 0);
  });

  it('may be written down as matches', () => {
    const matches = [
      { bytes: '2424' },
      { bytes: '00f0', mask: '00f0', at: 1 },
      { range: [['30', '39']], any: [{ at: 1, bytes: '2c' }] },
    ];
    const pattern = headOfMatches(matches.map((match) => matchSchema.parse(match)));
    assert.deepEqual(verdicts(pattern, '24', '2424', '25fff0', '25ff00', '312c', '3141'), [
      'more',
      'yes',
      'yes',
      'no',
      'yes',
      'more',
    ]);
    assert.equal(pattern.weight, 4);
  });
});
