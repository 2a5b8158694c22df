import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { type Answer, json, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

async function against(routes: Readonly<Record<string, Answer>>, ...argv: string[]) {
  await using service = await TestService.start(routes);
  const terminal = new TestTerminal(service.env);
  const status = await run(argv, terminal);
  return { status, seen: service.seen, stdout: terminal.stdout, stderr: terminal.stderr };
}

test('status shows what needs attention first', async () => {
  const shown = {
    version: '1.2.3',
    startedAt: new Date(Date.now() - 7_200_000).toISOString(),
    uptime: 7_200,
    ready: {
      ready: false,
      checks: { store: { ok: true, detail: 'writable' }, bus: { ok: false, detail: 'not authorised' } },
    },
    bus: {
      ...{ kind: 'mqtt', state: 'connecting', published: 7, received: 1, reconnects: 3 },
      ...{ queuedMessages: 2, queuedBytes: 2_048 },
    },
    listeners: [{ name: 'official', protocol: 'official', address: '127.0.0.1:7653', sessions: 4 }],
    counts: { devices: 12, online: 9, sessions: 4, streams: 1 },
  };
  const { stdout } = await against({ 'GET status': json(shown) }, 'status');
  assert.match(
    stdout,
    /^not ready {2}Fairlead 1\.2\.3 at http:\S+, started 2 h ago\n! bus: not authorised\n/,
  );
  assert.match(stdout, /devices +12, 9 online\nbus +mqtt, connecting, .*, 2 messages \(2 KiB\) wait\n/);
  assert.match(stdout, /official +official +127\.0\.0\.1:7653 +4\n$/);
  assert.doesNotMatch(stdout, /writable/);
});

test('device messages lists them, with what the service is to leave out', async () => {
  const message = {
    id: 7,
    device: 'a',
    kind: 'attributes',
    time: '2026-01-01T00:00:00.000Z',
    values: { t: 1 },
  };
  const { stdout, seen } = await against(
    { 'GET devices/a/messages': json([{ ...message, size: 9 }]) },
    ...'device messages a --kind attributes --since 1h -n 5 --columns id,values'.split(' '),
  );
  assert.equal(stdout, 'ID  VALUES\n 7  t=1\n');
  assert.deepEqual(seen[0]?.query, { kind: 'attributes', since: '1h', limit: '5' });
});

test('driver properties lists them, and driver set changes one', async () => {
  const property = {
    ...{
      device: 'Dome',
      name: 'SHUTTER',
      label: 'Shutter',
      type: 'Switch',
      group: 'Main',
      state: 'Ok',
      perm: 'rw',
    },
    elements: [{ name: 'OPEN', label: 'Open', value: 'On' }],
  };
  const routes = {
    'GET drivers/Dome/properties': json([property]),
    'PUT drivers/Dome/properties/SHUTTER': json(property),
  };
  const listed = await against(routes, 'driver', 'properties', 'Dome');
  assert.match(listed.stdout, /SHUTTER +Ok +rw +OPEN=On +Main\n$/);
  const set = await against(routes, ...'driver set Dome SHUTTER OPEN=On CLOSE=Off --wait 2s'.split(' '));
  assert.equal(set.stdout, 'SHUTTER is Ok: OPEN=On\n');
  assert.deepEqual(JSON.parse(set.seen[0]?.body ?? ''), {
    values: { OPEN: 'On', CLOSE: 'Off' },
    wait: 2_000,
  });
  assert.equal((await against(routes, ...'driver set Dome SHUTTER OPEN'.split(' '))).status, 2);
});

test('capture show shows one', async () => {
  const capture = {
    ...{ id: '5c', target: 'pump-3', of: 'device', running: true, startedAt: new Date().toISOString() },
    ...{ until: '2026-01-01T00:00:00.000Z', bytes: 10, size: 2_048, payload: 'masked' },
  };
  const { stdout } = await against({ 'GET captures/5c': json(capture) }, 'capture', 'show', '5c');
  assert.match(stdout, /id +5c\ntarget +device pump-3\nstate +running\n/);
});
