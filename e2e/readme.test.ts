import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { peerEnvironment, requirePeer } from '@fairlead/testkit';
import { RunningService } from './running.ts';

const root = join(import.meta.dirname, '..');

/** The first block of shell lines in README.md that holds a text. */
async function block(text: string): Promise<string> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const blocks = Array.from(readme.matchAll(/^```sh\n(.*?)^```/gms), ([, code]) => code as string);
  return blocks.find((code) => code.includes(text)) ?? '';
}

async function bash(script: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const env = { ...peerEnvironment(), ...environment };
  const { stdout } = await promisify(execFile)('bash', ['-euc', script], { cwd: root, timeout: 40_000, env });
  return stdout;
}

test('README.md: the lines that add a device do what they say', async (t) => {
  if (!requirePeer(t, 'nc')) return;
  const script = await block('device add');
  assert.match(script, / 7653/);
  await using service = await RunningService.start();
  const stdout = await bash(script.replace(' 7653', ` ${service.ports.official}`), {
    FAIRLEAD_URL: `http://127.0.0.1:${service.ports.http}`,
    FAIRLEAD_DATA: service.folder,
  });
  const messages = stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  assert.deepEqual(
    messages.map(({ device, kind, values }) => [device, kind, values.status ?? values]),
    [
      ['meter-1', 'status', 'online'],
      ['meter-1', 'attributes', { temperature: 21.5 }],
    ],
  );
  assert.match(stdout, /temperature +21\.5/);
});

test('README.md: the lines that let rules talk with rules do so', async () => {
  const stdout = await bash(await block('rules test'));
  assert.match(stdout, /> .* Handshake {2}\(48 61/);
  assert.match(stdout, /^success: exit/m);
});
