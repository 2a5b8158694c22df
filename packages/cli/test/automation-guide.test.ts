/** docs/automation.md does what it says: its files are valid, its commands run, in the order in which they stand. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkFile, checkRules, createLog, loadConfig, startService } from '@fairlead/server';
import { eventually, freePort } from '@fairlead/testkit';
import { run } from '../src/run.ts';
import { TestTerminal } from './support/terminal.ts';

const page = readFileSync(new URL('../../../docs/automation.md', import.meta.url), 'utf8');
const blocks = (kind: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, text]) => text as string,
  );

test('its files are valid', () => {
  const files = blocks('yaml');
  assert.ok(files.length >= 3);
  for (const text of files) {
    if (text.includes('steps:')) assert.deepEqual(checkFile('job', text, 0).problems ?? [], [], text);
    else assert.deepEqual(checkRules(text).problems ?? [], [], text);
  }
});

test('its commands run', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-guide-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const off = { listen: 'off' };
  const { config } = loadConfig({
    cwd: dir,
    env: {},
    flags: {
      data: join(dir, 'data'),
      http: { listen: '127.0.0.1:0' },
      bus: { embedded: off },
      listeners: { official: off, custom: off },
    },
  });
  const stream = { write: () => {} };
  await using service = await startService({
    config,
    log: createLog({ level: 'silent', format: 'json', terminal: false, stream }),
  });
  const env = {
    FAIRLEAD_URL: `http://${service.addresses.http}`,
    FAIRLEAD_TOKEN: readFileSync(join(dir, 'data', 'admin-token'), 'utf8').trim(),
  };
  for (const text of blocks('yaml')) {
    const name = /^# (\S+\.yaml)/.exec(text)?.[1];
    if (name !== undefined) writeFileSync(join(dir, name), text);
  }
  const lines = blocks('sh').flatMap((text) => text.trimEnd().split('\n'));
  assert.ok(lines.length >= 18);
  const ports = { 9090: await freePort(), 9191: await freePort() };
  const fairlead = async (line: string) => {
    const [, ...words] = line.split(' ');
    const argv = words.map((word) =>
      /\.yaml$/.test(word) ? join(dir, word) : word.replace(/^port=(9191)$/, () => `port=${ports[9191]}`),
    );
    if (line === 'fairlead rules demo') argv.push(dir);
    const terminal = new TestTerminal(env);
    const status = await run(argv, terminal);
    return { status, text: terminal.stdout + terminal.stderr };
  };
  await fairlead('fairlead rules demo');
  for (const side of ['client', 'server']) {
    const file = join(dir, `${side}.yaml`);
    writeFileSync(file, readFileSync(file, 'utf8').replace('port: 9090', `port: ${ports[9090]}`));
  }
  for (const line of lines) {
    if (line === 'fairlead rules demo') continue;
    const { status, text } = await fairlead(line);
    assert.equal(status, 0, `${line}\n${text}`);
  }
  await eventually(async () => {
    const { text } = await fairlead('fairlead run ls --kind job');
    return /note .*success .*trigger door/.test(text) && /nightly .*success .*manual/.test(text);
  }, 'both jobs have run');
});
