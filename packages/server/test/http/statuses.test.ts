import assert from 'node:assert/strict';
import { STATUS_CODES } from 'node:http';
import { test } from 'node:test';
import { allCatalogues, helpOf } from '../../src/codes.ts';
import { statusOf } from '../../src/http/statuses.ts';

test('every code of the catalogue has a status, and advice', () => {
  for (const { entries } of allCatalogues)
    for (const [code, entry] of Object.entries(entries)) {
      const status = statusOf({ code, kind: entry.kind });
      assert.ok(status >= 400 && STATUS_CODES[status] !== undefined, code);
      assert.ok((helpOf(code) ?? '').length > 0, code);
    }
  assert.equal(helpOf('toString'), undefined);
});

test('what the command line hangs its exit codes on', () => {
  const expected = {
    DEVICE_UNKNOWN: 404,
    DEVICE_EXISTS: 409,
    UNAUTHORIZED: 401,
    OPTION_UNKNOWN: 400,
    FRAMING_SPEC_INVALID: 400,
    STORE_FAILED: 503,
  };
  const kinds = Object.assign({}, ...allCatalogues.map(({ entries }) => entries));
  for (const [code, status] of Object.entries(expected))
    assert.equal(statusOf({ code, kind: kinds[code].kind }), status, code);
});

test('a code that two packages know means the same in both', () => {
  const kinds = new Map<string, string>();
  for (const { entries } of allCatalogues)
    for (const [code, { kind }] of Object.entries(entries)) {
      assert.equal(kinds.get(code) ?? kind, kind, code);
      kinds.set(code, kind);
    }
});
