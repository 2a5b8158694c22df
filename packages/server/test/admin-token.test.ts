import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { openAdminToken } from '../src/admin-token.ts';

const root = mkdtempSync(join(tmpdir(), 'fairlead-token-'));
after(() => rmSync(root, { recursive: true }));
let folders = 0;
const folder = () => join(root, String(folders++));

test('is made at the first start, for its owner only, and kept', () => {
  const dir = folder();
  const first = openAdminToken({ dir });
  const file = join(dir, 'admin-token');
  assert.deepEqual([first.created, first.source], [true, file]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  const text = readFileSync(file, 'utf8');
  assert.match(text, /^fa_[0-9a-f]{32}\n$/);
  assert.ok(first.matches(text.trim()));
  assert.ok(!first.matches(text));
  assert.ok(!first.matches(''));
  const second = openAdminToken({ dir });
  assert.deepEqual([second.created, second.matches(text.trim())], [false, true]);
});

test('a file that others could read is closed to them, with a warning', () => {
  const dir = folder();
  openAdminToken({ dir });
  chmodSync(join(dir, 'admin-token'), 0o644);
  const warnings: string[] = [];
  openAdminToken({ dir, warn: (message) => warnings.push(message) });
  assert.equal(statSync(join(dir, 'admin-token')).mode & 0o777, 0o600);
  assert.equal(warnings.length, 1);
});

test('one from the environment stands in for the file', () => {
  const dir = folder();
  const token = openAdminToken({ dir, given: 'a-token-of-twenty-chars' });
  assert.ok(token.matches('a-token-of-twenty-chars'));
  assert.equal(token.source, 'FAIRLEAD_TOKEN');
  assert.throws(() => statSync(dir), /ENOENT/);
});

test('what cannot be a token is refused without showing it', () => {
  const dir = folder();
  mkdirSync(dir);
  for (const text of ['hunter2', 'with a space in it, but long enough']) {
    writeFileSync(join(dir, 'admin-token'), text);
    assert.throws(
      () => openAdminToken({ dir }),
      (error) => isFairleadError(error, 'ADMIN_TOKEN_INVALID') && !error.message.includes(text),
    );
  }
});

test('an empty file, as a crash may leave it, gets a token', () => {
  const dir = folder();
  mkdirSync(dir);
  writeFileSync(join(dir, 'admin-token'), '', { mode: 0o600 });
  assert.ok(openAdminToken({ dir }).created);
  assert.match(readFileSync(join(dir, 'admin-token'), 'utf8'), /^fa_[0-9a-f]{32}\n$/);
});

test('a folder that is none is one clear error', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  for (const dir of [file, join(file, 'deeper')])
    assert.throws(
      () => openAdminToken({ dir }),
      (error) => isFairleadError(error, 'DATA_FOLDER_UNUSABLE'),
    );
});
