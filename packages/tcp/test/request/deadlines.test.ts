import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { Deadlines } from '../../src/request/deadlines.ts';
import { Pending } from '../../src/request/pending.ts';

/** Numbers that are awaited, each with its limit in milliseconds. */
function world() {
  const clock = new FakeClock();
  const open = new Set<Pending<number>>();
  const deadlines = new Deadlines<Pending<number>>(
    clock,
    () => open,
    (pending) => {
      open.delete(pending);
      pending.reject(new Error(`late after ${pending.limit}`));
    },
  );
  const ask = (limit: number, signal?: AbortSignal) => {
    let pending: Pending<number> | undefined;
    const answer = new Promise<number>((resolve, reject) => {
      pending = new Pending(clock.monotonic() + limit, limit, resolve, reject);
    });
    const made = pending as unknown as Pending<number>;
    if (signal !== undefined) made.watch(signal, (cause) => made.reject(cause));
    open.add(made);
    deadlines.watch(made);
    return { pending: made, answer };
  };
  return { clock, open, deadlines, ask };
}

describe('pending answers', () => {
  it('settle once, with the answer, the abort or the deadline', async () => {
    const { clock, ask } = world();
    const abort = new AbortController();
    const [answered, aborted, late] = [ask(50), ask(50, abort.signal), ask(50)];
    answered.pending.resolve(1);
    answered.pending.resolve(2);
    answered.pending.reject(new Error('too late'));
    abort.abort();
    const ended = [
      assert.rejects(aborted.answer, { code: 'ABORTED' }),
      assert.rejects(late.answer, { message: 'late after 50' }),
    ];
    await clock.advance(50);
    await Promise.all(ended);
    assert.equal(await answered.answer, 1);
  });

  it('share one timer, which is set to the earliest deadline', async () => {
    const { clock, open, ask, deadlines } = world();
    const ended: number[] = [];
    for (const limit of [300, 100, 200]) ask(limit).answer.catch(() => ended.push(limit));
    await clock.advance(100);
    assert.deepEqual(ended, [100]);
    ask(10).answer.catch(() => ended.push(10));
    await clock.advance(100);
    assert.deepEqual(ended, [100, 10, 200]);
    deadlines.stop();
    await clock.advance(1_000);
    assert.equal(open.size, 1, 'a stopped timer ends nothing');
  });
});
