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

test('a frame of another device is refused, as on a link of the gateway', async () => {
  await using sandbox = createSandbox();
  const profile = naming('none');
  const link = new ProfileLink(profile, await sandbox.load(profile.script as string));
  const lines = await link.push(Buffer.from('ID 7\nA 7\nB\nID 8\nID 7\nC 9\n'), 0);
  assert.deepEqual(
    lines.map(({ error, values, reply }) => error ?? values ?? reply),
    // Values are of the link, whatever they say; a login is of who it names.
    [
      undefined,
      { text: 'A', deviceId: '7' },
      { text: 'B' },
      'IDENTITY_CHANGED',
      '4f4b',
      { text: 'C', deviceId: '9' },
    ],
  );
  assert.match(lines[3]?.reason ?? '', /names the device 8, but the link is that of .* \(7\)/);
});

test('a field that names another device is refused, where the profile says which frames have it', async () => {
  const text = `${PROFILE}identity: { by: match, at: 1, length: 1, as: ascii, when: { at: 0, bytes: "23" } }\n`;
  const profile = parseProfile({ 'profile.yaml': text });
  const link = new ProfileLink(profile, undefined);
  const lines = await link.push(Buffer.from('#7\nx\n#8\n#7\n'), 0);
  assert.deepEqual(
    lines.map(({ identity, error }) => [identity, error].join(' ').trim()),
    ['7', '7', '7 IDENTITY_CHANGED', '7'],
  );
});
