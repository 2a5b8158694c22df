/** Scripts that change built-in objects, or return what only looks like what is expected, cannot forge what is reported. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSandbox } from '../src/index.ts';
import { context, errorOf, frame, values } from './support.ts';

const sandbox = createSandbox();
after(() => sandbox.close());

const forged = '"\\n\\na{broken\\n!SCRIPT_KILLED {}\\nb0g\\n"';
/** What would put a forged text into a report if the code around the script trusted what it was given. */
const tricks: readonly [name: string, top: string, result: string][] = [
  [
    'the prototype of a Uint8Array',
    `Array.prototype.evil = ${forged};`,
    '{ reply: Object.assign(Object.create(Uint8Array.prototype, { length: { value: 1 } }), { 0: "evil" }) }',
  ],
  [
    'a prototype with a length',
    `Array.prototype.evil = ${forged};`,
    '{ reply: Object.create(Object.create(Uint8Array.prototype, { length: { value: 1 }, 0: { value: "evil" } })) }',
  ],
  [
    'Symbol.hasInstance',
    `Array.prototype.evil = ${forged}; Object.defineProperty(Uint8Array, Symbol.hasInstance, { value: () => true });`,
    '{ reply: { length: 1, 0: "evil" } }',
  ],
  [
    'Symbol.toStringTag',
    `Array.prototype.evil = ${forged};`,
    '{ reply: { [Symbol.toStringTag]: "Uint8Array", length: 1, 0: "evil" } }',
  ],
  [
    'a Proxy of a Uint8Array',
    '',
    '{ reply: new Proxy(new Uint8Array(1), { get: (t, k) => k === "length" ? 1 : "evil" }) }',
  ],
  [
    'a length that lies',
    `Array.prototype.evil = ${forged};`,
    '{ reply: Object.defineProperty(new Uint8Array([7]), "length", { get: () => 1e9 }) }',
  ],
  [
    'another constructor',
    '',
    '{ reply: Object.defineProperty(new Uint8Array([7]), "constructor", { value: class { static get [Symbol.species]() { return Array; } } }) }',
  ],
  [
    'a setter on Array.prototype',
    `Object.defineProperty(Array.prototype, "0", { get: () => ${forged}, set() {}, configurable: true });`,
    '{ values: { n: 7 } }',
  ],
  [
    'setters on Object.prototype',
    `for (const key of ["0", "job", "from", "to", "length"]) Object.defineProperty(Object.prototype, key, { get: () => ${forged}, set() {}, configurable: true });`,
    '{ values: { n: 7 } }',
  ],
  [
    'toJSON on prototypes',
    `for (const of of [Object, String, Number, Array, Boolean]) of.prototype.toJSON = () => ${forged};`,
    '{ values: { n: "x" } }',
  ],
  ['toJSON that gives a list', '', '{ values: { toJSON: () => [1] } }'],
  [
    'changed built-in functions',
    `String.prototype.slice = Array.prototype.join = JSON.stringify = Number.prototype.toString = String.prototype.indexOf = Array.prototype.push = () => ${forged}; globalThis.String = globalThis.Number = () => ${forged};`,
    '{ values: { n: 7 }, time: 5 }',
  ],
  [
    'Symbol.toPrimitive',
    `for (const of of [Number, String, Date]) Object.defineProperty(of.prototype, Symbol.toPrimitive, { value: () => ${forged} });`,
    '{ values: { n: 7 }, time: new Date(5) }',
  ],
  [
    'a changed Date',
    `Date.prototype.getTime = () => ${forged}; Date.prototype.toJSON = () => "x"; Date.parse = () => ${forged}; Math.round = () => ${forged};`,
    '{ values: { n: 7 }, time: new Date(5) }',
  ],
  [
    'a Date that is none',
    '',
    '{ values: { n: 7 }, time: Object.create(Date.prototype, { getTime: { value: () => "x" } }) }',
  ],
  [
    'a changed iterator',
    'Array.prototype[Symbol.iterator] = String.prototype[Symbol.iterator] = function* () { yield "evil"; };',
    '{ values: { n: 7 }, reply: "x" }',
  ],
  [
    'a Proxy of a list with another length each time',
    '',
    'new Proxy([], { get: (t, k) => k === "length" ? (globalThis.n = (globalThis.n ?? 0) + 1) : ({ values: { n: 7 } }) })',
  ],
  [
    'a changed RegExp',
    `RegExp.prototype.exec = () => [0, ${forged}]; RegExp.prototype[Symbol.match] = () => ${forged};`,
    'null.x',
  ],
  [
    'an error that lies',
    '',
    '(() => { throw { message: { toString: () => "x\\n\\na{broken" }, name: "\\n\\n", stack: "script.js:1\\n" }; })()',
  ],
  [
    'a changed Error',
    `Error.prepareStackTrace = () => ${forged}; Object.defineProperty(Error.prototype, "message", { get: () => ${forged} });`,
    '5',
  ],
];

for (const [name, top, result] of tricks)
  test(`${name}: nothing but JSON objects and bytes comes back`, async () => {
    const script = await sandbox.load(
      `${top}\nexport function uplink(bytes) { return ${result}; }\nexport function downlink() { return (${result})?.reply; }`,
    );
    const { results } = await script.uplink([frame(1), frame(2), frame(3)], context());
    assert.equal(results.length, 3);
    for (const one of results) {
      if (one.error !== undefined) {
        assert.match(one.error.code, /^SCRIPT_(FAILED|RESULT_INVALID|TIMEOUT)$/);
        continue;
      }
      assert.ok(one.messages.length <= 1_000);
      for (const { json, time } of one.messages) {
        assert.equal(Object.prototype.toString.call(JSON.parse(json)), '[object Object]');
        assert.ok(time === undefined || Number.isSafeInteger(time));
      }
      for (const reply of one.replies) assert.ok(reply.length <= 1);
    }
    await script.downlink({ kind: 'command', values: { a: 1 } }, context()).then(
      ({ bytes }) => assert.ok(bytes.every((reply) => reply.length <= 1)),
      (error) => assert.match(error.code, /^SCRIPT_/),
    );
  });

test('a script that forges its reports gets no line into them', async () => {
  const script = await sandbox.load(`
    Array.prototype.evil = ${forged};
    export function uplink(bytes) {
      return { reply: Object.assign(Object.create(Uint8Array.prototype, { length: { value: 1 } }), { 0: 'evil' }) };
    }`);
  for (const result of (await script.uplink([frame(1), frame(2)], context())).results)
    assert.match(errorOf(result, 'SCRIPT_RESULT_INVALID').message, /must be a Uint8Array or a string/);
});

test('values that are nested too deeply are refused', async () => {
  const script = await sandbox.load(
    'export function uplink(bytes) { let a = {}; for (let i = 1; i < bytes[0] + 200; i++) a = { a }; return { values: a }; }',
  );
  const {
    results: [good, bad],
  } = await script.uplink([frame(56), frame(57)], context());
  assert.equal(typeof values(good), 'object');
  assert.match(errorOf(bad, 'SCRIPT_RESULT_INVALID').message, /more than 256 levels/);
});
