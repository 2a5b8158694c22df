import assert from 'node:assert/strict';
import { test } from 'node:test';
import { line, serve, type TpPacket, tp, tpCommand } from '@fairlead/tcp';
import { eventually } from '@fairlead/testkit';
import { run } from '../../src/run.ts';
import { LINE_DEFINITION } from '../../src/sim/device.ts';
import { type Answer, json, refuse, type Seen, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

/** The service's registry of devices, as far as a simulation uses it: `taken` exists already. */
function registry(taken: readonly string[] = []) {
  const devices = new Set(taken);
  const definitions: Record<string, unknown>[] = [];
  const add: Answer = (response, { body }) => {
    for (const [at, text] of body.trimEnd().split('\n').entries()) {
      const definition = JSON.parse(text) as { name: string };
      const { name } = definition;
      const result = devices.has(name)
        ? { code: 'DEVICE_EXISTS', message: 'taken' }
        : { token: `fl_${name}` };
      if (!devices.has(name)) definitions.push(definition);
      devices.add(name);
      response.write(`${JSON.stringify({ line: at + 1, name, ...result })}\n`);
    }
    response.end();
  };
  const remove: Answer = (response, { path }: Seen) => {
    devices.delete(path.replace('devices/', ''));
    response.writeHead(204).end();
  };
  const routes = (names: readonly string[], listeners: unknown): Record<string, Answer> => ({
    'POST devices/import': add,
    'GET listeners': json(listeners),
    ...Object.fromEntries(names.map((name) => [`DELETE devices/${name}`, remove])),
  });
  return { devices, definitions, routes };
}

test('sim official: registers, authenticates, sends, shows what it is sent, removes', async () => {
  const packets: TpPacket[] = [];
  await using server = await serve('tcp://127.0.0.1:0', {
    codec: tp(),
    frames: (session, batch) => {
      packets.push(...batch);
      for (const { command } of batch) {
        if (command !== tpCommand.auth) continue;
        session.send({ command: tpCommand.command, payload: '{"method":"reboot"}' });
        session.send({ command: tpCommand.attributes, payload: '{"interval":5}' });
      }
    },
  });
  const { devices, routes } = registry(['sim-official-0001', 'mine']);
  const names = ['sim-official-0002', 'sim-official-0003'];
  const listener = { name: 'official', protocol: 'official', address: server.address, sessions: 0 };
  await using service = await TestService.start(routes(names, [listener]));
  const terminal = new TestTerminal(service.env);
  const status = run('sim official --devices 2 --rate 50 --format json'.split(' '), terminal);
  await terminal.until(({ stdout }) => stdout.split('\n').length > 4);
  await eventually(() => packets.length >= 20, 'packets');
  terminal.interrupt('SIGINT');
  assert.equal(await status, 0, terminal.stderr);

  const tokens = packets
    .filter(({ command }) => command === tpCommand.auth)
    .map(({ payload }) => `${payload}`);
  assert.deepEqual(
    tokens.sort(),
    names.map((name) => `fl_${name}`),
  );
  const reading = JSON.parse(String(packets.at(-1)?.payload));
  assert.deepEqual(Object.keys(reading), ['temperature', 'humidity']);
  const printed = terminal.stdout
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text));
  assert.deepEqual(
    printed.filter(({ device }) => device === names[0]).map(({ kind, values }) => [kind, values]),
    [
      ['command', { method: 'reboot' }],
      ['attributes', { interval: 5 }],
    ],
  );
  assert.match(terminal.stderr, /^2 devices at 127\.0\.0\.1:\d+, 50 readings per second each/);
  assert.match(
    terminal.stderr,
    /Sent \d+ readings in .* received 4 downlinks; .* lost 0 links\.\nRemoved 2 /,
  );
  assert.deepEqual([...devices], ['sim-official-0001', 'mine']);
});

test('sim custom: token, then lines of JSON, which the script that it registers understands', async () => {
  const lines: string[] = [];
  await using server = await serve('tcp://127.0.0.1:0', {
    codec: line(),
    frames: (session, batch) => {
      lines.push(...batch);
      if (lines.length === batch.length) session.send('{"kind":"attributes","values":{"interval":5}}');
    },
  });
  const port = server.address.split(':').at(-1) as string;
  const { devices, definitions, routes } = registry();
  await using service = await TestService.start(routes(['sim-custom-0001'], []));
  const terminal = new TestTerminal(service.env);
  const status = run(['sim', 'custom', '--host', '127.0.0.1', '--port', port, '--rate', '100'], terminal);
  await terminal.until(({ stdout }) => stdout !== '');
  await eventually(() => lines.length >= 5, 'lines');
  terminal.interrupt('SIGTERM');
  assert.equal(await status, 0, terminal.stderr);
  assert.match(terminal.stdout, /sim-custom-0001 was sent attributes: interval=5\n/);
  assert.equal(lines[0], 'fl_sim-custom-0001');
  assert.deepEqual(definitions, [{ name: 'sim-custom-0001', ...LINE_DEFINITION }]);
  const script = await import(`data:text/javascript,${encodeURIComponent(LINE_DEFINITION.uplink)}`);
  assert.deepEqual(script.uplink(Buffer.from(lines[1] as string)).values, JSON.parse(lines[1] as string));
  assert.equal(devices.size, 0);
});

test('nobody lets the devices in: they are removed again, and the reason is told', async () => {
  await using server = await serve('tcp://127.0.0.1:0', { codec: line(), frames: () => {} });
  const { address } = server;
  await server.close();
  const { devices, routes } = registry();
  const listener = { name: 'official', protocol: 'official', address, sessions: 0 };
  await using service = await TestService.start(routes(['sim-official-0001'], [listener]));
  const terminal = new TestTerminal(service.env);
  const status = run(['sim', 'official'], terminal);
  await terminal.until(({ stderr }) => stderr.includes('No link to'));
  terminal.interrupt('SIGINT');
  assert.equal(await status, 0);
  assert.equal(devices.size, 0);
});

test('what the service refuses ends it: no such listener, no new devices', async () => {
  await using service = await TestService.start({ 'GET listeners': json([]) });
  const terminal = new TestTerminal(service.env);
  assert.equal(await run(['sim', 'official'], terminal), 3);
  assert.match(terminal.stderr, /LISTENER_MISSING/);

  await using refusing = await TestService.start({
    'POST devices/import': refuse(503, 'STORE_CLOSED', 'closed'),
  });
  const other = new TestTerminal(refusing.env);
  assert.equal(await run('sim official --host 127.0.0.1 --port 1'.split(' '), other), 1);
  assert.match(other.stderr, /STORE_CLOSED/);
});
