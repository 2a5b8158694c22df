import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { createSandbox, type Sandbox, type ScriptLog } from '../src/index.ts';
import { context, errorOf, frame, rejection, values } from './support.ts';

describe('scripts', () => {
  const logs: ScriptLog[] = [];
  const sandbox: Sandbox = createSandbox({ onLog: (line) => logs.push(line) });
  after(() => sandbox.close());

  const run = async (source: string, ...frames: Uint8Array[]) =>
    (await (await sandbox.load(source)).uplink(frames, context())).results;
  const returning = async (expression: string) =>
    (await run(`export function uplink(bytes, ctx) { return ${expression}; }`, frame(1, 2)))[0];

  test('an uplink has its own bytes and context, and returns nothing, one or many messages', async () => {
    const script = await sandbox.load(`
      export function uplink(bytes, ctx) {
        if (bytes.length === 0) return;
        if (bytes.length === 1) { bytes[0] = 99; ctx.device = 'other'; return { values: { n: bytes[0] } }; }
        return [
          { values: { list: Array.from(bytes), ...ctx } },
          { kind: 'events', values: { method: 'warning', params: {} }, time: new Date(5) },
          { values: {}, time: '2025-01-02T03:04:05Z' },
          { kind: 'attributes', values: { a: 'ü\\n\\u2028\\ud800' }, time: 7.4 },
        ];
      }`);
    assert.equal(script.hasUplink, true);
    assert.equal(script.hasDownlink, false);
    const input = frame(7);
    const {
      results: [none, one, many],
    } = await script.uplink([frame(), input, frame(1, 2)], context());
    assert.deepEqual(none, { messages: [], replies: [] });
    assert.deepEqual(values(one), { n: 99 });
    assert.deepEqual(input, frame(7));
    assert.deepEqual(many, {
      messages: [
        {
          kind: 'attributes',
          json: '{"list":[1,2],"device":"d1","type":"standard","topic":"devices/d1/attributes","time":1700000000000}',
        },
        { kind: 'events', json: '{"method":"warning","params":{}}', time: 5 },
        { kind: 'attributes', json: '{}', time: Date.UTC(2025, 0, 2, 3, 4, 5) },
        { kind: 'attributes', json: '{"a":"ü\\n\u2028\\ud800"}', time: 7 },
      ],
      replies: [],
    });
  });

  test('replies are bytes, text or several; a reply alone is enough', async () => {
    const replies = async (expression: string) => {
      const result = await returning(`{ reply: ${expression} }`);
      assert.ok(result?.error === undefined);
      assert.deepEqual(result?.messages, []);
      return result?.replies.map((reply) => reply.toString('hex'));
    };
    assert.deepEqual(await replies('new Uint8Array([1, 255])'), ['01ff']);
    assert.deepEqual(await replies("'é'"), ['c3a9']);
    assert.deepEqual(await replies("['a', bytes]"), ['61', '0102']);
    errorOf(await returning('{ reply: 5 }'), 'SCRIPT_RESULT_INVALID');
    errorOf(await returning('{ reply: [1, 2] }'), 'SCRIPT_RESULT_INVALID');
  });

  test('a result that breaks the contract is refused with what is wrong', async () => {
    const refused: [string, RegExp][] = [
      ['5', /got number 5/],
      ['"text"', /got string text/],
      ['{ temperature: 5 }', /"temperature" is none of/],
      ['{}', /neither "values" nor "reply"/],
      ['{ values: [1] }', /plain object, got an array/],
      ['{ values: new Map() }', /got an object of Map/],
      ['{ values: null }', /got null/],
      ['{ values: {}, kind: "raw" }', /"kind" must be/],
      ['{ values: {}, time: "yesterday" }', /"time" must be.*yesterday/],
      ['{ values: {}, time: NaN }', /"time"/],
      ['{ values: {}, time: new Date(NaN) }', /"time"/],
      ['{ values: { a: { b: [1, NaN] } } }', /values\.a\.b\[1\] is not a finite number/],
      ['{ values: { t: -Infinity } }', /values\.t is not/],
      ['{ values: { toJSON: () => [1] } }', /something else as JSON/],
      ['{ values: { toJSON: () => undefined } }', /something else as JSON/],
      ['{ values: { get a() { throw new Error("trap"); } } }', /cannot be written as JSON: Error: trap/],
      ['(() => { const a = {}; a.a = a; return { values: a }; })()', /circular/],
      ['Promise.resolve({ values: {} })', /Promise/],
      ['Array(1001).fill({ values: {} })', /1001 messages/],
      ['{ values: { a: "x".repeat(3e6) } }', /longer than/],
    ];
    for (const [expression, text] of refused) {
      assert.match(errorOf(await returning(expression), 'SCRIPT_RESULT_INVALID').message, text, expression);
    }
  });

  test('null, undefined in lists and big integers are written as JSON can', async () => {
    const result = await returning(
      '{ values: { a: null, b: [undefined], c: 5n, d: 2n ** 64n, e: undefined } }',
    );
    assert.deepEqual(values(result), { a: null, b: [null], c: 5, d: '18446744073709551616' });
  });

  test('an exception names its line and fails its frame alone', async () => {
    const results = await run(
      'export function uplink(bytes) {\n  if (bytes[0] === 2)\n    throw new RangeError("too short");\n  return { values: { n: bytes[0] } };\n}',
      frame(1),
      frame(2),
      frame(3),
    );
    assert.deepEqual(values(results[0]), { n: 1 });
    assert.deepEqual(values(results[2]), { n: 3 });
    const { message, details } = errorOf(results[1], 'SCRIPT_FAILED');
    assert.equal(message, 'The script threw at line 3: RangeError: too short');
    assert.match(String(details.script), /^[0-9a-f]{12}$/);
  });

  test('whatever is thrown can be told', async () => {
    for (const thrown of [
      'null',
      'undefined',
      '"x"',
      '{ get message() { throw 1; } }',
      'new Proxy({}, { get() { throw 1; } })',
      'Symbol("s")',
    ]) {
      errorOf((await run(`export function uplink() { throw ${thrown}; }`, frame(1)))[0], 'SCRIPT_FAILED');
    }
    errorOf((await run('export function uplink(b) { return uplink(b); }', frame(1)))[0], 'SCRIPT_FAILED');
  });

  test('TypeScript is taken as it is', async () => {
    const results = await run(
      "import { u16 } from 'fairlead:helpers';\ninterface A { n: number }\nexport function uplink(bytes: Uint8Array): { values: A } { return { values: { n: u16(bytes) } }; }",
      frame(1, 2),
    );
    assert.deepEqual(values(results[0]), { n: 258 });
    const { message } = await rejection(
      sandbox.load('\nenum A { b }\nexport function uplink(x: number) {}'),
      'SCRIPT_INVALID',
    );
    assert.match(message, /line 2: TypeScript enum/);
  });

  test('a source that does not compile names line and reason', async () => {
    const { message } = await rejection(
      sandbox.load('export function uplink() {\n  return {;\n}'),
      'SCRIPT_INVALID',
    );
    assert.match(message, /at line 2: /);
    await rejection(
      sandbox.load('import { nothing } from "fairlead:helpers"; export function uplink() {}'),
      'SCRIPT_INVALID',
    );
    const long = await rejection(sandbox.load(`//${'x'.repeat(300_000)}`), 'SCRIPT_INVALID');
    assert.match(long.message, /^The script is not valid: longer than/, 'no line where none is meant');
    await rejection(sandbox.load('const x = 1;'), 'SCRIPT_FUNCTION_MISSING');
    const failed = await rejection(sandbox.load('\nexport function uplink() {}\nnull.x;'), 'SCRIPT_FAILED');
    assert.equal(failed.details.line, 3);
  });

  test('a downlink gets kind and values and returns bytes', async () => {
    const script = await sandbox.load(`
      export function downlink({ kind, values }, ctx) {
        if (kind === 'command') return [values.text, new Uint8Array([values.n])];
        if (values.n === 0) return;
        return ctx.topic + JSON.stringify(values);
      }`);
    assert.equal(script.hasUplink, false);
    assert.deepEqual(
      (await script.downlink({ kind: 'command', values: { text: 'é\n', n: 7 } }, context())).bytes,
      [Buffer.from('é\n'), Buffer.from([7])],
    );
    assert.deepEqual((await script.downlink({ kind: 'attributes', values: { a: 1 } }, context())).bytes, [
      Buffer.from('devices/d1/attributes{"a":1}'),
    ]);
    assert.deepEqual((await script.downlink({ kind: 'attributes', values: { n: 0 } }, context())).bytes, []);
    await rejection(script.downlink({ kind: 'attributes', values: null }, context()), 'SCRIPT_FAILED');
    errorOf((await script.uplink([frame(1)], context())).results[0], 'SCRIPT_FUNCTION_MISSING');
    const uplinkOnly = await sandbox.load('export function uplink() {}');
    await rejection(
      uplinkOnly.downlink({ kind: 'command', values: {} }, context()),
      'SCRIPT_FUNCTION_MISSING',
    );
  });

  test('encodeInp runs unchanged, in both directions', async () => {
    // Sloppy mode: the variable is not declared.
    const script = await sandbox.load(`
      function encodeInp(msg, topic) {
        total = 0;
        for (var i = 0; i < msg.length; i++) total += msg[i];
        if (msg[0] === 123) return String.fromCharCode.apply(null, msg) + '\\r\\n';
        return JSON.stringify({ array: Array.isArray(msg), total: total, topic: topic });
      }`);
    assert.deepEqual([script.hasUplink, script.hasDownlink], [true, true]);
    const {
      results: [result],
    } = await script.uplink([frame(1, 2, 250)], context());
    assert.deepEqual(values(result), { array: true, total: 253, topic: 'devices/d1/attributes' });
    assert.deepEqual((await script.downlink({ kind: 'attributes', values: { a: 1 } }, context())).bytes, [
      Buffer.from('{"a":1}\r\n'),
    ]);
  });

  test('encodeInp may return an object, bytes for a downlink, and nothing; the rest is refused', async () => {
    const object = await run('const encodeInp = (msg) => ({ n: msg[0] });', frame(5));
    assert.deepEqual(values(object[0]), { n: 5 });
    assert.deepEqual((await run('function encodeInp() { return "" }', frame(5)))[0], {
      messages: [],
      replies: [],
    });
    for (const text of ['"no json"', '"[1]"', '"5"', '5']) {
      errorOf((await run(`function encodeInp() { return ${text} }`, frame(5)))[0], 'SCRIPT_RESULT_INVALID');
    }
    const bytes = await sandbox.load('function encodeInp(msg) { return [msg.length, 0xff]; }');
    assert.deepEqual((await bytes.downlink({ kind: 'attributes', values: { é: 1 } }, context())).bytes, [
      Buffer.from([8, 0xff]),
    ]);
  });

  test('console output reaches onLog, bounded', async () => {
    logs.length = 0;
    await run(
      'console.log("loading");\nexport function uplink(bytes) { console.warn("a", { b: 1 }, bytes[0]); for (let i = 0; i < 1e3; i++) console.error("x".repeat(1e4)); }',
      frame(9),
    );
    assert.deepEqual(
      logs.slice(0, 2).map(({ device, level, text }) => [device, level, text]),
      [
        [undefined, 'log', 'loading'],
        ['d1', 'warn', 'a {"b":1} 9'],
      ],
    );
    assert.equal(logs.length, 22);
    assert.equal(logs[2]?.text.length, 500);
    assert.match(logs[21]?.text as string, /981 more lines/);
  });

  test('many calls at once, long batches and large frames keep their order and results', async () => {
    const script = await sandbox.load(
      'export function uplink(bytes, ctx) { return { values: { d: ctx.device, n: bytes[0], size: bytes.length } }; }',
    );
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 300 }, async (_, i) => {
        const {
          results: [result],
        } = await script.uplink([frame(i % 256)], context(`d${i % 7}`));
        assert.deepEqual(values(result), { d: `d${i % 7}`, n: i % 256, size: 1 });
        if (i % 7 === 3) order.push(i);
      }),
    );
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
    const { results: long } = await script.uplink(
      Array.from({ length: 1_000 }, (_, i) => frame(i % 256)),
      context(),
    );
    assert.deepEqual(
      long.map((result) => (values(result) as { n: number }).n),
      Array.from({ length: 1_000 }, (_, i) => i % 256),
    );
    const { results: large } = await script.uplink(
      [new Uint8Array(900_000), frame(1), new Uint8Array(400_000)],
      context(),
    );
    assert.deepEqual(
      large.map((result) => (values(result) as { size: number }).size),
      [900_000, 1, 400_000],
    );
    assert.deepEqual(await script.uplink([], context()), { results: [] });
  });

  test('the same source is compiled once', async () => {
    const source = 'let calls = 0; export function uplink() { return { values: { calls: ++calls } }; }';
    const [a, b] = await Promise.all([sandbox.load(source), sandbox.load(source)]);
    await a.uplink([frame(1)], context());
    assert.deepEqual(values((await b.uplink([frame(1)], context())).results[0]), { calls: 2 });
  });
});

