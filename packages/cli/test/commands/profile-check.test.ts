import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { temporaryFolder } from '../support/process.ts';
import { TestTerminal } from '../support/terminal.ts';

async function command(argv: readonly string[]) {
  const terminal = new TestTerminal({});
  const status = await run(argv, terminal);
  return { status, stdout: terminal.stdout, stderr: terminal.stderr };
}

test('check: a misspelt name of a value is pointed out, and that nothing was tried', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'meter');
  await command(['profile', 'new', path]);
  const script = join(path, 'script.ts');
  const text = await readFile(script, 'utf8');
  await writeFile(script, text.replace('batteryVoltage:', 'batteryVoltage: 3.8, temprature: 1, ignored:'));
  const { status, stdout } = await command(['profile', 'check', path]);
  assert.equal(status, 0);
  assert.match(
    stdout,
    /^Note: the value "temprature" is not in the vocabulary.* Did you mean temperature\?$/m,
  );
  await rm(join(path, 'examples.json'));
  assert.match((await command(['profile', 'check', path])).stdout, /^meter 0\.1\.0: there are no examples/m);
});

test('check: a profile without a name is called by its folder', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'empty');
  await mkdir(path);
  const { status, stderr } = await command(['profile', 'check', path]);
  assert.equal(status, 2);
  assert.match(
    stderr,
    /PROFILE_FOLDER_INVALID: The profile empty cannot be used: profile\.yaml: the file is missing/,
  );
});

test('show: how a command is sent', async () => {
  const { stdout } = await command(['profile', 'show', 'gt06']);
  assert.match(
    stdout,
    /^Send one: fairlead device send NAME '\{"method":"[a-z]+","params":\{.*\}\}' --command$/m,
  );
});
