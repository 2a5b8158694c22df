import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { replyTopicOf, subjectMatches, subjectOf, subjectsOf, topicOf } from '../../src/nats/subject.ts';
import { topicMatcher } from '../../src/topic.ts';

test('topics become subjects, and subjects topics', () => {
  assert.equal(subjectOf('devices/pump/attributes', ''), 'devices.pump.attributes');
  assert.equal(subjectOf('a b/c.d//100%', 'p.'), 'p.a%20b.c%2Ed.%.100%25');
  assert.equal(topicOf('p.a%20b.c%2Ed.%.100%25', 'p.'), 'a b/c.d//100%');
  assert.equal(topicOf('other.a', 'p.'), undefined);
  assert.equal(topicOf('_INBOX.x.1', ''), undefined);
  assert.equal(topicOf('$JS.API.INFO', ''), undefined);
  assert.equal(subjectOf(replyTopicOf('_INBOX.x.1'), 'p.'), '_INBOX.x.1');
  assert.deepEqual(subjectsOf('devices/+/set', ''), { subjects: ['devices.*.set'], queue: undefined });
  assert.deepEqual(subjectsOf('$share/g/a/#', 'p.'), { subjects: ['p.a', 'p.a.>'], queue: 'g' });
});

const part = fc.constantFrom('a', 'b', '', 'x.y', '*', '>', '%', 'é', ' ', '%2E');

test('every topic comes back, and its subject is one that NATS takes', () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      const topic = parts.join('/');
      fc.pre(!topic.startsWith('$'));
      const subject = subjectOf(topic, 'p.');
      assert.match(subject, /^[^\s.*>]+(\.[^\s.*>]+)*$/);
      assert.equal(topicOf(subject, 'p.'), topic);
    }),
  );
});

test('a subject matches exactly where the topic matches the filter', () => {
  const levels = fc.array(fc.constantFrom('a', 'b', ''), { minLength: 1, maxLength: 4 });
  const filters = fc
    .tuple(fc.array(fc.constantFrom('a', 'b', '+', ''), { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([parts, rest]) => [...parts, ...(rest ? ['#'] : [])].join('/'));
  fc.assert(
    fc.property(levels, filters, (parts, filter) => {
      const topic = parts.join('/');
      const matches = subjectsOf(filter, 'p.').subjects.filter((pattern) =>
        subjectMatches(pattern, subjectOf(topic, 'p.')),
      );
      assert.equal(matches.length, topicMatcher(filter)(topic) ? 1 : 0, `${filter} ${topic}`);
    }),
  );
});
