import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@fairlead/core';
import { Subscriptions } from '../src/subscriptions.ts';

test('copies that name their subscription call its handlers alone', () => {
  const subscriptions = new Subscriptions(silentLog);
  const calls: string[] = [];
  const one = subscriptions.add('a/+', () => calls.push('a/+'));
  subscriptions.add('#', () => calls.push('#'));
  assert.ok(one.first);
  const ids = subscriptions.filters().map((filter) => subscriptions.idOf(filter) as number);
  for (const id of ids) subscriptions.dispatch('a/b', Buffer.alloc(0), {}, [id]);
  assert.deepEqual(calls, ['a/+', '#']);
  subscriptions.dispatch('a/b', Buffer.alloc(0), {}, ids);
  subscriptions.dispatch('a/b', Buffer.alloc(0), {});
  assert.deepEqual(calls.slice(2), ['a/+', '#', 'a/+', '#']);
  assert.ok(one.remove());
  assert.ok(!one.remove());
  assert.ok(subscriptions.add('a/+', () => {}).first);
  assert.ok(!ids.includes(subscriptions.idOf('a/+') as number), 'a number is never used twice');
});
