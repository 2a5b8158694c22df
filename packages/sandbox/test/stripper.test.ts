import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSandbox } from '../src/index.ts';
import { context, frame, rejection, values } from './support.ts';

const typed = (n: number) => `export function uplink(bytes: Uint8Array) { return { values: { n: ${n} } }; }`;

test('a source that is nested too deeply is refused, and TypeScript is understood afterwards', async () => {
  await using sandbox = createSandbox();
  const before = await sandbox.load(typed(0));
  for (const [i, deep] of [
    `let a: ${'('.repeat(30_000)}`,
    `let a: ${'keyof '.repeat(30_000)}X`,
    `let a: ${'['.repeat(30_000)}`,
    `let a: ${'Array<'.repeat(30_000)}`,
    `let a = ${'{a:'.repeat(30_000)}`,
    `let a: 1 = ${'-~'.repeat(60_000)}1`,
  ].entries()) {
    // Others come in the same turn, and are not refused with it.
    const [error, script, result] = await Promise.all([
      rejection(sandbox.load(deep), 'SCRIPT_INVALID'),
      sandbox.load(typed(i + 1)),
      before.uplink([frame(1)], context()),
    ]);
    assert.doesNotMatch(error.message, /out of bounds|unreachable|assertion|bug in Node/i);
    assert.deepEqual(values((await script.uplink([frame(1)], context())).results[0]), { n: i + 1 });
    assert.deepEqual(values(result.results[0]), { n: 0 });
  }
  assert.equal(sandbox.stats().kills, 0);
  assert.equal(sandbox.stats().penalised, 0);
});
