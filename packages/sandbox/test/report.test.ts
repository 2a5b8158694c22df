import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import fc from 'fast-check';
import { ReportReader } from '../src/report.ts';

const bounds = { result: 1_000, depth: 4, messages: 3, logLines: 2, logLength: 10 };

test('messages, times, replies, console lines and errors are read', () => {
  const reader = new ReportReader(
    'a{"x":1}\nE1700000000000 {"method":"m"}\nb0aff\ns"\\u00e9"\nlw"careful"\n\n!SCRIPT_FAILED {"line":3,"reason":"no"}\n\n~\n\n',
    'abc',
    bounds,
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
      const reader = new ReportReader(pieces.join(''), 'abc', bounds);
      for (let i = 0; i < 5; i++) {
        const report = reader.frame();
        if (report === 'deferred') continue;
        assert.ok(
          report.error === undefined ? Array.isArray(report.messages) : isFairleadError(report.error),
        );
      }
      new ReportReader(pieces.join(''), 'abc', bounds).loaded();
    }),
    { numRuns: 1_000 },
  );
});

test('what a forged report holds besides JSON objects, times and bytes is an error of its frame', () => {
  const forged = [
    'a',
    'a{',
    'a{"x":1}}',
    'a[1]',
    'anull',
    'a5',
    'a{"x":NaN}',
    `a{"x":${'['.repeat(4)}${']'.repeat(4)}}`,
    `a{"x":"${'x'.repeat(2_000)}"}`,
    'A{"x":1}',
    'A {"x":1}',
    'A1e5 {"x":1}',
    'A-1 {"x":1}',
    'A9000000000000000 {"x":1}',
    'ANaN {"x":1}',
    'b0',
    'bxx',
    'b00 ',
    `b${'00'.repeat(2_001)}`,
    's5',
    's"',
    'lw5',
    'l',
    '!SCRIPT_FAILED null',
    '!SCRIPT_FAILED',
    '!toString {}',
    'x',
    '\0',
    ...['a{}\n', 'b00\n', 's"x"\n'].map((line) => line.repeat(4).trimEnd()),
  ];
  for (const line of forged) {
    const reader = new ReportReader(`${line}\n\na{}\n\n`, 'abc', bounds);
    const report = reader.frame();
    assert.ok(
      report !== 'deferred' && isFairleadError(report.error, 'SCRIPT_RESULT_INVALID'),
      line.slice(0, 60),
    );
    assert.deepEqual(reader.frame(), { messages: [{ kind: 'attributes', json: '{}' }], replies: [] });
  }
  const fine = new ReportReader(
    'a{"x":"[[[[[\\"[[[["}\na{"x":[{"y":[1]}],"z":[]}\n\n',
    'abc',
    bounds,
  ).frame();
  assert.ok(fine !== 'deferred' && fine.error === undefined);
});

test('console output and errors of a forged report are cut', () => {
  const long = JSON.stringify('x'.repeat(500));
  const reader = new ReportReader(
    `${`le${long}\n`.repeat(9)}!SCRIPT_FAILED {"line":"a","reason":${long},"script":"other","x":{}}\n\n`,
    'abc',
    bounds,
  );
  const report = reader.frame();
  assert.ok(report !== 'deferred' && isFairleadError(report.error, 'SCRIPT_FAILED'));
  assert.deepEqual(report.error.details, { place: '', reason: 'x'.repeat(300), script: 'abc' });
  assert.deepEqual(
    reader.logs,
    Array.from({ length: 3 }, () => ({ level: 'error', text: 'x'.repeat(10) })),
  );
  for (const line of [
    '{"contract":"x","uplink":true,"downlink":true}',
    '{}',
    'null',
    '{"contract":"module","uplink":1}',
  ])
    assert.ok(isFairleadError(new ReportReader(`${line}\n`, 'abc', bounds).loaded()));
});

test('an error whose line is not known names none', () => {
  const report = new ReportReader('!SCRIPT_FAILED {"line":0,"reason":"no"}\n', 'abc', bounds);
  const failed = report.loaded();
  assert.ok(isFairleadError(failed));
  assert.equal(failed.message, 'The script threw: no');
});
