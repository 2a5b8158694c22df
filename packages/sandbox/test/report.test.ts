import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFairleadError } from '@fairlead/tcp';
import fc from 'fast-check';
import { ReportReader } from '../src/report.ts';

test('messages, times, replies, console lines and errors are read', () => {
  const reader = new ReportReader(
    'a{"x":1}\nE1700000000000 {"method":"m"}\nb0aff\ns"\\u00e9"\nlw"careful"\n\n!SCRIPT_FAILED {"line":3,"reason":"no"}\n\n~\n\n',
    'abc',
  );
  assert.deepEqual(reader.frame(), {
    messages: [
      { kind: 'attributes', json: '{"x":1}' },
      { kind: 'events', json: '{"method":"m"}', time: 1_700_000_000_000 },
    ],
    replies: [Buffer.from([0x0a, 0xff]), Buffer.from('é')],
  });
  assert.deepEqual(reader.logs, [{ level: 'warn', text: 'careful' }]);
  const failed = reader.frame();
  assert.ok(failed !== 'deferred' && isFairleadError(failed.error, 'SCRIPT_FAILED'));
  assert.deepEqual(failed.error.details, { line: 3, place: ' at line 3', reason: 'no', script: 'abc' });
  assert.equal(failed.error.message, 'The script threw at line 3: no');
  assert.deepEqual(reader.logs, []);
  assert.equal(reader.frame(), 'deferred');
});

test('whatever a hostile script made of its report, each frame has a result or an error of the catalogue', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '\n',
      '!',
      '~',
      'a{',
      'A',
      'b',
      's',
      'l',
      '!SCRIPT_FAILED ',
      '!constructor {}',
      'sq',
      '{',
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const reader = new ReportReader(pieces.join(''), 'abc');
      for (let i = 0; i < 5; i++) {
        const report = reader.frame();
        if (report === 'deferred') continue;
        assert.ok(
          report.error === undefined ? Array.isArray(report.messages) : isFairleadError(report.error),
        );
      }
      new ReportReader(pieces.join(''), 'abc').loaded();
    }),
    { numRuns: 1_000 },
  );
});

test('an error whose line is not known names none', () => {
  const report = new ReportReader('!SCRIPT_FAILED {"line":0,"reason":"no"}\n', 'abc');
  const failed = report.loaded();
  assert.ok(isFairleadError(failed));
  assert.equal(failed.message, 'The script threw: no');
});
