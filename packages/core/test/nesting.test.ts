import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nestsDeeper } from '@fairlead/core';
import { assertLinear } from '@fairlead/testkit';

test('counts the levels of JSON, and no brackets within strings', () => {
  for (const [json, levels] of [
    ['{"a":[{"b":[]}]}', 4],
    ['[[],[],[[]]]', 3],
    ['{"[[[[[":"\\"[[[[[\\\\","x":{}}', 2],
    ['"{{{{{"', 0],
    [`${'['.repeat(500)}${']'.repeat(500)}`, 500],
  ] as const) {
    const padded = json + ' '.repeat(2_000);
    assert.ok(!nestsDeeper(padded, levels), json.slice(0, 40));
    if (levels > 0) assert.ok(nestsDeeper(padded, levels - 1), json.slice(0, 40));
  }
  assert.ok(!nestsDeeper('[[[[', 256), 'too short to be deep');
});

test('takes time in proportion to the text', () =>
  assertLinear(
    1_000_000,
    (size) => '{"a":"\\"["},'.repeat(size / 12),
    (text) => nestsDeeper(text, 256),
  ));
