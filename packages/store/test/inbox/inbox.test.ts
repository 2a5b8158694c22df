import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type InboxEntry, storeLimits } from '@fairlead/store';
import { FakeClock } from '@fairlead/testkit';
import { freshStore } from '../helpers.ts';

const NOW = new FakeClock().now();
const limits = storeLimits.values;

function entry(n: number, more: Partial<InboxEntry> = {}): InboxEntry {
  return {
    id: `i${n}`,
    listener: 'trackers',
    profile: 'tracker',
    identity: `${n}`,
    remote: '10.0.0.1:5000',
    firstSeen: NOW,
    lastSeen: NOW + n,
    count: 1,
    bytes: 4,
    frames: ['01ff'],
    connected: true,
    ...more,
  };
}

test('entries are kept, over a restart too, where nobody is connected any more', async (t) => {
  const { store, reopen } = freshStore(t);
  for (const n of [1, 2, 3]) store.inbox.note(entry(n));
  store.inbox.note(entry(1, { lastSeen: NOW + 10, count: 2 }));
  assert.equal(store.inbox.drop('i2'), true);
  assert.equal(store.inbox.drop('i2'), false);
  const ids = (inbox = store.inbox) => inbox.list().map(({ id, connected }) => [id, connected]);
  assert.deepEqual(ids(), [
    ['i1', true],
    ['i3', true],
  ]);
  const after = await reopen();
  assert.deepEqual(ids(after.inbox), [
    ['i1', false],
    ['i3', false],
  ]);
  assert.deepEqual(after.inbox.get('i1'), entry(1, { lastSeen: NOW + 10, count: 2, connected: false }));
});

test('ten thousand unknown devices at once: the inbox keeps its bound, in memory and on disk', async (t) => {
  const { store, reopen } = freshStore(t);
  for (let n = 1; n <= 10_000; n++) store.inbox.note(entry(n));
  assert.equal(store.inbox.list().length, limits.inboxEntries);
  assert.equal(store.inbox.list()[0]?.id, 'i10000');
  assert.equal((await reopen()).inbox.list().length, limits.inboxEntries);
});

test('an entry keeps as many of its first frames as fit', (t) => {
  const { store } = freshStore(t);
  const frames = Array.from({ length: 100 }, () => 'ab'.repeat(500));
  store.inbox.note(entry(1, { frames }));
  const kept = store.inbox.get('i1');
  assert.ok(JSON.stringify(kept).length <= limits.inboxEntry);
  assert.deepEqual(kept?.frames, frames.slice(0, 7));
});

test('an entry that was not seen for long goes', async (t) => {
  const { store, clock, reopen } = freshStore(t);
  store.inbox.note(entry(1, { lastSeen: clock.now() }));
  await clock.advance(limits.inboxAge / 2);
  store.inbox.note(entry(2, { lastSeen: clock.now() }));
  await clock.advance(limits.inboxAge / 2 + 1);
  assert.deepEqual(
    store.inbox.list().map(({ id }) => id),
    ['i2'],
  );
  assert.deepEqual(
    (await reopen()).inbox.list().map(({ id }) => id),
    ['i2'],
  );
});
