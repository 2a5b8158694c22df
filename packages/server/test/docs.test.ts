/** The guide to the HTTP API does what it says. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { configReference } from '../src/index.ts';
import { dial, eventually, packet, scratch, start } from './running.ts';

const read = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

test('docs/configuration.md is what the schema says', () => {
  assert.equal(read('configuration.md'), configReference());
});

/** Blocks to run, each with the JSON that it is said to print last. */
function blocks(page: string): { script: string; answer?: string | undefined }[] {
  return [...page.matchAll(/```sh\n([\s\S]*?)```(?:\n```json\n([\s\S]*?)```)?/g)].map(
    ([, script, answer]) => ({
      script: script as string,
      answer,
    }),
  );
}

test('docs/http-api.md runs as it stands', async (t) => {
  if (spawnSync('curl', ['--version']).error !== undefined) {
    assert.notEqual(process.env.CI, 'true', 'curl is needed');
    return t.skip('curl is not installed');
  }
  const { dir, remove } = scratch();
  t.after(remove);
  await using running = await start(dir);
  const [setup, ...steps] = blocks(read('http-api.md'));
  assert.ok(setup && steps.length > 8);
  const prelude = setup.script.replace('http://127.0.0.1:7650', running.url);
  assert.ok(prelude.includes(running.url));

  for (const { script, answer } of steps) {
    const out = await shell(`${prelude}\n${script}`, dir);
    if (answer === undefined) continue;
    const last = /(?:^|\})\s*([[{][\s\S]*)$/.exec(out)?.[1] ?? out;
    assert.deepEqual(shape(JSON.parse(last)), shape(JSON.parse(answer)), script);
    const { name, token } = JSON.parse(last);
    if (name === 'boiler-1' && token !== undefined) {
      const device = await dial(running.service.addresses.listeners.official as string);
      t.after(() => device.destroy());
      device.write(Buffer.concat([packet(0, 0, token), packet(0, 1, '{"temperature":36.5}')]));
      await eventually(
        async () => (await running.call('GET', '/api/v1/devices/boiler-1')).json.values.temperature,
      );
    }
  }
});

/** Rejects when the script fails. */
async function shell(script: string, cwd: string): Promise<string> {
  const child = spawn('sh', ['-eu', '-c', script], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([child.stdout.toArray(), child.stderr.toArray()]);
  const code = child.exitCode ?? (await new Promise((resolve) => child.on('exit', resolve)));
  const text = Buffer.concat(out).toString();
  assert.equal(code, 0, `${script}\n${text}\n${Buffer.concat(err)}`);
  return text;
}

/** The keys, all the way down, with the kinds of their values. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shape);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, shape(child)]));
}
