import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PollTable, ProfileLink, parseProfile } from '../../src/index.ts';
import { PROFILE } from '../support.ts';

const profile = (rows: string) =>
  parseProfile({ 'profile.yaml': `${PROFILE}direction: dials\npoll:\n  requests:\n${rows}` });
const row = (fields: object) => {
  const { poll } = profile(`    - ${JSON.stringify({ name: 'x', send: '?', ...fields })}\n`);
  const table = new PollTable(poll?.requests ?? []);
  return (answer: string | Buffer) => JSON.parse(table.values(0, Buffer.from(answer as string))) as unknown;
};

test('answers become numbers, texts, hex digits and JSON', () => {
  assert.deepEqual(row({ as: 'number' })('+1.25E+01\r\n'), { x: 12.5 });
  assert.deepEqual(row({ as: 'number', scale: 0.1 })('230'), { x: 23 });
  assert.deepEqual(row({})(' on \r'), { x: 'on' });
  assert.deepEqual(row({ as: 'hex' })(Buffer.from([1, 0xff])), { x: '01ff' });
  assert.deepEqual(row({ as: 'json' })('{"a":[1]}'), { x: { a: [1] } });
  assert.deepEqual(row({ as: 'number', pattern: 'T=([-0-9.]+)C' })('T=-3.5C ok'), { x: -3.5 });
});

test('an answer that makes no sense is refused', () => {
  const refused = (fields: object, answer: string | Buffer, reason: RegExp) =>
    assert.throws(
      () => row(fields)(answer),
      (error: { code: string; message: string }) => {
        assert.equal(error.code, 'POLL_ANSWER_INVALID');
        assert.match(error.message, reason);
        return true;
      },
    );
  refused({ as: 'number' }, 'abc', /"abc" is no number/);
  refused({ as: 'number' }, '', /is no number/);
  refused({ as: 'number', scale: 1e300 }, '1e300', /is no number/);
  refused({ as: 'json' }, '{', /is not JSON/);
  refused({ as: 'json' }, '['.repeat(1_000), /nested/);
  refused({ pattern: 'T=(.)' }, 'nothing', /does not match/);
  refused({}, Buffer.alloc(70_000), /the limit is/);
});

test('patterns are checked with the profile', () => {
  assert.throws(() => row({ pattern: 'abc' }), /one group/);
  assert.throws(() => row({ pattern: '(' }), /not valid/);
  assert.throws(() => row({ pattern: '(a{1,900}b{1,900})' }), /too large|not valid/);
  assert.throws(() => row({ pattern: '(?=(a))' }), /not valid/);
});

test('a profile with a table and no script is decoded like one with a script', async () => {
  const definition = profile(
    '    - { name: voltage, send: "V?", as: number }\n    - { name: state, sendHex: "0103", as: hex }\n',
  );
  const link = new ProfileLink(definition, undefined);
  assert.deepEqual(
    (await link.poll(0)).map((bytes) => bytes.toString('hex')),
    ['563f', '0103'],
  );
  const lines = await link.push(Buffer.from('12.5\nok\nlost\n'), 0);
  assert.deepEqual(
    lines.map(({ values, error }) => values ?? error),
    [{ voltage: 12.5 }, { state: '6f6b' }, undefined],
  );
  await link.poll(0);
  assert.equal((await link.push(Buffer.from('none\n'), 0))[0]?.error, 'POLL_ANSWER_INVALID');
});
