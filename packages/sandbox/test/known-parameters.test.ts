import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSandbox } from '../src/index.ts';
import { KnownParameters } from '../src/known-parameters.ts';
import { context, frame, values } from './support.ts';

const long = (n: number) => JSON.stringify({ n, text: 'x'.repeat(100) });

test('a text is added once, and the oldest are forgotten beyond the bound', () => {
  const known = new KnownParameters(300);
  const added: number[] = [];
  const name = (text: string) => known.name(text, (_, number) => added.push(number));
  assert.equal(name(''), '');
  assert.equal(name('{"n":1}'), '{"n":1}');
  assert.deepEqual([name(long(1)), name(long(2)), name(long(1))], ['#1', '#2', '#1']);
  assert.deepEqual([added, known.trim()], [[1, 2], 0]);
  name(long(3));
  name(long(4));
  assert.deepEqual([known.trim(), known.trim()], [2, 0]);
  assert.equal(name(long(1)), '#5');
  const huge = 'x'.repeat(20_000);
  assert.equal(name(huge), huge);
});

test('each device finds its own parameters, whatever becomes of the isolate and of the process', async (t) => {
  const sandbox = createSandbox();
  t.after(() => sandbox.close());
  const script = await sandbox.load(`
    export function uplink(bytes, ctx) {
      if (bytes[0] === 1) for (;;);
      if (bytes[0] === 2) return { values: { n: ctx.parameters.n, size: new Array(2 ** 28).fill(1.5).length } };
      return { values: { n: ctx.parameters.n } };
    }
    export const poll = (ctx) => [{ send: Uint8Array.of(ctx.parameters.n) }];`);
  const call = (n: number, byte = 0) =>
    script.uplink([frame(byte)], { ...context(`d${n}`), parameters: long(n) });
  const all = async () => {
    const results = await Promise.all(Array.from({ length: 300 }, (_, n) => call(n)));
    for (const [
      n,
      {
        results: [result],
      },
    ] of results.entries())
      assert.deepEqual(values(result), { n });
  };
  await all();
  await all();
  assert.ok((await call(7, 1)).results[0]?.error !== undefined);
  await all();
  assert.ok((await call(7, 2)).results[0]?.error !== undefined);
  await all();
  const { requests } = await script.poll({ ...context('d9'), parameters: long(9) });
  assert.deepEqual([...(requests[0]?.send ?? [])], [9]);
});

test('more parameters than a script process keeps are sent again', async (t) => {
  const sandbox = createSandbox();
  t.after(() => sandbox.close());
  const script = await sandbox.load(
    'export const uplink = (bytes, ctx) => ({ values: { n: ctx.parameters.n } });',
  );
  const wide = (n: number) => JSON.stringify({ n, text: 'x'.repeat(16_000) });
  for (let round = 0; round < 2; round++)
    for (let from = 0; from < 1_300; from += 100) {
      const calls = Array.from({ length: 100 }, (_, i) =>
        // The first ones stay in use while others push them out.
        script.uplink([frame(0)], { ...context(`d${i}`), parameters: wide(i % 2 === 0 ? i : from + i) }),
      );
      for (const [i, { results }] of (await Promise.all(calls)).entries())
        assert.deepEqual(values(results[0]), { n: i % 2 === 0 ? i : from + i });
    }
});
