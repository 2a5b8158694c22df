import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSandbox } from '../src/index.ts';
import { context, errorOf, frame, rejection } from './support.ts';

const sandbox = createSandbox();
after(() => sandbox.close());

const identifying = async (result: string) => {
  const script = await sandbox.load(`export function identify(bytes, ctx) { return ${result}; }`);
  assert.deepEqual([script.hasIdentify, script.hasUplink, script.hasPoll], [true, false, false]);
  return script.identify(frame(0x12, 0xff), context(''));
};
const polling = async (result: string) => {
  const script = await sandbox.load(`export function poll(ctx) { return ${result}; }`);
  assert.deepEqual([script.hasPoll, script.hasUplink, script.hasIdentify], [true, false, false]);
  return (await script.poll(context())).requests;
};

test('a secret that is looked for and not there is an empty one: it equals that of no device', async () => {
  const secretOf = async (result: string) => (await identifying(result)).result?.secret;
  const none = Buffer.alloc(0);
  for (const missing of ['undefined', 'null', '""', 'new Uint8Array(0)'])
    assert.deepEqual(await secretOf(`{ id: "d", secret: ${missing} }`), none, missing);
  assert.equal(await secretOf('{ id: "d" }'), undefined);
});

test('identify finds an identity, a challenge, or nothing', async () => {
  assert.deepEqual(await identifying('undefined'), {});
  assert.deepEqual(await identifying('null'), {});
  assert.deepEqual(await identifying('{ id: "d-" + bytes[0] }'), {
    result: { id: 'd-18', refusal: [], replies: [], consumed: false },
  });
  assert.deepEqual(await identifying('{ reply: [bytes, "ö"] }'), {
    result: {
      id: undefined,
      refusal: [],
      replies: [Buffer.of(0x12, 0xff), Buffer.from('ö')],
      consumed: true,
    },
  });
  assert.deepEqual(
    await identifying('{ id: "é1", secret: "pass", reply: "ok", refusal: bytes, consumed: true }'),
    {
      result: {
        id: 'é1',
        secret: Buffer.from('pass'),
        replies: [Buffer.from('ok')],
        refusal: [Buffer.of(0x12, 0xff)],
        consumed: true,
      },
    },
  );
  const { result } = await identifying('{ id: "a", secret: bytes, consumed: false }');
  assert.deepEqual(result?.secret, Buffer.of(0x12, 0xff));
});

