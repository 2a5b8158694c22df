import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { peerEnvironment, requirePeer } from '@fairlead/testkit';
import { RunningService } from './running.ts';

const root = join(import.meta.dirname, '..');

test('README.md: the lines that add a device do what they say', async (t) => {
  if (!requirePeer(t, 'nc')) return;
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const lines = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].map(([, code]) => code as string);
  const script = lines.find((code) => code.includes('device add')) ?? '';
  assert.match(script, / 7653/);
  await using service = await RunningService.start();
  const { stdout } = await promisify(execFile)(
    'bash',
    ['-euc', script.replace(' 7653', ` ${service.ports.official}`)],
    {
      cwd: root,
      timeout: 40_000,
      env: {
        ...peerEnvironment(),
        FAIRLEAD_URL: `http://127.0.0.1:${service.ports.http}`,
        FAIRLEAD_DATA: service.folder,
      },
    },
  );
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
