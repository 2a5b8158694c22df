import assert from 'node:assert/strict';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { profilesLimits, readProfileFolder } from '../src/index.ts';
import { folder, PROFILE } from './support.ts';

const refused = (path: string, file: string | RegExp, reason: RegExp) =>
  assert.rejects(
    readProfileFolder(path),
    (error: { code: string; message: string; details: { file: string } }) => {
      assert.equal(error.code, 'PROFILE_FOLDER_INVALID');
      assert.match(error.details.file, typeof file === 'string' ? new RegExp(`^${file}$`) : file);
      assert.match(error.message, reason);
      return true;
    },
  );

test('the files of a folder are read as text; hidden files are left out', async () => {
  await using dir = await folder({ 'profile.yaml': PROFILE, 'script.ts': 'export {}', '.git': 'x' });
  assert.deepEqual(await readProfileFolder(dir.path), { 'profile.yaml': PROFILE, 'script.ts': 'export {}' });
});

test('a folder may have several scripts, with names in small letters', async () => {
  const files = { 'profile.yaml': PROFILE, 'script.ts': '', 'frame-2.ts': '', 'old.js': '' };
  await using dir = await folder(files);
  assert.deepEqual(await readProfileFolder(dir.path), files);
  await writeFile(join(dir.path, 'Frame.ts'), '');
  await refused(dir.path, 'Frame.ts', /names in small letters/);
});

test('a symbolic link is refused, also one that leads back to the folder', async () => {
  await using dir = await folder({ 'profile.yaml': PROFILE });
  await symlink(dir.path, join(dir.path, 'loop'));
  await refused(dir.path, 'loop', /symbolic link/);
});

test('folders, files of other names, files that are not text are refused', async () => {
  for (const [name, make, reason] of [
    ['inner', (path: string) => mkdir(path), /no folders/],
    ['notes.txt', (path: string) => writeFile(path, 'x'), /a profile has profile\.yaml/],
    ['script.ts', (path: string) => writeFile(path, Buffer.of(0xff, 0xfe, 0x41)), /UTF-8/],
  ] as const) {
    await using dir = await folder({ 'profile.yaml': PROFILE });
    await make(join(dir.path, name));
    await refused(dir.path, name, reason);
  }
});

test('an example file of 100 MB is refused by its size, before it is read', async () => {
  await using dir = await folder({ 'profile.yaml': PROFILE, 'examples.json': '' });
  await truncate(join(dir.path, 'examples.json'), 100e6);
  const before = process.memoryUsage().rss;
  await refused(dir.path, 'examples.json', new RegExp(String(profilesLimits.values.file)));
  assert.ok(process.memoryUsage().rss - before < 50e6);
});

test('a folder with too many files, no folder, a file in its place', async () => {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`a${i}.json`, '{}']));
  await using dir = await folder({ 'profile.yaml': PROFILE, ...many });
  await refused(dir.path, /meter$/, /has 41 files; at most 32/);
  await refused(join(dir.path, 'none'), /none$/, /ENOENT/);
  await refused(join(dir.path, 'profile.yaml'), /profile\.yaml$/, /not a folder/);
});
