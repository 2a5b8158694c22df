import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openSecretKey, SECRET_KEY_FILE } from '../../src/secret/key.ts';
import { Vault } from '../../src/secret/vault.ts';

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-key-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

describe('the key', () => {
  it('is made once, for its owner only, and found again', (t) => {
    const dir = folder(t);
    const made = openSecretKey(dir);
    assert.deepEqual([made.created, made.bytes.length], [true, 32]);
    const file = join(dir, SECRET_KEY_FILE);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.match(readFileSync(file, 'utf8'), /^[0-9a-f]{64}\n$/);
    chmodSync(file, 0o644);
    const again = openSecretKey(dir);
    assert.deepEqual([again.created, again.bytes], [false, made.bytes]);
    assert.equal(statSync(file).mode & 0o777, 0o600, 'others may read it no more');
  });

  it('from the environment leaves the file alone', (t) => {
    const dir = folder(t);
    const { bytes, source, created } = openSecretKey(dir, 'AB'.repeat(32));
    assert.deepEqual([bytes, source, created], [Buffer.alloc(32, 0xab), 'FAIRLEAD_SECRET_KEY', false]);
    assert.equal(openSecretKey(dir).created, true);
  });

  it('that is none is refused, with where it stands and without what it is', (t) => {
    const dir = folder(t);
    writeFileSync(join(dir, SECRET_KEY_FILE), 'hush');
    for (const given of ['hush', 'AB'.repeat(31), undefined])
      assert.throws(
        () => openSecretKey(dir, given),
        (error: Error & { code?: string }) =>
          error.code === 'SECRET_KEY_INVALID' &&
          error.message.includes(given === undefined ? SECRET_KEY_FILE : 'FAIRLEAD_SECRET_KEY') &&
          !error.message.includes('hush'),
      );
    assert.throws(() => openSecretKey(join(dir, 'nowhere')), { code: 'SECRET_KEY_INVALID' });
  });
});

describe('the vault', () => {
  const vault = new Vault(Buffer.alloc(32, 7));

  it('opens what it has sealed, in its place alone', () => {
    const sealed = vault.seal({ a: 'b' }, 'run\x001');
    assert.deepEqual(vault.open(sealed, 'run\x001'), { a: 'b' });
    assert.throws(() => vault.open(sealed, 'run\x002'), { code: 'SECRET_UNREADABLE' });
    assert.notDeepEqual(vault.seal({ a: 'b' }, 'run\x001'), sealed, 'the same seals differently each time');
  });

  it('notices every bit that was changed, and what was cut', () => {
    const sealed = vault.seal('hush', 'task');
    for (let at = 0; at < sealed.length; at++) {
      const bad = Buffer.from(sealed);
      bad[at] = (bad[at] as number) ^ 1;
      assert.throws(() => vault.open(bad, 'task'), { code: 'SECRET_UNREADABLE' });
    }
    for (const size of [0, 1, 12, 28, sealed.length - 1])
      assert.throws(() => vault.open(sealed.subarray(0, size), 'task'), { code: 'SECRET_UNREADABLE' });
  });

  it('stands for names the same each time, by kind and key', () => {
    assert.deepEqual(vault.idOf('task', 'a'), vault.idOf('task', 'a'));
    const others = [
      vault.idOf('job', 'a'),
      vault.idOf('task', 'b'),
      new Vault(Buffer.alloc(32, 8)).idOf('task', 'a'),
    ];
    for (const other of others) assert.notDeepEqual(other, vault.idOf('task', 'a'));
  });
});
