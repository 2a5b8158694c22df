import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { temporaryFolder } from '../support/process.ts';
import { TestTerminal } from '../support/terminal.ts';

async function check(yaml: string, options: string[] = [], env: Record<string, string> = {}) {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'fairlead.yaml');
  writeFileSync(file, yaml);
  const terminal = new TestTerminal(env);
  const status = await run(['config', 'check', file, ...options], terminal);
  return { status, stdout: terminal.stdout, stderr: terminal.stderr };
}

test('a valid file: what is set, and where', async () => {
  const { status, stdout, stderr } = await check('http:\n  listen: 127.0.0.1:8080\n', [], {
    FAIRLEAD_LOG__LEVEL: 'debug',
    FAIRLEAD_NONSENSE: '1',
  });
  assert.equal(status, 0);
  assert.match(stdout, /fairlead\.yaml is valid\.\nKEY +VALUE +SET BY\n/);
  assert.match(stdout, /^http\.listen +127\.0\.0\.1:8080 +\S+fairlead\.yaml:2:/m);
  assert.match(stdout, /^log\.level +debug +FAIRLEAD_LOG__LEVEL$/m);
  assert.match(stderr, /^Warning: .*FAIRLEAD_NONSENSE/);
});

test('an invalid file: every problem, with line and column', async () => {
  const { status, stdout, stderr } = await check('htp: {}\nlog:\n  level: loud\n');
  assert.equal(status, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /CONFIG_KEY_UNKNOWN: .*:1:1: .*Did you mean "http"\?/);
  assert.match(stderr, /CONFIG_VALUE_INVALID: .*:3:3: .*"log\.level"/);
});

test('as one JSON document', async () => {
  const good = await check('log: {level: warn}\n', ['--format', 'json']);
  const { valid, settings } = JSON.parse(good.stdout);
  assert.equal(valid, true);
  assert.equal(settings.find(({ key }: { key: string }) => key === 'log.level').value, 'warn');
  const bad = await check('log: {level: loud}\n', ['--format', 'json']);
  assert.equal(bad.status, 2);
  assert.equal(JSON.parse(bad.stdout).problems[0].code, 'CONFIG_VALUE_INVALID');
});
