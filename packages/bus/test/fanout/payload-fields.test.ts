import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withFields } from '../../src/fanout/payload-fields.ts';

const properties = {
  device: 'pump',
  epoch: '7',
  seq: '12',
  time: '2026-11-30T17:38:00.000Z',
  kind: 'attributes',
};
const written = (payload: string, more: Record<string, string> = {}) =>
  String(
    withFields({ topic: 't', payload, properties: { ...properties, ...more } }, ['time', 'origin']).payload,
  );

test('time and origin are written in front of the keys of a reading', () => {
  const fields = '"_time":"2026-11-30T17:38:00.000Z","_origin":{"device":"pump","epoch":7,"seq":12}';
  assert.equal(written('{"bar":4.2}'), `{${fields},"bar":4.2}`);
  assert.equal(written('{}'), `{${fields}}`);
  assert.equal(written(' \n{ "bar": 4.2 }\n'), `{${fields}, "bar": 4.2 }\n`);
  const timed = withFields({ topic: 't', payload: '{"a":1}', properties }, ['time']);
  assert.equal(String(timed.payload), '{"_time":"2026-11-30T17:38:00.000Z","a":1}');
  assert.equal(timed.properties, properties);
});

test("what is no JSON object of a device stays, and the device's own key wins", () => {
  assert.equal(written('[1]'), '[1]');
  assert.equal(written(''), '');
  assert.equal(written('{"status":"online"}', { kind: 'status' }), '{"status":"online"}');
  assert.equal(JSON.parse(written('{"_time":"mine"}'))._time, 'mine');
  const bare = { topic: 't', payload: '{"a":1}' };
  assert.equal(withFields(bare, ['time']), bare);
});
