import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonForm } from '@fairlead/bus';
import fc from 'fast-check';

test('a payload is JSON as it stands, else text, else base64', () => {
  const form = (payload: Uint8Array | string) => jsonForm({ topic: 't', payload });
  assert.equal(form('{"n": 12345678901234567890}'), '{"topic":"t","json":{"n": 12345678901234567890}}');
  assert.equal(form('{\r\n"a":1}'), '{"topic":"t","json":{  "a":1}}');
  assert.equal(form('a "b"\n'), '{"topic":"t","text":"a \\"b\\"\\n"}');
  assert.equal(form(Uint8Array.of(0, 255)), '{"topic":"t","base64":"AP8="}');
  assert.equal(form(''), '{"topic":"t","text":""}');
  const all = { retain: true, properties: { a: 'b' }, expiry: 1_500, correlation: Uint8Array.of(1) };
  assert.equal(
    jsonForm({ topic: 't', payload: '1', ...all }),
    '{"topic":"t","json":1,"retain":true,"properties":{"a":"b"},"expiry":1500,"correlation":"AQ=="}',
  );
});

test('any payload gives one line of JSON that holds it', () => {
  const payloads = fc.oneof(
    fc.uint8Array(),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.json({ maxDepth: 3 }).map((text) => text.replaceAll(',', ',\n')),
  );
  fc.assert(
    fc.property(payloads, (payload) => {
      const line = jsonForm({ topic: 't', payload });
      assert.ok(!/[\r\n]/.test(line));
      const { json, text, base64 } = JSON.parse(line);
      const bytes = Buffer.from(payload as string);
      if (base64 !== undefined) assert.deepEqual(Buffer.from(base64, 'base64'), bytes);
      else if (text !== undefined) assert.deepEqual(Buffer.from(text), bytes);
      else assert.deepEqual(json, JSON.parse(bytes.toString()));
    }),
    { numRuns: 50 },
  );
});

test('deeply nested JSON costs no stack', () => {
  const deep = '['.repeat(200_000) + ']'.repeat(200_000);
  assert.ok(jsonForm({ topic: 't', payload: deep }).endsWith(`"json":${deep}}`));
});
