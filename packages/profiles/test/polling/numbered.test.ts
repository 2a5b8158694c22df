import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numbered } from '../../src/index.ts';

const expect = [{ at: 6, bytes: Buffer.of(1) }];

test('a number stands in the request, and its answer must have it', () => {
  const request = { send: Buffer.from('000000000006', 'hex'), expect, sequence: { at: 0, size: 2 } };
  const { send, expect: expected } = numbered(request, 0x1_0203);
  assert.equal(send.toString('hex'), '020300000006');
  assert.deepEqual(expected, [{ at: 0, bytes: Buffer.of(2, 3) }, ...expect]);
  assert.equal(request.send.toString('hex'), '000000000006', 'the request itself stays');
  assert.equal(
    numbered({ ...request, sequence: { at: 2, size: 4 } }, 7).send.toString('hex'),
    '000000000007',
  );
});

test('a request without one stays as it is', () => {
  const request = { send: Buffer.of(1), expect };
  assert.equal(numbered(request, 5), request);
});
