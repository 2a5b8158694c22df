import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSandbox } from '@fairlead/sandbox';
import { checkProfile, parseProfile } from '../src/index.ts';
import { PROFILE } from './support.ts';

const SCRIPT = `
export function uplink(bytes, ctx) {
  if (bytes[0] === 0x65) return { kind: 'events', values: { method: 'x', params: { hidden: 1 } } };
  return { values: { temprature: 1, temperature2: 2, own: 3, lane4: 4 } };
}`;

test('keys of values that nobody declared are named, whatever the examples compare', async () => {
  const fields = 'fields: { own: { about: a }, laneN: { about: b } }\n';
  const undeclared = async (more: string, example: object) => {
    const profile = parseProfile({
      'profile.yaml': `${PROFILE}${more}`,
      'script.js': SCRIPT,
      'examples.json': JSON.stringify([{ name: 'one', ...example }]),
    });
    await using sandbox = createSandbox();
    const checked = await checkProfile(profile, sandbox);
    assert.deepEqual([checked.examples, checked.failures], [1, []]);
    return checked.undeclared;
  };
  assert.deepEqual(await undeclared(fields, { hex: '610a' }), ['temprature']);
  assert.deepEqual(await undeclared('', { hex: '610a' }), ['lane4', 'own', 'temprature']);
  assert.deepEqual(await undeclared('', { conversation: [{ hex: '610a' }] }), ['lane4', 'own', 'temprature']);
  assert.deepEqual(await undeclared('fields: { "*": { about: a } }\n', { hex: '610a' }), []);
  assert.deepEqual(await undeclared('', { hex: '650a' }), []);
});

test('examples that take too long fail, and the rest is not run', async () => {
  const examples = Array.from({ length: 5 }, (_, i) => ({ name: `e${i}`, hex: '610a' }));
  const profile = parseProfile({
    'profile.yaml': PROFILE,
    'script.js': SCRIPT,
    'examples.json': JSON.stringify(examples),
  });
  await using sandbox = createSandbox();
  let now = 0;
  const clock = { monotonic: () => (now += 25_000) };
  const { failures } = await checkProfile(profile, sandbox, clock);
  assert.deepEqual(
    failures.map(({ example, field }) => [example, field]),
    [['e2', 'time']],
  );
});

test('an example says which request a frame answers, and whether the device refuses it', async () => {
  const script = `
export function downlink({ values }) { return values.named ? { send: 'x', id: values.named } : 'x'; }
export function uplink(bytes) {
  if (bytes[0] === 0x61) return { answers: 7 };
  return bytes[0] === 0x62 ? { answers: 7, refused: 'no' } : { values: { speed: 1 } };
}`;
  await using sandbox = createSandbox();
  const differs = async (...conversation: object[]) => {
    const profile = parseProfile({
      'profile.yaml': PROFILE,
      'script.js': script,
      'examples.json': JSON.stringify([{ name: 'one', conversation }]),
    });
    const [failure] = (await checkProfile(profile, sandbox)).failures;
    return failure && [failure.field, failure.expected, failure.actual];
  };
  const sent = (named: unknown, id: unknown) => ({ downlink: { kind: 'command', values: { named } }, id });
  assert.equal(await differs(sent(7, 7), { hex: '610a', answers: 7 }), undefined);
  assert.equal(await differs({ hex: '620a', answers: '7', refused: 'no' }), undefined);
  assert.deepEqual(await differs(sent(8, 7)), ['id', '7', '8']);
  assert.deepEqual(await differs(sent(undefined, 7)), ['id', '7', 'none']);
  assert.deepEqual(await differs({ hex: '630a', answers: 7 }), ['answers', '"7"', 'absent']);
  assert.deepEqual(await differs({ hex: '610a', answers: 8 }), ['answers', '"8"', '"7"']);
  assert.deepEqual(await differs({ hex: '620a', answers: 7 }), ['refused', 'absent', '"no"']);
  assert.deepEqual(await differs({ hex: '610a', answers: 7, refused: 'no' }), ['refused', '"no"', 'absent']);
});
