import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { WeatherDevice } from '../../src/index.ts';
import { Wheel } from '../devices/focuser/wheel.ts';
import { everything, Scope } from '../devices/telescope/scope.ts';

const page = await readFile(new URL('../../../../docs/drivers.md', import.meta.url), 'utf8');

it('the driver and the test of the guide run as they stand', async () => {
  const folder = await mkdtemp(join(import.meta.dirname, '.snippets-'));
  try {
    const files = [...page.matchAll(/```ts\n\/\/ (\S+)\n(.*?)```/gs)];
    assert.deepEqual(
      files.map(([, name]) => name),
      ['weather.ts', 'weather.test.ts'],
    );
    const [driver = '', test = ''] = files.map(([, , code = '']) => code);
    await writeFile(join(folder, 'weather.ts'), driver);
    await writeFile(join(folder, 'weather.test.ts'), test);
    const args = [
      '--conditions=fairlead-source',
      '--test',
      '--test-reporter=tap',
      join(folder, 'weather.test.ts'),
    ];
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 30_000 });
    assert.match(stdout, /# pass 10\n# fail 0/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('names every property of the device classes, and no option that is none', () => {
  const named = new Set(page.match(/\b[A-Z][A-Z_]{3,}[A-Z]\b|\bPresets\b|\bGoto\b/g));
  const devices = [
    new Scope(everything),
    new Wheel(),
    new (class extends WeatherDevice {
      override readWeather = async () => ({});
    })('Weather'),
  ];
  for (const device of devices) {
    const standard = new Set<string>(Object.values(device.standard).map(({ name }) => name));
    const own = device.properties.map(({ name }) => name).filter((name) => !standard.has(name));
    assert.ok(own.length >= 4);
    assert.deepEqual(
      own.filter((name) => !named.has(name)),
      [],
    );
  }
  const table = page.slice(page.indexOf('### Telescope'), page.indexOf('### Focuser'));
  for (const option of Object.keys(everything)) assert.match(table, new RegExp(`\`${option}\\b`), option);
});
