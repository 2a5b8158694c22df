import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codecSuite } from '@fairlead/testkit';
import { ByteSink, fixed } from '../../src/index.ts';

codecSuite(
  'fixed(3)',
  fixed(3),
  [
    { hex: '010203', frames: [{ hex: '010203' }] },
    { hex: '010203040506', frames: [{ hex: '010203' }, { hex: '040506' }] },
    { note: 'cut off', hex: '01020304', frames: [{ hex: '010203' }], error: 'FRAME_TRUNCATED' },
  ],
  { exact: true },
);

describe('fixed', () => {
  it('sends frames of its size only', () => {
    assert.throws(() => fixed(3).encoder().encode('ab', new ByteSink()), {
      code: 'MESSAGE_NOT_ENCODABLE',
      message: /2 bytes, a frame has 3/,
    });
  });

  it('wants a size', () => {
    for (const size of [0, -1, 1.5, 'three']) assert.throws(() => fixed(size), { code: 'OPTION_INVALID' });
  });
});
