import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSandbox } from '@fairlead/sandbox';
import { checkProfile, parseProfile, templateFiles } from '../src/index.ts';

test('a new profile has its name, and its examples pass', async () => {
  const profile = parseProfile(await templateFiles('my-meter'));
  assert.equal(profile.name, 'my-meter');
  await using sandbox = createSandbox();
  assert.deepEqual(await checkProfile(profile, sandbox), { examples: 3, failures: [], undeclared: [] });
});
