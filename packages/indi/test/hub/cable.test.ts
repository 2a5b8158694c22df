/** A mount whose cable is pulled and put back, as a client of the hub sees it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { line, serve } from '@fairlead/tcp';
import { cable, eventually } from '@fairlead/testkit';
import { connectIndi } from '../../src/index.ts';
import { hubOf } from './world.ts';

it('a device whose cable is pulled and put back comes back by itself, seen from a client', async () => {
  let celsius = 12.5;
  const home = await mkdtemp(join(tmpdir(), 'fairlead-indi-'));
  await using _clean = { [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }) };
  await using device = await serve<string>('tcp://127.0.0.1:0', {
    codec: line({ max: '1KiB' }),
    frames: (session, batch) => {
      for (const command of batch) session.send(command === '*IDN?' ? 'ACME 1.0' : `T=${celsius}`);
    },
  });
  await using wire = await cable(Number(device.address.split(':').at(-1)));
  await using hub = await hubOf({
    run: {
      thermometer: {
        command: [process.execPath, ...process.execArgv, join(import.meta.dirname, 'thermometer.ts')],
        env: { HOME: home },
      },
    },
  });
  await using client = connectIndi(hub.address as string);
  await client.waitFor('Thermometer', 'DEVICE_ADDRESS');
  await client.set('Thermometer', 'DEVICE_ADDRESS', { ADDRESS: '127.0.0.1', PORT: String(wire.port) });
  await client.set('Thermometer', 'POLLING_PERIOD', { PERIOD_MS: 50 });
  await client.set('Thermometer', 'CONNECTION', { CONNECT: true });
  const reads = (value: number) =>
    client.waitFor('Thermometer', 'WEATHER_PARAMETERS', {
      when: ({ elements }) => elements.get('WEATHER_TEMPERATURE')?.value === value,
      signal: AbortSignal.timeout(10_000),
    });
  await reads(12.5);
  const messages: string[] = [];
  client.on('change', (change) => {
    if (change.kind === 'message') messages.push(change.text);
  });
  wire.pull();
  const signal = AbortSignal.timeout(10_000);
  await client.waitFor('Thermometer', 'CONNECTION', { when: ({ state }) => state === 'Busy', signal });
  celsius = 14;
  wire.plug();
  await client.waitFor('Thermometer', 'CONNECTION', { when: ({ state }) => state === 'Ok', signal });
  await reads(14);
  await eventually(() => messages.length > 0, 'the client was told in words');
  assert.equal(hub.drivers()[0]?.restarts, 0);
});
