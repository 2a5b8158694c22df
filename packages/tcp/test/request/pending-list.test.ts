import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { Pending } from '../../src/request/pending.ts';
import { PendingList } from '../../src/request/pending-list.ts';

/** Numbers that are awaited, each with its limit in milliseconds. */
function world(options: { keepsTimer?: () => boolean } = {}) {
  const clock = new FakeClock();
  const list: PendingList<Pending<number>> = new PendingList({
    clock,
    expired: (pending) => list.reject(pending, new Error(`late after ${pending.limit}`)),
    ...options,
  });
  const ask = (limit: number, signal?: AbortSignal, id?: string) => {
    let pending: Pending<number> | undefined;
    const answer = new Promise<number>((resolve, reject) => {
      pending = new Pending(clock.monotonic() + limit, limit, resolve, reject);
      list.add(pending, signal, id);
    });
    return { pending: pending as unknown as Pending<number>, answer };
  };
  return { clock, list, ask };
}

/** What the list must hold, from both ends and by count. */
function holds(list: PendingList<Pending<number>>, expected: readonly { pending: Pending<number> }[]): void {
  const pending = expected.map((each) => each.pending);
  assert.deepEqual(
    [...list].map(({ limit }) => limit),
    pending.map(({ limit }) => limit),
  );
  assert.equal(list.first, pending[0]);
  assert.equal(list.size, pending.length);
}

describe('a list of pending answers', () => {
  it('settles each once, with the answer, the abort or the deadline', async () => {
    const { clock, list, ask } = world();
    const abort = new AbortController();
    const [answered, aborted, late] = [ask(50), ask(50, abort.signal), ask(50)];
    list.answer(answered.pending, 1);
    list.answer(answered.pending, 2);
    list.reject(answered.pending, new Error('too late'));
    abort.abort();
    const ended = [
      assert.rejects(aborted.answer, { code: 'ABORTED' }),
      assert.rejects(late.answer, { message: 'late after 50' }),
    ];
    await clock.advance(50);
    await Promise.all(ended);
    assert.equal(await answered.answer, 1);
    holds(list, []);
  });

  it('refuses one whose signal is aborted already', async () => {
    const { list, ask } = world();
    await assert.rejects(ask(50, AbortSignal.abort()).answer, { code: 'ABORTED' });
    holds(list, []);
  });

  it('keeps the order, whichever is taken out', () => {
    const { list, ask } = world();
    const [a, b, c, d] = [ask(1), ask(2), ask(3), ask(4)];
    assert.equal(list.remove(c.pending), true);
    assert.equal(list.remove(c.pending), false, 'it is out already');
    holds(list, [a, b, d]);
    assert.equal(list.shift(), a.pending);
    holds(list, [b, d]);
    list.remove(d.pending);
    const e = ask(5);
    holds(list, [b, e]);
    assert.deepEqual([list.shift(), list.shift(), list.shift()], [b.pending, e.pending, undefined]);
    holds(list, []);
  });

  it('finds one by its id, until it is taken out', async () => {
    const { list, ask } = world();
    const [a, b] = [ask(50, undefined, 'a'), ask(50, undefined, 'b')];
    assert.equal(list.get('b'), b.pending);
    list.answer(b.pending, 7);
    assert.equal(await b.answer, 7);
    assert.deepEqual([list.get('b'), list.get('a')], [undefined, a.pending]);
    const again = ask(60, undefined, 'a');
    list.remove(a.pending);
    assert.equal(list.get('a'), again.pending, 'the newest with this id');
    holds(list, [again]);
  });

  it('ends all, or those that are chosen', async () => {
    const { list, ask } = world();
    const [a, b, c] = [ask(1), ask(2), ask(3)];
    list.end(new Error('over'), ({ limit }) => limit === 2);
    await assert.rejects(b.answer, { message: 'over' });
    holds(list, [a, c]);
    list.end(new Error('all over'));
    for (const each of [a, c]) await assert.rejects(each.answer, { message: 'all over' });
    holds(list, []);
  });

  it('has one timer, which is set to the earliest deadline', async () => {
    const { clock, list, ask } = world();
    const ended: number[] = [];
    for (const limit of [300, 100, 200]) ask(limit).answer.catch(() => ended.push(limit));
    assert.equal(clock.pending, 1);
    await clock.advance(100);
    assert.deepEqual(ended, [100]);
    const soon = ask(10_000);
    soon.answer.catch(() => ended.push(10));
    list.setDeadline(soon.pending, clock.monotonic() + 10);
    await clock.advance(100);
    assert.deepEqual(ended, [100, 10, 200]);
    assert.equal(clock.pending, 1);
    list.shift();
    assert.equal(clock.pending, 0, 'nothing is left to wait for');
  });

  it('keeps its timer between requests, if it is told to', async () => {
    let keeps = true;
    const { clock, list, ask } = world({ keepsTimer: () => keeps });
    ask(100);
    list.shift();
    assert.equal(clock.pending, 1);
    const second = ask(100);
    assert.equal(clock.pending, 1);
    list.answer(second.pending, 1);
    keeps = false;
    list.rest();
    assert.equal(clock.pending, 0);
  });
});