test('what identify must not return is refused, and says why', async () => {
  const refused: Record<string, RegExp> = {
    '5': /expected \{id/,
    '[{ id: "a" }]': /expected \{id/,
    '{}': /neither "id" nor "reply"/,
    '{ id: 5 }': /"id" must be 1 to 128 printable/,
    '{ id: "" }': /"id" must be/,
    '{ id: "a b" }': /"id" must be/,
    '{ id: "a\\n!SCRIPT_KILLED {}" }': /"id" must be/,
    '{ id: "a\\u0000" }': /"id" must be/,
    '{ id: "x".repeat(129) }': /"id" must be/,
    '{ id: { toString: () => "a" } }': /"id" must be/,
    '{ reply: "x", consumed: true }': /go with an "id"/,
    '{ id: "a", consumed: 1 }': /"consumed" must be/,
    '{ id: "a", secret: ["a"] }': /"secret" must be/,
    '{ id: "a", reply: 5 }': /"reply" must be/,
    '{ id: "a", identity: "b" }': /"identity" is none of id, secret/,
    'Promise.resolve()': /neither "id" nor "reply"/,
  };
  for (const [result, reason] of Object.entries(refused)) {
    const { message } = await rejection(identifying(result), 'SCRIPT_RESULT_INVALID');
    assert.match(message, reason, result);
  }
  await rejection(identifying('null.x'), 'SCRIPT_FAILED');
  const script = await sandbox.load('export function uplink() {}');
  const { message } = await rejection(script.identify(frame(1), context()), 'SCRIPT_FUNCTION_MISSING');
  assert.match(message, /identify/);
});

test('poll asks for nothing, one or several requests', async () => {
  assert.deepEqual(await polling('undefined'), []);
  assert.deepEqual(await polling('[]'), []);
  assert.deepEqual(await polling('{ send: "?" }'), [{ send: Buffer.from('?'), expect: [], answer: true }]);
  assert.deepEqual(
    await polling(`[
      { send: new Uint8Array([1, 3]), expect: [{ at: 0, bytes: '01 03', mask: 'FF0f' }, { at: 2, bytes: new Uint8Array([4]) }],
        data: { register: [1, null, '\\n'] }, every: 1000, timeout: 50 },
      { send: 'x', data: null, answer: false },
      { send: 'é?', sequence: { at: 1, size: 2 } },
    ]`),
    [
      {
        send: Buffer.of(1, 3),
        expect: [
          { at: 0, bytes: Buffer.of(1, 3), mask: Buffer.of(0xff, 0x0f) },
          { at: 2, bytes: Buffer.of(4) },
        ],
        data: '{"register":[1,null,"\\n"]}',
        every: 1_000,
        timeout: 50,
        answer: true,
      },
      { send: Buffer.from('x'), expect: [], data: 'null', answer: false },
      { send: Buffer.from('é?'), expect: [], sequence: { at: 1, size: 2 }, answer: true },
    ],
  );
});

test('what poll must not return is refused, and says why', async () => {
  const refused: Record<string, RegExp> = {
    '"?"': /expected \{send/,
    '{}': /"send" must be a Uint8Array or a string/,
    '{ send: 5 }': /"send" must be/,
    '{ send: "?", until: 5 }': /"until" is none of send, id, expect/,
    '{ send: "?", expect: {} }': /"expect" must be an array/,
    '{ send: "?", expect: [5] }': /"expect" holds/,
    '{ send: "?", expect: [{ at: -1, bytes: "00" }] }': /"at" must be/,
    '{ send: "?", expect: [{ at: 0, bytes: "0" }] }': /"bytes" must be hex/,
    '{ send: "?", expect: [{ at: 0, bytes: "0g" }] }': /"bytes" must be hex/,
    '{ send: "?", expect: [{ at: 0, bytes: "00", mask: "0000" }] }': /as long as "bytes"/,
    '{ send: "?", expect: [{ at: 0, bytes: "00", from: 1 }] }': /"from" is none of at/,
    '{ send: "?", sequence: 1 }': /"sequence" must be \{at, size\}/,
    '{ send: "????", sequence: { at: 0, size: 3 } }': /"size" of "sequence" must be 1, 2 or 4/,
    '{ send: "????", sequence: { at: 3, size: 2 } }': /within the 4 bytes of "send"/,
    '{ send: "????", sequence: { at: 0.5, size: 1 } }': /within the 4 bytes/,
    '{ send: "????", sequence: { at: 0, size: 1, from: 1 } }': /"from" is none of at, size/,
    '{ send: "?", every: 0 }': /"every" must be milliseconds/,
    '{ send: "?", timeout: "5s" }': /"timeout" must be milliseconds/,
    '{ send: "?", answer: 0 }': /"answer" must be/,
    '{ send: "?", data: () => 1 }': /"data" cannot be written/,
    '(() => { const a = {}; a.a = a; return { send: "?", data: a }; })()': /"data" cannot be written/,
    'Array(1001).fill({ send: "?" })': /1001 requests/,
    'Array(3).fill({ send: "x".repeat(1e6) })': /longer than/,
  };
  for (const [result, reason] of Object.entries(refused)) {
    const { message } = await rejection(polling(result), 'SCRIPT_RESULT_INVALID');
    assert.match(message, reason, result);
  }
});

test('a message names its sub-device', async () => {
  const script = await sandbox.load(
    'export function uplink(bytes) { return [{ device: "b-1", values: { n: 1 } }, { values: { n: 2 } }, { device: ["", "a b", "a\\nb", 5, "x"][bytes[0]], values: {} }]; }',
  );
  const { results } = await script.uplink([frame(4), ...[0, 1, 2, 3].map((n) => frame(n))], context('g1'));
  const [good, ...bad] = results;
  assert.deepEqual(good?.error === undefined && good?.messages.map(({ device }) => device), [
    'b-1',
    undefined,
    'x',
  ]);
  for (const result of bad)
    assert.match(errorOf(result, 'SCRIPT_RESULT_INVALID').message, /"device" must be/);
});

test('scripts that loop or change built-in objects harm only their own call', async () => {
  const script = await sandbox.load(`
    const evil = '"\\n\\ni<script>\\n!SCRIPT_KILLED {}\\n';
    String.prototype.slice = Array.prototype.join = JSON.stringify = String.prototype.indexOf = Array.prototype.push = RegExp.prototype.exec = RegExp.prototype.test = () => evil;
    for (const of of [Object, String, Number, Array]) of.prototype.toJSON = () => evil;
    Object.prototype.id = evil; Array.prototype.evil = evil;
    export function identify(bytes) { if (bytes[0] === 1) for (;;); return { id: evil }; }
    export function poll() { return { send: 'x', data: { n: 7 }, expect: [{ at: 0, bytes: evil }] }; }`);
  // On a busy machine it is the watchdog that ends it.
  await assert.rejects(script.identify(frame(1), context()), { code: /^SCRIPT_(TIMEOUT|KILLED)$/ });
  await rejection(script.identify(frame(2), context()), 'SCRIPT_RESULT_INVALID');
  await rejection(script.poll(context()), 'SCRIPT_RESULT_INVALID');
});

test('downlink may say which answers its messages have', async () => {
  const sending = async (result: string) => {
    const script = await sandbox.load(`export function downlink(message, ctx) { return ${result}; }`);
    return script.downlink({ kind: 'command', values: {} }, context());
  };
  assert.deepEqual(await sending('[new Uint8Array([1]), "a"]'), { bytes: [Buffer.of(1), Buffer.from('a')] });
  const requests = [
    { send: Buffer.of(1), expect: [{ at: 0, bytes: Buffer.of(6) }], data: '{"n":1}', answer: true },
    { send: Buffer.from('b'), expect: [], answer: false },
  ];
  assert.deepEqual(
    await sending(
      '[{ send: new Uint8Array([1]), expect: [{ at: 0, bytes: "06" }], data: { n: 1 } }, { send: "b", answer: false }]',
    ),
    { bytes: [Buffer.of(1), Buffer.from('b')], requests },
  );
  await rejection(sending('[{ send: "a" }, "b"]'), 'SCRIPT_RESULT_INVALID');
  await rejection(sending('["a", { send: "b" }]'), 'SCRIPT_RESULT_INVALID');
  await rejection(sending('{ sent: "a" }'), 'SCRIPT_RESULT_INVALID');
});
