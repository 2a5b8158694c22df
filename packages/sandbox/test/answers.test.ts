import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSandbox } from '../src/index.ts';
import { context, frame } from './support.ts';

const sandbox = createSandbox();
after(() => sandbox.close());

const uplink = async (result: string) => {
  const script = await sandbox.load(`export function uplink(bytes, ctx) { return ${result}; }`);
  const [first] = (await script.uplink([frame(1)], context())).results;
  return first?.error === undefined ? first : first.error;
};

test('a frame answers requests, alone or beside readings, and may say why the device refused', async () => {
  assert.deepEqual(await uplink('{ answers: 7 }'), { messages: [], replies: [], answers: [{ id: '7' }] });
  assert.deepEqual(await uplink('[{ values: { a: 1 }, answers: "x" }, { answers: -1, refused: "nö\\n" }]'), {
    messages: [{ kind: 'attributes', json: '{"a":1}' }],
    replies: [],
    answers: [{ id: 'x' }, { id: '-1', refused: 'nö\n' }],
  });
  assert.deepEqual(await uplink('{ answers: 7, refused: false }'), {
    messages: [],
    replies: [],
    answers: [{ id: '7' }],
  });
});

test('what is no id, and a refusal of nothing, is an error with its reason', async () => {
  for (const [result, reason] of [
    ['{ answers: 1.5 }', /"answers" must be a whole number or 1 to 128 printable/],
    ['{ answers: "a b" }', /"answers" must be/],
    ['{ answers: "a\\nb" }', /"answers" must be/],
    ['{ answers: {} }', /"answers" must be/],
    ['{ refused: "x", values: {} }', /"refused" goes with "answers"/],
    ['{ answers: 1, refused: 2 }', /"refused" must be a text/],
    ['{ answer: 1 }', /"answer" is none of kind, values, time, reply, device, answers, refused/],
  ] as const)
    assert.match(String(await uplink(result)), reason, result);
});

test('downlink names the request that an answer will name', async () => {
  const script = await sandbox.load('export function downlink() { return { send: "x", id: 65535 }; }');
  const { requests } = await script.downlink({ kind: 'command', values: {} }, context());
  assert.deepEqual(requests, [{ send: Buffer.from('x'), id: '65535', expect: [], answer: true }]);
});
