import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Transitions } from '../src/index.ts';

const door = new Transitions<'open' | 'shut', 'push' | 'pull'>('A door', {
  open: { push: 'shut', pull: 'open' },
  shut: { pull: 'open' },
});

test('a table says what an event leads to', () => {
  assert.equal(door.next('open', 'push'), 'shut');
  assert.equal(door.next('open', 'pull'), 'open');
  assert.equal(door.next('shut', 'pull'), 'open');
});

test('an event that the table does not have in a state throws', () => {
  assert.throws(() => door.next('shut', 'push'), {
    code: 'EVENT_IMPOSSIBLE',
    side: 'local',
    message: 'A door got the event "push" in the state "shut".',
  });
});
