import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { Fifo } from '../../src/queue/fifo.ts';

it('a queue does what an array does', () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant('push' as const), n: fc.nat(9) }),
    fc.record({ what: fc.constantFrom('shift' as const, 'remove' as const, 'take' as const), n: fc.nat(9) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const queue = new Fifo<number>();
      let model: number[] = [];
      for (const { what, n } of steps) {
        if (what === 'push') {
          queue.push(n);
          model.push(n);
        } else if (what === 'shift') assert.equal(queue.shift(), model.shift());
        else if (what === 'take') {
          assert.deepEqual(queue.take(), model);
          model = [];
        } else {
          const at = model.indexOf(n);
          assert.equal(queue.remove(n), at >= 0);
          if (at >= 0) model.splice(at, 1);
        }
        assert.deepEqual([...queue], model);
        assert.deepEqual([queue.length, queue.first], [model.length, model[0]]);
      }
    }),
  );
  const long = new Fifo<number>();
  for (let i = 0; i < 10_000; i++) {
    long.push(i);
    if (i % 3 > 0) assert.equal(long.shift(), Math.floor((i - 1) / 3) * 2 + (i % 3) - 1);
  }
});
