import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkConfig } from '../../src/index.ts';

test('the preset needs the platform, its broker, and a list of callers where others could call', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-preset-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'fairlead.yaml');
  const problems = (text: string) => {
    writeFileSync(file, text);
    return checkConfig({ file, env: {}, cwd: dir }).problems.map(({ message }) => message);
  };
  const panel = (more: string) =>
    `preset: thingspanel\nthingspanel: {platform: 'http://p:9999', mqtt: {url: 'mqtt://b:1883'}${more}}\n`;
  const page = readFileSync(new URL('../../../../docs/thingspanel.md', import.meta.url), 'utf8');
  assert.deepEqual(problems(/```yaml\n(preset:[\s\S]*?)```/.exec(page)?.[1] ?? 'no example'), []);
  assert.deepEqual(problems(panel('')), []);
  assert.deepEqual(problems('thingspanel: {connections: shared}\n'), [], 'it has no effect');
  assert.match(
    problems('preset: thingspanel\n').join('\n'),
    /thingspanel\.platform.*\n.*thingspanel\.mqtt\.url/,
  );
  assert.match(problems('preset: other\n')[0] ?? '', /"preset"/);
  assert.match(
    problems(panel(", http: {custom: '0.0.0.0:8000'}"))[0] ?? '',
    /http\.allow.*0\.0\.0\.0:8000 is not loopback/,
  );
  assert.deepEqual(problems(panel(", http: {custom: '0.0.0.0:8000', allow: [172.16.0.0/12]}")), []);
  assert.match(problems(panel(", http: {custom: '127.0.0.1:7653'}"))[0] ?? '', /already listens/);
  assert.match(problems(panel(', http: {allow: [backend]}'))[0] ?? '', /expected an address or a range/);
  for (const url of ['http://user:secret@p', 'ftp://p', 'http://p?x=1', 'http://'])
    assert.match(
      problems(`preset: thingspanel\nthingspanel: {platform: '${url}', mqtt: {url: 'mqtt://b'}}\n`)[0] ?? '',
      /expected http:\/\/HOST/,
      url,
    );
  const password =
    "preset: thingspanel\nthingspanel: {platform: 'http://p', mqtt: {url: 'mqtt://b', user: a, password: b}}\n";
  assert.match(problems(password)[0] ?? '', /must not be in the configuration file/);
  const flaw = "preset: thingspanel\nthingspanel: {platform: 'http://p', mqtt: {url: 'mqtt://b', ca: x}}\n";
  assert.match(problems(flaw)[0] ?? '', /it needs a URL that starts with mqtts/);
});
