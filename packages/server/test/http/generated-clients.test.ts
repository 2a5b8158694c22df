/**
 * Clients that two usual generators make of our OpenAPI document compile, with the names that a reader expects. The
 * generators need the JavaScript API of an older TypeScript, so they are installed into a temporary folder.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startApi } from './harness.ts';

const GENERATORS = [
  'openapi-typescript@7.13.0',
  'openapi-fetch@0.17.0',
  '@hey-api/openapi-ts@0.99.0',
  'typescript@5.9.3',
];

/** A program as a user of both clients writes it. */
const PROGRAM = `
  import createClient from 'openapi-fetch';
  import { client } from './hey/client.gen';
  import { addDevice, listDevices, sendDownlink, setProperty } from './hey/sdk.gen';
  import type { Device, Run } from './hey/types.gen';
  import type { DeviceDetail, paths } from './paths';

  const fairlead = createClient<paths>({ baseUrl: 'http://127.0.0.1:7650' });

  export async function latest(name: string): Promise<DeviceDetail['values']> {
    const { data, error } = await fairlead.GET('/api/v1/devices/{name}', { params: { path: { name } } });
    if (error) throw new Error(error.code);
    return data.values;
  }

  export async function offline(): Promise<Device[]> {
    client.setConfig({ baseUrl: 'http://127.0.0.1:7650', auth: 'token' });
    await addDevice({ body: { name: 'meter-1', protocol: 'custom', framing: 'line' } });
    await sendDownlink({ path: { name: 'meter-1' }, body: { values: { interval: 30 }, wait: '5s' } });
    await setProperty({ path: { device: 'Lamp', property: 'POWER' }, body: { values: { ON: true } } });
    const { data = [] } = await listDevices({ query: { prefix: 'meter', limit: 10 } });
    return data.filter(({ status }) => status === 'offline');
  }

  export const failed = ({ result }: Run): boolean => result === 'failure';
`;

test('generated clients compile and have readable names', { timeout: 170_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-generated-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const run = (command: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`);
  };
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  await using api = await startApi();
  writeFileSync(join(folder, 'openapi.json'), (await api.call('GET', '/api/docs/json')).text);
  writeFileSync(join(folder, 'program.ts'), PROGRAM);
  run('npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...GENERATORS);
  const bin = (name: string) => join(folder, 'node_modules', '.bin', name);
  const types = ['--root-types', '--root-types-no-schema-prefix'];
  run(bin('openapi-typescript'), 'openapi.json', '-o', 'paths.ts', ...types);
  run(bin('openapi-ts'), '-i', 'openapi.json', '-o', 'hey');
  run(
    ...(['tsc', '--noEmit', '--strict', '--module', 'esnext', '--moduleResolution', 'bundler'] as const),
    ...['--target', 'es2023', '--lib', 'es2023,dom,dom.iterable', '--types', '', 'program.ts'],
  );
});
