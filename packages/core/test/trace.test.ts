import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTraceparent, parseTraceparent } from '../src/index.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

test('traceparent: read and written, and what is not valid is as if it were not there', () => {
  const text = `00-${TRACE}-${SPAN}-01`;
  const context = { trace: TRACE, span: SPAN, sampled: true };
  assert.deepEqual(parseTraceparent(text), context);
  assert.equal(formatTraceparent(context), text);
  assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-00`)?.sampled, false);
  assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-03`)?.sampled, true);
  assert.equal(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-comes-later`)?.trace, TRACE);
  for (const wrong of [
    undefined,
    '',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-1`,
    `${text}-more`,
    `${text}x`,
    ` ${text}`,
    'x'.repeat(100_000),
  ])
    assert.equal(parseTraceparent(wrong), undefined, (wrong ?? 'nothing').slice(0, 80));
});
