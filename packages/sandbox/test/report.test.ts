import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import fc from 'fast-check';
import type { Gathered } from '../src/gathered.ts';
import { ReportReader } from '../src/report.ts';

const bounds = { result: 1_000, depth: 4, messages: 3, state: 20, logLines: 2, logLength: 10 };

test('messages, times, replies, console lines and errors are read', () => {
  const reader = new ReportReader(
    'a{"x":1}\nE1700000000000 {"method":"m"}\nb0aff\ns"\\u00e9"\nlw"careful"\n\n!SCRIPT_FAILED {"line":3,"reason":"no"}\n\n~\n\n',
    'abc',
    bounds,
  );
  const { messages, replies } = reader.frame() as Gathered;
  assert.deepEqual(
    { messages, replies },
    {
      messages: [
        { kind: 'attributes', json: '{"x":1}' },
        { kind: 'events', json: '{"method":"m"}', time: 1_700_000_000_000 },
      ],
      replies: [Buffer.from([0x0a, 0xff]), Buffer.from('é')],
    },
  );
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
      'i',
      'ia\n',
      'k00\n',
      'p00\n',
      'x0 00 \n',
      'S{}\n',
      '@a\n',
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
    '@',
    '@a b',
    `@${'x'.repeat(129)}`,
    'S[]',
    'S{',
    'Dnull',
    `S{"x":"${'x'.repeat(20)}"}`,
    'ia b',
    'i<\u200b>',
    `i${'x'.repeat(129)}`,
    'ia\nib',
    'k00',
    'c',
    'i\nk00',
    'ia\nk0',
    'ia\nr0g',
    'ia\ncx',
    'x0 00 ',
    'p0',
    'p00\nx0 0 ',
    'p00\nx-1 00 ',
    'p00\nx9999999 00 ',
    'p00\nx0 0000 00',
    'p00\nd{',
    'p00\nd',
    `p00\nd${'['.repeat(6)}${']'.repeat(6)}`,
    'p00\ny0',
    'p00\ny1e3',
    'p00\nt-1',
    'p00\nnx',
    'q0 1',
    'p00\nq0 2',
    'p0000\nq0 3',
    'p0000\nq-1 1',
    'ux',
    'p00\nz',
    'p00\n'.repeat(4).trimEnd(),
    `p00\n${'x0 00 \n'.repeat(4).trimEnd()}`,
    ...['a{}\n', 'b00\n', 's"x"\n'].map((line) => line.repeat(4).trimEnd()),
  ];
  for (const line of forged) {
    const reader = new ReportReader(`${line}\n\na{}\n\n`, 'abc', bounds);
    const report = reader.frame();
    assert.ok(
      report !== 'deferred' && isFairleadError(report.error, 'SCRIPT_RESULT_INVALID'),
      line.slice(0, 60),
    );
    const { messages, replies } = reader.frame() as Gathered;
    assert.deepEqual({ messages, replies }, { messages: [{ kind: 'attributes', json: '{}' }], replies: [] });
  }
  const fine = new ReportReader(
    'a{"x":"[[[[[\\"[[[["}\na{"x":[{"y":[1]}],"z":[]}\n\n',
    'abc',
    bounds,
  ).frame();
  assert.ok(fine !== 'deferred' && fine.error === undefined);
});

test('a report of one flat message is read as any other, and what only looks like one is an error', () => {
  const read = (line: string) => new ReportReader(`${line}\n\n`, 'abc', bounds).frame();
  const fine = [
    '{}',
    '{"a":1}',
    '{"a":-0.5,"b":0,"c":10.25,"ö":"ü [{","d":true,"e":false,"f":null,"g":""}',
    // These take the longer way.
    '{"a":1e21,"b":-1.5e-7}',
    '{"a":"\\n\\"","b":"\u0085"}',
    '{ "a": [1, {}] }',
  ];
  for (const json of fine) {
    const report = read(`e${json}`);
    assert.ok(report !== 'deferred' && report.error === undefined, json);
    assert.deepEqual(report.messages, [{ kind: 'events', json }]);
  }
  const broken =
    '{ {"a" {"a": {"a":} {"a":1,} {,} {"a":1"b":2} {"a":01} {"a":1.} {"a":.5} {"a":-} {"a":+1} {"a":tru} {"a":"} {a:1} {"a":1}} {"a":1}x'.split(
      ' ',
    );
  for (const json of broken) assert.throws(() => JSON.parse(json), json);
  for (const json of [...broken, '{"a":"\u0001"}', '{"a":"\\x"}', `{"a":"${'x'.repeat(2_000)}"}`]) {
    const report = read(`a${json}`);
    assert.ok(report !== 'deferred' && isFairleadError(report.error, 'SCRIPT_RESULT_INVALID'), json);
  }
});

test('identities, states, sub-devices and requests are read', () => {
  const reader = new ReportReader(
    [
      '@b-1\na{}\na{}\nS{"n":1}\nD{}\n\n',
      'iüx\nK"key"\nb06\nR"no"\nc\n\n',
      'i\nb05\n\n',
      'p0103\nx4 0103 ff0f\nd[1,null]\ny1000\nt50\nP"?"\nn\n\n',
    ].join(''),
    'abc',
    bounds,
  );
  const [states, identity, challenge, poll] = [1, 2, 3, 4].map(() => reader.frame() as Gathered);
  assert.deepEqual(states?.messages, [
    { kind: 'attributes', json: '{}', device: 'b-1' },
    { kind: 'attributes', json: '{}' },
  ]);
  assert.deepEqual([states?.state, states?.deviceState], ['{"n":1}', '{}']);
  assert.deepEqual(identity?.identified, {
    id: 'üx',
    secret: Buffer.from('key'),
    refusal: [Buffer.from('no')],
    consumed: true,
  });
  assert.deepEqual(identity?.replies, [Buffer.of(6)]);
  assert.deepEqual(challenge?.identified, { id: undefined, refusal: [], consumed: true });
  assert.deepEqual(poll?.requests, [
    {
      send: Buffer.of(1, 3),
      expect: [{ at: 4, bytes: Buffer.of(1, 3), mask: Buffer.of(0xff, 0x0f) }],
      data: '[1,null]',
      every: 1_000,
      timeout: 50,
      answer: true,
    },
    { send: Buffer.from('?'), expect: [], answer: false },
  ]);
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
