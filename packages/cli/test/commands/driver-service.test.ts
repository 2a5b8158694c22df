import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { json, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

const ENDED = { code: 'DRIVER_ENDED', message: 'The driver a ended: SIGKILL.' };
const driver = { kind: 'driver', state: 'running', restarts: 1, devices: ['Dome'], cause: ENDED };

async function output(service: TestService, ...args: string[]): Promise<TestTerminal & { status: number }> {
  const terminal = new TestTerminal(service.env);
  const status = await run(['driver', ...args], terminal);
  return Object.assign(terminal, { status });
}

test('ls does not show why a driver that runs ended before', async () => {
  await using service = await TestService.start({
    'GET drivers': json([
      { ...driver, name: 'runs' },
      { ...driver, name: 'waits', state: 'waiting', devices: [] },
      { ...driver, name: 'odd', warning: { code: 'DEVICE_TAKEN', message: 'Two of them.' } },
    ]),
  });
  const { stdout, stderr } = await output(service, 'ls');
  assert.match(stdout, /^runs +driver +running +1 +Dome *$/m);
  assert.match(stdout, /^waits +driver +waiting +1 +- +DRIVER_ENDED$/m);
  assert.match(stdout, /^odd +driver +running +1 +Dome +DEVICE_TAKEN$/m);
  assert.doesNotMatch(stderr, /^runs/m);
  assert.match(stderr, /waits: DRIVER_ENDED.*\n.*odd: DEVICE_TAKEN/);
});

test('add sends the command as it was given, and says that the driver is not kept', async () => {
  await using service = await TestService.start({
    'POST drivers': json({ ...driver, name: 'dome', state: 'starting' }, 201),
  });
  const line = ['add', '--connect', '--device', 'Dome 1', 'dome', '--', 'node', '/srv/x.ts', '--port', '5'];
  const { stdout } = await output(service, ...line);
  assert.equal(
    stdout,
    '"dome" is starting. It is removed when the service stops. To keep it, add it to fairlead.yaml.\n',
  );
  await output(service, 'add', 'mount', 'indi_lx200basic');
  await output(service, 'add', 'Dome@observatory.local:7624');
  assert.deepEqual(
    service.seen.map(({ body }) => JSON.parse(body)),
    [
      { name: 'dome', command: ['node', '/srv/x.ts', '--port', '5'], device: 'Dome 1', connect: true },
      { name: 'mount', command: ['indi_lx200basic'] },
      { chain: 'Dome@observatory.local:7624' },
    ],
  );
});

test('add without a program is a mistake of usage', async () => {
  await using service = await TestService.start({});
  const { status, stderr } = await output(service, 'add', 'mount');
  assert.equal(status, 2);
  assert.match(stderr, /The program of the driver is missing after its name\./);
});

test('rm removes', async () => {
  await using service = await TestService.start({
    'GET drivers': json([{ name: '@far', revision: 5 }]),
    'DELETE drivers/%40far': (response) => void response.writeHead(204).end(),
  });
  assert.equal((await output(service, 'rm', '@far')).stdout, '"@far" has been removed.\n');
  assert.equal(service.seen.at(-1)?.match, '"5"');
});

test('clients shows who is there and why others are not', async () => {
  await using service = await TestService.start({
    'GET drivers/clients': json({
      connected: [{ remote: '127.0.0.1:5', queued: 7, dropped: 1, bytesIn: 30, bytesOut: 40 }],
      ended: [
        {
          remote: '127.0.0.1:6',
          time: '2026-11-20T00:00:00.000Z',
          code: 'PEER_TOO_SLOW',
          message: 'Slow.\u001b',
        },
      ],
      counts: { PEER_TOO_SLOW: 1 },
    }),
  });
  const { stdout } = await output(service, 'clients');
  assert.match(stdout, /^CLIENT +WAITING +DROPPED +BYTES IN +BYTES OUT\n127\.0\.0\.1:5 +7 +1 +30 +40\n\n/);
  assert.match(stdout, /^2026-11-20T00:00:00\.000Z 127\.0\.0\.1:6 PEER_TOO_SLOW: Slow\./m);
  assert.ok(!stdout.includes('\u001b'));
});
