import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSandbox } from '@fairlead/sandbox';
import { builtinProfile, ProfileLink, parseProfile } from '../src/index.ts';
import { PROFILE } from './support.ts';

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

const NAMING = `
import { ascii } from 'fairlead:helpers';
const words = (bytes) => ascii(bytes).split(' ');
export function identify(bytes) {
  const [word, id, secret] = words(bytes);
  if (word === 'ID') return { id, secret, refusal: 'NO', consumed: true };
}
export function uplink(bytes) {
  const [word, id] = words(bytes);
  return word === 'ID' ? { reply: 'OK' } : { values: { text: word, ...(id && { deviceId: id }) } };
}`;

const naming = (secret: string) =>
  parseProfile({
    'profile.yaml': `${PROFILE}identity: { by: script }\nsecret: ${secret}\n`,
    'script.js': NAMING,
  });

test('a wrong secret is told, with what the device is sent', async () => {
  await using sandbox = createSandbox();
  const profile = naming('required');
  const script = await sandbox.load(profile.script as string);
  for (const [sent, error, reply] of [
    ['pass', undefined, undefined],
    ['past', 'IDENTITY_SECRET_WRONG', '4e4f'],
    ['', 'IDENTITY_SECRET_WRONG', '4e4f'],
  ] as const) {
    const [line] = await new ProfileLink(profile, script, { secret: 'pass' }).push(
      Buffer.from(`ID 7 ${sent}\n`),
      0,
    );
    assert.deepEqual([line?.identity, line?.error, line?.reply], ['7', error, reply], sent);
  }
});
