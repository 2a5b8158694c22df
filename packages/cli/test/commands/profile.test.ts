import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { builtinNames } from '@fairlead/profiles';
import { command } from '../support/command.ts';
import { temporaryFolder } from '../support/process.ts';

test('ls: every profile of the catalogue, as a table and as JSON', async () => {
  const names = await builtinNames();
  const listed = JSON.parse((await command(['profile', 'ls', '--format', 'json'])).stdout);
  assert.deepEqual(
    listed.map(({ name }: { name: string }) => name),
    names,
  );
  const { stdout } = await command(['profile', 'ls']);
  for (const name of names) assert.match(stdout, new RegExp(`^${name} +`, 'm'));
  assert.match(stdout, /^modbus_tcp .* is dialled/m);
});

test('show: what a profile yields and takes', async () => {
  const { status, stdout } = await command(['profile', 'show', 'gt06']);
  assert.equal(status, 0);
  for (const part of [/^Parameters$/m, /^Commands$/m, /^Sources$/m, /timezone/, /relay/])
    assert.match(stdout, part);
  const json = JSON.parse((await command(['profile', 'show', 'gt06', '--format', 'json'])).stdout);
  assert.deepEqual([json.name, json.identity.by], ['gt06', 'script']);
  assert.ok(json.examples > 10 && json.files.includes('script.ts'));
});

test('new: a folder whose examples pass; it is not written over', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'my-meter');
  const made = await command(['profile', 'new', path]);
  assert.equal(made.status, 0, made.stderr);
  assert.match(made.stdout, new RegExp(`fairlead profile check ${path} `));
  assert.match(await readFile(join(path, 'profile.yaml'), 'utf8'), /^name: my-meter$/m);
  const checked = await command(['profile', 'check', path]);
  assert.deepEqual([checked.status, checked.stderr], [0, '']);
  assert.match(checked.stdout, /^my-meter 0\.1\.0: (\d+) of \1 examples pass\.$/m);
  const again = await command(['profile', 'new', path]);
  assert.match(again.stderr, /FILE_UNWRITABLE: .*it exists already/);
});

test('new: a name that no profile may have writes nothing', async () => {
  await using folder = await temporaryFolder();
  for (const name of ['a b', 'x.y', '_x', 'x'.repeat(65)]) {
    const { status, stderr } = await command(['profile', 'new', join(folder.path, name)]);
    assert.equal(status, 2);
    assert.match(stderr, /PROFILE_FOLDER_INVALID: .*name/);
    // The help of the catalogue stands below it.
    assert.match(stderr, /\n {2}Correct the file\./);
  }
  assert.deepEqual(await readdir(folder.path), []);
});

test('check: each example that fails, with the field that differs; status 2 for a profile that is wrong', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'meter');
  await command(['profile', 'new', path]);
  const file = join(path, 'examples.json');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"temperature": 25', '"temperature": 26'));
  const { status, stdout, stderr } = await command(['profile', 'check', path]);
  assert.equal(status, 2);
  assert.match(stdout, /: values\.temperature\n {2}expected 26\n {2}got {6}25\n/);
  assert.match(stderr, /PROFILE_EXAMPLE_FAILED: .*values\.temperature is 25; expected 26/);
  const json = JSON.parse((await command(['profile', 'check', path, '--format', 'json'])).stdout);
  assert.deepEqual(
    json.failures.map(({ field, expected, actual }: Record<string, string>) => [field, expected, actual]),
    [['values.temperature', '26', '25']],
  );
  await writeFile(file, text.slice(0, -10));
  assert.match((await command(['profile', 'check', path])).stderr, /examples\.json: .*JSON/);
  await writeFile(file, text);
  await writeFile(join(path, 'script.ts'), 'export function uplink( {');
  assert.match((await command(['profile', 'check', path])).stderr, /SCRIPT_INVALID/);
});

test('export: the files of a profile, which check as they are', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'ours');
  assert.equal((await command(['profile', 'export', 'teltonika', path])).status, 0);
  assert.equal((await command(['profile', 'check', path])).status, 0);
  assert.equal((await command(['profile', 'export', 'nothing', join(folder.path, 'x')])).status, 3);
});

test('a folder, a file, a name that is unknown', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'profile.yaml');
  await writeFile(file, '');
  for (const [argument, status, message] of [
    [file, 2, /it is not a folder/],
    [join(folder.path, 'none'), 2, /cannot be read \(ENOENT\)/],
    ['gt6', 3, /PROFILE_NOT_FOUND: No profile gt6\. Did you mean gt06\?/],
  ] as const)
    for (const verb of ['show', 'check']) {
      const result = await command(['profile', verb, argument]);
      assert.equal(result.status, status, result.stderr);
      assert.match(result.stderr, message);
    }
});
