import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endLines, fileLines, total, totalLine } from './report.ts';
import type { FileResult } from './run-file.ts';

const good: FileResult = {
  file: 'a.test.ts',
  ms: 1_240,
  passed: 3,
  failed: 0,
  skipped: 1,
  failures: [],
  skips: [{ name: 'x', reason: 'no peer' }],
  left: [],
  output: 'noise',
};
const bad: FileResult = {
  ...good,
  file: 'b.test.ts',
  failed: 1,
  failures: [{ name: 'y > z', error: 'Error: q\n    at z' }],
};

describe('report', () => {
  it('gives a file that passed one line', () =>
    assert.deepEqual(fileLines(good), ['ok    a.test.ts  3 passed, 1 skipped  1.2 s']));

  it('tells all about a file that failed', () =>
    assert.deepEqual(fileLines(bad), [
      'FAIL  b.test.ts  3 passed, 1 failed, 1 skipped  1.2 s',
      '  failed: y > z',
      '    Error: q\n        at z',
      '  printed:',
      '    noise',
    ]));

  it('names the programs that a file left running', () =>
    assert.deepEqual(fileLines({ ...good, left: ['sleep 100'] }), [
      'ok    a.test.ts  3 passed, 1 skipped  1.2 s',
      '  left running, and ended: sleep 100',
    ]));

  it('repeats at the end what was skipped and what failed', () =>
    assert.deepEqual(endLines([good, { ...bad, skips: [] }]), [
      'skipped: a.test.ts: x (no peer)',
      'failed: b.test.ts: y > z',
    ]));

  it('counts', () => assert.equal(totalLine(total([good, bad])), '6 passed, 1 failed, 2 skipped'));
});
