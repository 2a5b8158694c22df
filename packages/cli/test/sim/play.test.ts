/** `fairlead sim` with profiles, over real sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, raw, serve } from '@fairlead/tcp';
import { eventually, freePort } from '@fairlead/testkit';
import { run } from '../../src/run.ts';
import { type Answer, json, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

/** A host that takes in what devices send. */
async function host() {
  const received: Buffer[] = [];
  const server = await serve('tcp://127.0.0.1:0', {
    codec: raw(),
    frames: (_, batch) => {
      received.push(...batch);
    },
  });
  const [, port] = server.address.split(':') as [string, string];
  return { server, received, port, hex: () => Buffer.concat(received).toString('hex') };
}

test('devices of a profile dial in, each with its identity, without a service', async () => {
  const { server, port, hex } = await host();
  await using _ = server;
  const terminal = new TestTerminal();
  const argv = `sim gt06 --host 127.0.0.1 --port ${port} --no-register --devices 2 --rate 100`.split(' ');
  const status = run(argv, terminal);
  // The login of each device, then messages: 863586030000016 and 863586030000024 in BCD.
  await eventually(() => /0863586030000016/.test(hex()) && /0863586030000024/.test(hex()), 'both logins');
  await eventually(() => hex().length > 1_000, 'readings');
  terminal.interrupt('SIGINT');
  assert.equal(await status, 0, terminal.stderr);
  assert.match(
    terminal.stderr,
    /^2 devices at 127\.0\.0\.1:\d+, 100 readings per second each\. Ctrl-C ends\.\n/,
  );
  assert.match(terminal.stderr, /Sent \d+ readings in .*; lost 0 links\.\n$/);
});

test('what the host sends is shown, and faults are counted', async () => {
  const server = await serve('tcp://127.0.0.1:0', {
    codec: raw(),
    frames: (session) => void session.send(Buffer.from('7878058001', 'hex')),
  });
  await using _ = server;
  const port = server.address.split(':')[1] as string;
  const terminal = new TestTerminal();
  const argv = `sim h02 --host 127.0.0.1 --port ${port} --no-register --rate 200 --fault split,glue --format json`;
  const status = run(argv.split(' '), terminal);
  await terminal.until(({ stdout }) => stdout.split('\n').length > 20);
  terminal.interrupt('SIGINT');
  assert.equal(await status, 0);
  const [line] = terminal.stdout.split('\n');
  const { time, ...rest } = JSON.parse(line as string);
  assert.ok(Date.parse(time) > 0);
  assert.equal(rest.device, 'sim-h02-0001');
  assert.match(rest.hex, /^(7878058001)+$/);
  const [, split, glue] =
    /Faults: split (\d+), glue (\d+)\.\n/.exec(terminal.stderr) ?? assert.fail(terminal.stderr);
  assert.ok(Number(split) + Number(glue) > 0);
});

test('dialled devices listen, each on its port, and answer', async () => {
  const port = await freePort();
  const terminal = new TestTerminal();
  const status = run(`sim modbus_tcp --port ${port} --no-register`.split(' '), terminal);
  await terminal.until(({ stderr }) => stderr.includes('Ctrl-C ends'));
  assert.match(terminal.stderr, /^1 device listens at 127\.0\.0\.1:\d+\. Ctrl-C ends\.\n/);
  await using client = connect(`tcp://127.0.0.1:${port}`, { codec: raw() });
  await client.ready();
  client.send(Buffer.from('abcd00000006070300040002', 'hex'));
  const answer = (await client.receive()).toString('hex');
  assert.match(answer, /^abcd00000007070304.{8}$/);
  terminal.interrupt('SIGINT');
  assert.equal(await status, 0);
  assert.match(terminal.stderr, /answered 1 request;/);
});

test('devices that push do so to whoever dials them', async () => {
  const port = await freePort();
  const terminal = new TestTerminal();
  const status = run(`sim nmea0183 --port ${port} --no-register --rate 50`.split(' '), terminal);
  await terminal.until(({ stderr }) => stderr.includes('Ctrl-C ends'));
  await using client = connect(`tcp://127.0.0.1:${port}`, { codec: raw() });
  await client.ready();
  assert.match((await client.receive()).toString('latin1'), /^[$!]/);
  terminal.interrupt('SIGINT');
  assert.equal(await status, 0);
});