test('more scripts than isolates are compiled again on demand', async () => {
  await using sandbox = createSandbox({ isolates: 2 });
  const scripts = await Promise.all(
    [0, 1, 2, 3, 4].map((n) => sandbox.load(`export function uplink() { return { values: { n: ${n} } }; }`)),
  );
  for (let round = 0; round < 2; round++) {
    const results = await Promise.all(scripts.map((script) => script.uplink([frame(1)], context())));
    assert.deepEqual(
      results.map(({ results: [result] }) => values(result)),
      [0, 1, 2, 3, 4].map((n) => ({ n })),
    );
  }
});

test('what waits is bounded', async () => {
  await using sandbox = createSandbox({ pendingCalls: 2, pendingBytes: 10 });
  const script = await sandbox.load('export function uplink() {}');
  const [one, two, three] = [1, 2, 3].map(() => script.uplink([frame(1)], context()));
  assert.match(errorOf((await three)?.results[0], 'SCRIPT_BUSY').message, /3 calls; the limit is 2/);
  assert.deepEqual(
    [...(await one!).results, ...(await two!).results],
    [
      { messages: [], replies: [] },
      { messages: [], replies: [] },
    ],
  );
  assert.match(
    errorOf((await script.uplink([new Uint8Array(11)], context())).results[0], 'SCRIPT_BUSY').message,
    /bytes/,
  );
  assert.deepEqual([sandbox.stats().pendingCalls, sandbox.stats().pendingBytes], [0, 0]);
});

