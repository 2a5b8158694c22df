import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ProfileFiles, parseProfile } from '../src/index.ts';
import { PROFILE } from './support.ts';

const refused = (files: ProfileFiles, reason: RegExp) =>
  assert.throws(
    () => parseProfile(files),
    (error: { code: string; message: string }) => {
      assert.equal(error.code, 'PROFILE_FOLDER_INVALID');
      assert.match(error.message, reason);
      return true;
    },
  );

test('a small profile: the rest has defaults', () => {
  const profile = parseProfile({ 'profile.yaml': PROFILE });
  assert.deepEqual(
    [profile.name, profile.framing, profile.direction, profile.identity, profile.secret, profile.examples],
    ['meter', 'line', 'listens', { by: 'token' }, 'none', []],
  );
  assert.deepEqual(parseProfile({ 'profile.yaml': `${PROFILE}direction: dials\n` }).identity, { by: 'none' });
});

test('a framing stands in the profile, or in a file of the folder', () => {
  const spec = '{"rules":[{"kind":"fixed","size":3}]}';
  const inline = PROFILE.replace('framing: line', `framing: ${spec}`);
  assert.equal(parseProfile({ 'profile.yaml': inline }).framing, spec);
  const file = PROFILE.replace('line', 'framing.json');
  assert.equal(parseProfile({ 'profile.yaml': file, 'framing.json': spec }).framing, spec);
  refused({ 'profile.yaml': file }, /framing: there is no file framing\.json/);
  refused(
    { 'profile.yaml': file, 'framing.json': '{"rules":[{"kind":"fixd"}]}' },
    /framing\.json: framing: .*fixd/,
  );
});

test('mistakes name the file, the line and the key', () => {
  refused({}, /profile\.yaml: the file is missing/);
  refused({ 'profile.yaml': 'name: [' }, /profile\.yaml, line/);
  refused({ 'profile.yaml': `${PROFILE}heartbaet: 3m\n` }, /profile meter .*line 6: heartbaet: .*heartbeat/);
  refused({ 'profile.yaml': `${PROFILE}heartbeat: soon\n` }, /line 6: heartbeat: .*duration/);
  refused({ 'profile.yaml': PROFILE.replace('name: meter', 'name: a/b') }, /line 1: name/);
  refused({ 'profile.yaml': `${PROFILE}identity: { by: script }\n` }, /there is no script\.ts/);
  refused({ 'profile.yaml': PROFILE, '../evil.json': '{}' }, /no file of this name/);
  refused(
    { 'profile.yaml': PROFILE, 'script.ts': '', 'script.js': '' },
    /script\.js: there is also script\.ts/,
  );
  assert.throws(() => parseProfile({}, 'my-folder'), /The profile my-folder cannot be used/);
});

test('mistakes in the examples name the example', () => {
  const files = (examples: unknown) => ({
    'profile.yaml': PROFILE,
    'examples.json': JSON.stringify(examples),
  });
  refused(
    files([
      { name: 'first', hex: '0a' },
      { name: 'second', hex: '0' },
    ]),
    /example 2 \(second\)/,
  );
  refused(files([{ name: 'first', hex: '0a', valeus: {} }]), /example 1 \(first\).*valeus/);
  refused(files({}), /list/);
  refused({ 'profile.yaml': PROFILE, 'examples.json': '[' }, /examples\.json: .*JSON/);
  refused(
    { 'profile.yaml': PROFILE, 'examples.json': `${'['.repeat(100)}${']'.repeat(100)}` },
    /nested deeper/,
  );
});

test('a cycle of aliases and a bomb of aliases are refused', () => {
  refused({ 'profile.yaml': `${PROFILE}parameters: &a { x: *a }\n` }, /profile\.yaml/);
  const bomb = [
    'a: &a [x, x]',
    ...'bcdefghijklmnopqrst'
      .split('')
      .map((c, i) => `${c}: &${c} [*${'abcdefghijklmnopqrst'[i]}, *${'abcdefghijklmnopqrst'[i]}]`),
  ];
  refused({ 'profile.yaml': `${PROFILE}${bomb.join('\n')}\n` }, /profile\.yaml/);
});
