import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@fairlead/core';
import fc from 'fast-check';
import { Calls } from '../src/calls.ts';
import { Gathered } from '../src/gathered.ts';
import type { Job, ScriptEntry } from '../src/job.ts';
import { sandboxLimits } from '../src/limits.ts';
import { NewestCalls } from '../src/newest-calls.ts';
import { Penalty } from '../src/penalty.ts';
import { context } from './support.ts';

const result = new Gathered(sandboxLimits.values);

function entryOf(): ScriptEntry {
  const penalty = new Penalty(sandboxLimits.values, systemClock);
  return {
    id: 1,
    name: 'x',
    source: '',
    penalty,
    keepsState: false,
    calls: new NewestCalls(),
    logSecond: 0,
    logCount: 0,
  };
}

test('whatever order the parts come back in, each device sees its calls settle in order', () => {
  const plan = fc.array(
    fc.record({ device: fc.constantFrom('a', 'b', 'c'), frames: fc.integer({ min: 1, max: 3 }) }),
    { maxLength: 12 },
  );
  const shuffled = plan.chain((calls) => {
    const parts = calls.flatMap(({ frames }, call) =>
      Array.from({ length: frames }, (_, frame) => ({ call, frame })),
    );
    return fc.tuple(fc.constant(calls), fc.shuffledSubarray(parts, { minLength: parts.length }));
  });
  fc.assert(
    fc.property(shuffled, ([plans, parts]) => {
      const calls = new Calls({ pendingCalls: 100, pendingBytes: 1_000 });
      const entry = entryOf();
      const settled: number[] = [];
      const jobs = plans.map(({ device, frames }, index): Job => {
        const call = calls.open(entry, context(device), frames, 1, (reports) => {
          assert.equal(reports.filter((report) => report === result).length, frames);
          settled.push(index);
        });
        return { kind: 'uplink', entry, frames: [], bytes: 1, message: '', call, from: 0 };
      });
      for (const { call, frame } of parts) calls.report(jobs[call] as Job, frame, result);
      assert.equal(settled.length, plans.length);
      for (const device of ['a', 'b', 'c']) {
        const order = settled.filter((index) => plans[index]?.device === device);
        assert.deepEqual(
          order,
          order.toSorted((a, b) => a - b),
        );
      }
      assert.deepEqual([calls.pending, calls.pendingBytes, entry.calls.size], [0, 0, 0]);
    }),
  );
});
