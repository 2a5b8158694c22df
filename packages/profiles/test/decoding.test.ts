import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSandbox } from '@fairlead/sandbox';
import { builtinProfile, ProfileLink } from '../src/index.ts';

test('frames are shown before the device is identified, once each', async () => {
  await using sandbox = createSandbox();
  const profile = await builtinProfile('gt06');
  const link = new ProfileLink(profile, await sandbox.load(profile.script as string));
  const status = Buffer.from('78780a130604ea04000006bc8a0d0a', 'hex');
  const login = Buffer.from('787811010863586038760942a0010000010aa4000d0a', 'hex');
  const [before] = await link.push(status, 0);
  assert.equal((before as { values: { battery: number } }).values.battery, 66);
  assert.equal(before?.identity, undefined);
  const [known] = await link.push(login, 0);
  assert.deepEqual(
    [known?.identity, known?.values, known?.reply],
    ['863586038760942', undefined, '78780501010a7ed70d0a'],
  );
  const [after] = await link.push(status, 0);
  assert.deepEqual(after, { ...before, identity: '863586038760942' });
});