/** The service, as far as a simulation uses it. */
function registry() {
  const definitions: Record<string, unknown>[] = [];
  const removed: string[] = [];
  const add: Answer = (response, { body }) => {
    for (const [at, text] of body.trimEnd().split('\n').entries()) {
      const definition = JSON.parse(text) as { name: string };
      definitions.push(definition);
      response.write(`${JSON.stringify({ line: at + 1, name: definition.name })}\n`);
    }
    response.end();
  };
  const remove: Answer = (response, { path }) => {
    removed.push(path);
    response.writeHead(204).end();
  };
  return { definitions, removed, add, remove };
}

test('with a service, devices are registered by their identity and removed', async () => {
  const { server, port, hex } = await host();
  await using _ = server;
  const { definitions, removed, add, remove } = registry();
  const listeners = [
    { name: 'official', protocol: 'official', address: '127.0.0.1:1', sessions: 0 },
    { name: 'trackers', protocol: 'profiles', address: `127.0.0.1:${port}`, sessions: 0 },
  ];
  await using service = await TestService.start({
    'POST devices/import': add,
    'GET listeners': json(listeners),
    'DELETE devices/sim-gt06-0001': remove,
  });
  const terminal = new TestTerminal(service.env);
  const status = run('sim gt06 --rate 50'.split(' '), terminal);
  await eventually(() => hex().length > 500, 'readings');
  terminal.interrupt('SIGINT');
  assert.equal(await status, 0, terminal.stderr);
  assert.deepEqual(definitions, [{ name: 'sim-gt06-0001', profile: 'gt06', identity: '863586030000016' }]);
  assert.deepEqual(removed, ['devices/sim-gt06-0001']);
  assert.match(terminal.stderr, /Removed 1 simulated device\.\n$/);
});

test('with a service, dialled devices are registered with their address and the setup of the examples', async () => {
  const { definitions, removed, add, remove } = registry();
  await using service = await TestService.start({
    'POST devices/import': add,
    'DELETE devices/sim-modbus_tcp-0001': remove,
    'DELETE devices/sim-modbus_tcp-0002': remove,
  });
  const terminal = new TestTerminal(service.env);
  const status = run('sim modbus_tcp --devices 2'.split(' '), terminal);
  await terminal.until(({ stderr }) => stderr.includes('Ctrl-C ends'));
  terminal.interrupt('SIGINT');
  assert.equal(await status, 0, terminal.stderr);
  const [first, second] = definitions as { endpoint: string; parameters: { registers: unknown[] } }[];
  assert.match(String(first?.endpoint), /^tcp:\/\/127\.0\.0\.1:\d+$/);
  assert.notEqual(first?.endpoint, second?.endpoint);
  assert.ok((first?.parameters.registers.length ?? 0) > 0);
  assert.equal(removed.length, 2);
});

test('wrong use is told with what to do', async () => {
  for (const [argv, status, message] of [
    ['sim gt06 --no-register', 2, /USAGE_INVALID: .*--host and --port/],
    ['sim official --fault split', 2, /USAGE_INVALID: .*profiles, not with official/],
    ['sim gt06 --fault splat', 2, /"splat" is no fault/],
    ['sim gt07', 3, /PROFILE_NOT_FOUND: .*gt06/],
    ['sim ./nowhere', 2, /PROFILE_FOLDER_INVALID/],
  ] as const) {
    const terminal = new TestTerminal();
    assert.equal(await run(argv.split(' '), terminal), status, terminal.stderr);
    assert.match(terminal.stderr, message);
  }
});

test('a service without a listener for profiles', async () => {
  await using service = await TestService.start({ 'GET listeners': json([]) });
  const terminal = new TestTerminal(service.env);
  assert.equal(await run('sim gt06'.split(' '), terminal), 3);
  assert.match(terminal.stderr, /LISTENER_MISSING/);
});