test('close lets calls finish, then refuses; it may be called again', async () => {
  const sandbox = createSandbox();
  const script = await sandbox.load(
    'export function uplink() { return { values: {} }; }\nexport function downlink() {}',
  );
  const last = script.uplink([frame(1)], context());
  const closing = sandbox.close();
  errorOf((await script.uplink([frame(1)], context())).results[0], 'SANDBOX_CLOSED');
  assert.deepEqual(values((await last).results[0]), {});
  await closing;
  await sandbox.close();
  await rejection(script.downlink({ kind: 'command', values: {} }, context()), 'SANDBOX_CLOSED');
  await rejection(sandbox.load(''), 'SANDBOX_CLOSED');
  assert.equal(sandbox.stats().children, 0);
});

test('processes start before the first script when asked to, and once', async () => {
  await using sandbox = createSandbox();
  sandbox.start();
  sandbox.start();
  assert.equal(sandbox.stats().children, 1);
  const script = await sandbox.load('export function uplink() { return { values: { a: 1 } }; }');
  assert.deepEqual(values((await script.uplink([frame(1)], context())).results[0]), { a: 1 });
  assert.deepEqual([sandbox.stats().children, sandbox.stats().restarts], [1, 0]);
});

test('what was started and never used is ended by close; after it nothing starts', async () => {
  const sandbox = createSandbox();
  sandbox.start();
  await sandbox.close();
  sandbox.start();
  assert.equal(sandbox.stats().children, 0);
});

test('a load under way at close is refused, and nothing is left running', async () => {
  const sandbox = createSandbox();
  const loading = rejection(sandbox.load('export function uplink() {}'), 'SANDBOX_CLOSED');
  await sandbox.close();
  await loading;
  assert.equal(sandbox.stats().children, 0);
});
