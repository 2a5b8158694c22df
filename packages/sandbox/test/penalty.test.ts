import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '@fairlead/core';
import { Penalty } from '../src/penalty.ts';

const rules = { strikes: 12, restMin: 1_000, restMax: 4_000, probationFrames: 100, probationTime: 60_000 };

function turned(): Clock & { at: number } {
  return {
    at: 1_000,
    now() {
      return this.at;
    },
    monotonic() {
      return this.at;
    },
    after: () => ({}),
    clear() {},
  };
}

test('one timeout penalises; many good frames, or a long time, clear it', () => {
  const clock = turned();
  const penalty = new Penalty(rules, clock);
  assert.equal(penalty.penalised, false);
  penalty.offend('timeout');
  assert.equal(penalty.penalised, true);
  assert.equal(penalty.rest(), 0);
  penalty.behave(99);
  assert.equal(penalty.penalised, true);
  penalty.behave(1);
  assert.equal(penalty.penalised, false);

  penalty.offend('memory');
  penalty.behave(99);
  penalty.offend('timeout');
  penalty.behave(99);
  assert.equal(penalty.penalised, true, 'an offence starts the count anew');
  clock.at += 60_000;
  penalty.behave(1);
  assert.equal(penalty.penalised, false);
});

test('kills make a script rest, twice as long each time, up to the longest', () => {
  const clock = turned();
  const penalty = new Penalty(rules, clock);
  const rests: number[] = [];
  for (let i = 0; i < 7; i++) {
    penalty.offend('kill');
    rests.push(penalty.rest());
    clock.at += penalty.rest();
    assert.equal(penalty.rest(), 0);
  }
  assert.deepEqual(rests, [0, 0, 1_000, 2_000, 4_000, 4_000, 4_000]);
});
