import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import fc from 'fast-check';
import { busLimits } from '../src/limits.ts';
import { checkFilter, TopicEncoder, topicMatcher } from '../src/topic.ts';

test('filters match as MQTT 3.1.1, 4.7 says', () => {
  const cases: readonly (readonly [filter: string, topic: string, matches: boolean])[] = [
    ['sport/tennis/player1/#', 'sport/tennis/player1', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
    ['sport/tennis/player1/#', 'sport/tennis/player10', false],
    ['sport/#', 'sport', true],
    ['sport/tennis/+', 'sport/tennis/player1', true],
    ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['+/+', '/finance', true],
    ['/+', '/finance', true],
    ['+', '/finance', false],
    ['#', '$SYS/x', false],
    ['+/monitor/Clients', '$SYS/monitor/Clients', false],
    ['$SYS/#', '$SYS/x', true],
    ['a/b', 'a/b', true],
    ['a/b', 'a/B', false],
    ['+/b/#', 'a/b', true],
    ['a/+/#', 'a', false],
  ];
  for (const [filter, topic, matches] of cases)
    assert.equal(topicMatcher(filter)(topic), matches, `${filter} and ${topic}`);
});

test('a filter made from a topic by wildcards matches it', () => {
  const level = fc.stringMatching(/^[a-z ü]{0,3}$/);
  const made = fc
    .array(fc.tuple(level, fc.boolean()), { minLength: 1, maxLength: 6 })
    .chain((levels) => fc.record({ levels: fc.constant(levels), cut: fc.nat(levels.length) }));
  fc.assert(
    fc.property(made, ({ levels, cut }) => {
      const topic = levels.map(([text]) => text).join('/');
      const filter = levels.map(([text, wild]) => (wild ? '+' : text));
      assert.ok(topicMatcher(filter.join('/'))(topic));
      assert.ok(topicMatcher([...filter.slice(0, cut), '#'].join('/'))(topic));
      assert.ok(!topicMatcher([...filter, 'more'].join('/'))(topic));
    }),
  );
});

test('topics are encoded once and checked', () => {
  const topics = new TopicEncoder();
  assert.equal(topics.encode('a/ü').toString('hex'), '0004612fc3bc');
  assert.equal(topics.encode('a/ü'), topics.encode('a/ü'));
  const first = topics.encode('0');
  for (let n = 0; n <= busLimits.values.topicCache; n++) topics.encode(String(n));
  assert.notEqual(topics.encode('0'), first, 'what is remembered has a bound');
  for (const topic of ['', 'a+', '#', '\0', '\udfff', '$SYS/x', 'x'.repeat(65_536), '/'.repeat(100)])
    for (const _twice of [1, 2])
      assert.throws(
        () => topics.encode(topic),
        (error) => isFairleadError(error, 'BUS_TOPIC_INVALID'),
        topic.slice(0, 9),
      );
  for (const topic of ['x'.repeat(65_535), '/'.repeat(99), ' ', '$aws/x']) topics.encode(topic);
});

test('filters are checked', () => {
  for (const filter of ['#', '+', 'a/+/b/#', '/', '+/+', 'a/$share/b']) checkFilter(filter);
  for (const filter of ['', '##', 'a/#/', '+a', 'a/b+', '\0', '$share/g/a', '/'.repeat(100)])
    assert.throws(
      () => checkFilter(filter),
      (error) => isFairleadError(error, 'BUS_FILTER_INVALID'),
      filter,
    );
});

test('a shared filter names its group, matches like the filter in it, and needs a bus that can share', () => {
  checkFilter('$share/workers/devices/+/set', true);
  for (const filter of [
    '$share/g',
    '$share//a',
    '$share/g/',
    '$share/g+/a',
    '$share/g/a#',
    '$share/g/$SYS/x',
  ])
    assert.throws(() => checkFilter(filter, true), { code: 'BUS_FILTER_INVALID' }, filter);
  const matches = topicMatcher('$share/workers/devices/#');
  assert.deepEqual(['devices/a', '$share/workers/devices/a', 'other'].map(matches), [true, false, false]);
});
