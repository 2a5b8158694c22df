import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Outbox, type Waiting } from '../src/outbox.ts';

interface Numbered extends Waiting {
  readonly number: number;
}

const message = (priority: 1 | 2 | 3 | 4, number: number, size = 1): Numbered => ({
  bytes: new Uint8Array(size),
  priority,
  ticket: undefined,
  number,
});

function takeAll(outbox: Outbox): Numbered[] {
  const taken: Numbered[] = [];
  for (let next = outbox.take(); next !== undefined; next = outbox.take()) taken.push(next as Numbered);
  return taken;
}

describe('Outbox', () => {
  it('lets higher priorities go first and keeps the order within one', () => {
    const outbox = new Outbox(1_000, 16);
    for (const [i, priority] of ([1, 2, 4, 3, 2, 4, 1] as const).entries()) outbox.push(message(priority, i));
    assert.deepEqual(
      takeAll(outbox).map(({ number }) => number),
      [2, 5, 3, 1, 4, 0, 6],
    );
    assert.equal(outbox.size, 0);
  });

  it('sends one of a lower priority after it was passed over often enough', () => {
    const outbox = new Outbox(1_000, 3);
    for (let i = 0; i < 8; i++) outbox.push(message(4, i));
    outbox.push(message(2, 100));
    outbox.push(message(2, 101));
    outbox.push(message(1, 200));
    assert.deepEqual(
      takeAll(outbox).map(({ number }) => number),
      [0, 1, 2, 200, 100, 3, 4, 5, 101, 6, 7],
    );
  });

  it('is bounded by bytes', () => {
    const outbox = new Outbox(10, 16);
    outbox.push(message(2, 0, 6));
    assert.ok(outbox.fits(4) && !outbox.fits(5));
    assert.throws(() => outbox.push(message(4, 1, 5)), {
      code: 'MESSAGE_QUEUE_FULL',
      details: { size: 11, limit: 10 },
    });
    outbox.clear();
    assert.deepEqual([outbox.size, outbox.length, outbox.take()], [0, 0, undefined]);
  });

  it('passes over what was cancelled', () => {
    const outbox = new Outbox(10, 16);
    outbox.push({ ...message(2, 0), ticket: { sent: false, cancelled: true } });
    outbox.push(message(2, 1));
    assert.deepEqual(
      takeAll(outbox).map(({ number }) => number),
      [1],
    );
  });

  it('loses nothing, keeps the order within a priority, and lets none wait for ever', () => {
    const patience = 4;
    const step = fc.oneof(
      fc.constantFrom(1 as const, 2 as const, 3 as const, 4 as const),
      fc.constant('take'),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3_000 }), (steps) => {
        const outbox = new Outbox(1e6, patience);
        const taken: Numbered[] = [];
        const waiting = [0, 0, 0, 0, 0];
        const passed = [0, 0, 0, 0, 0];
        const take = () => {
          const next = outbox.take() as Numbered | undefined;
          if (next === undefined) return;
          taken.push(next);
          waiting[next.priority]!--;
          passed[next.priority] = 0;
          for (let lower = 1; lower < next.priority; lower++)
            if (waiting[lower]! > 0) assert.ok(++passed[lower]! <= patience + 3);
        };
        let pushed = 0;
        for (const what of steps) {
          if (what === 'take') take();
          else {
            outbox.push(message(what as 1 | 2 | 3 | 4, pushed++));
            waiting[what as number]!++;
          }
        }
        while (outbox.length > 0) take();
        assert.equal(taken.length, pushed);
        for (const priority of [1, 2, 3, 4]) {
          const numbers = taken.filter((each) => each.priority === priority).map(({ number }) => number);
          assert.deepEqual(
            numbers,
            numbers.toSorted((a, b) => a - b),
          );
        }
      }),
      { numRuns: 50 },
    );
  });
});
