/** The commands against the real service, as a process of its own. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect, serve, tp, tpCommand } from '@fairlead/tcp';
import { eventually } from '@fairlead/testkit';
import { run } from '../../src/run.ts';
import { Running, startService, temporaryFolder } from '../support/process.ts';
import { TestTerminal } from '../support/terminal.ts';

async function withService(t: TestContext) {
  const stack = new AsyncDisposableStack();
  t.after(() => stack.disposeAsync());
  const folder = stack.use(await temporaryFolder());
  const { service, addresses, env } = await startService(folder.path);
  stack.use(service);
  const fairlead = async (line: string, stdin = '') => {
    const terminal = new TestTerminal(env, stdin);
    const argv = (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'(.*)'$/, '$1'));
    const status = await run([...argv, '--format', 'json'], terminal);
    const json = () => JSON.parse(terminal.stdout);
    return { status, json, stdout: terminal.stdout, stderr: terminal.stderr };
  };
  return { service, addresses, env, fairlead, folder: folder.path };
}

test('a device is added, dials in, is heard, is sent a command, and is removed', async (t) => {
  const { service, addresses, env, fairlead } = await withService(t);
  const added = await fairlead('device add meter-1 --label Cellar');
  assert.equal(added.status, 0, added.stderr);
  const { token } = added.json();
  assert.match(token, /^fl_[0-9a-f]{32}$/);

  assert.equal((await fairlead("device send meter-1 '{}'")).status, 6);
  assert.equal((await fairlead('device add meter-1')).status, 7);
  assert.equal((await fairlead('device add "meter 2"')).status, 2);
  assert.equal((await fairlead('device inspect meter-2')).status, 3);
  assert.equal((await fairlead('link inspect nosuch')).status, 3);
  assert.equal((await fairlead('sub nosuch -C 1')).status, 3);

  const listener = new TestTerminal(env);
  const heard = run('sub meter-1 -C 2 -W 20'.split(' '), listener);
  await listener.until(({ stderr }) => stderr.includes('Listening'));

  const received: string[] = [];
  await using device = connect(addresses.listeners.official, {
    codec: tp(),
    handshake: (link) => {
      link.send({ command: tpCommand.auth, payload: token });
    },
    frames: (batch) => {
      received.push(...batch.map(({ command, payload }) => `${command} ${payload}`));
    },
  });
  await device.ready();
  device.send({ command: tpCommand.attributes, payload: '{"temperature":21.5}' });
  assert.equal(await heard, 0, listener.stderr);
  const messages = listener.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    messages.map(({ device: name, kind, values }) => [name, kind, values]),
    [
      ['meter-1', 'status', { status: 'online', state: 'live' }],
      ['meter-1', 'attributes', { temperature: 21.5 }],
    ],
  );
  for (const message of messages)
    assert.deepEqual(Object.keys(message), ['time', 'device', 'kind', 'values']);

  const sent = await fairlead(`device send meter-1 '{"method":"reboot"}' --command --wait 5s`);
  assert.equal(sent.status, 0, sent.stderr);
  assert.equal(sent.json().status, 'written');
  await eventually(() => received.length === 1, 'the command');
  assert.equal(received[0], '3 {"method":"reboot"}');

  const { values, link } = (await fairlead('device inspect meter-1')).json();
  assert.equal(values.temperature.value, 21.5);
  assert.equal((await fairlead('link ls')).json()[0].id, link);
  assert.equal((await fairlead(`link kill ${link}`)).status, 0);
  assert.equal((await fairlead(`link kill ${link}`)).status, 7);
  assert.equal((await fairlead(`link inspect ${link}`)).json().state, 'closed');
  await device.close();

  assert.notEqual((await fairlead('device rotate-token meter-1')).json().token, token);
  assert.equal((await fairlead('device edit meter-1 --label Attic')).json().label, 'Attic');
  assert.equal((await fairlead('device rm meter-1')).status, 0);
  assert.deepEqual((await fairlead('device ls')).json(), []);

  env.FAIRLEAD_TOKEN = 'wrong';
  assert.equal((await fairlead('device ls')).status, 4);
  assert.equal(await service.end('SIGTERM'), 0, service.stderr);
});

test('sub-devices, imported tokens and bad definitions', async (t) => {
  const { fairlead, folder } = await withService(t);
  assert.equal((await fairlead('device add gw-1 --type gateway')).status, 0);
  const sub = await fairlead('device add hall-1 --parent gw-1 --address 3c20');
  assert.deepEqual(sub.json(), { name: 'hall-1', parent: 'gw-1', address: '3c20' });
  assert.equal((await fairlead('device rotate-token hall-1')).status, 7);
  assert.equal((await fairlead('device rm gw-1')).status, 7);
  assert.equal((await fairlead('device rm gw-1 --cascade')).status, 0);

  const old = await fairlead('device add old-1 --token-file -', 'a-token-from-elsewhere\n');
  assert.equal(old.json().token, 'a-token-from-elsewhere', old.stderr);

  writeFileSync(join(folder, 'bad.js'), 'export function uplink(bytes) {\n  return {{}\n}\n');
  const bad = await fairlead(`device add t-1 --protocol custom --uplink ${join(folder, 'bad.js')}`);
  assert.equal(bad.status, 2);
  assert.match(bad.stderr, /^fairlead: SCRIPT_INVALID: .*2/);

  const imported = await fairlead('device import -', '{"name":"a"}\n{"nam":"b"}\n{"name":"a"}\n');
  assert.equal(imported.status, 1);
  assert.deepEqual(
    imported.json().map(({ code }: { code?: string }) => code === undefined),
    [true, false, false],
  );
});

for (const protocol of ['official', 'custom']) {
  test(`sim ${protocol} against the real service`, async (t) => {
    const { env, fairlead } = await withService(t);
    const simulation = new TestTerminal(env);
    const listener = new TestTerminal(env);
    const heard = run('sub -C 20 -W 20'.split(' '), listener);
    await listener.until(({ stderr }) => stderr.includes('Listening'));
    const simulated = run(['sim', protocol, '--devices', '3', '--rate', '20'], simulation);
    assert.equal(await heard, 0, `${listener.stderr}${simulation.stderr}`);
    const readings = listener.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const reading = readings.find(({ kind }) => kind === 'attributes');
    assert.match(reading.device, new RegExp(`^sim-${protocol}-000[123]$`));
    assert.deepEqual(Object.keys(reading.values), ['temperature', 'humidity']);

    const sent = await fairlead(`device send sim-${protocol}-0001 '{"interval":5}' --wait 5s`);
    assert.equal(sent.status, 0, sent.stderr);
    await simulation.until(({ stdout }) =>
      stdout.includes(`sim-${protocol}-0001 was sent attributes: interval=5`),
    );
    simulation.interrupt('SIGINT');
    assert.equal(await simulated, 0, simulation.stderr);
    assert.match(simulation.stderr, /lost 0 links\.\nRemoved 3 simulated devices\.\n$/);
    assert.deepEqual((await fairlead('device ls')).json(), []);
  });
}

test('does not say that it is ready while its broker is away', async () => {
  await using folder = await temporaryFolder();
  const config = join(folder.path, 'away.yaml');
  writeFileSync(config, 'bus: {kind: mqtt, mqtt: {url: "mqtt://127.0.0.1:1"}}\n');
  const free = ['http', 'official', 'custom'].flatMap((name) => [`--${name}`, '127.0.0.1:0']);
  const args = ['serve', '--config', config, '--data', folder.path, ...free];
  await using service = new Running(args, folder.path);
  const [, , http] = await service.shows(
    /runs, but is not ready yet:\n {2}bus: (.*127\.0\.0\.1:1.*)\n[\s\S]*HTTP API +(\S+)\/api/,
  );
  assert.equal((await fetch(`${http}/readyz`)).status, 503);
});

test('sub goes on after a restart of the service', async () => {
  await using folder = await temporaryFolder();
  const first = await startService(folder.path);
  const listener = new TestTerminal(first.env);
  const heard = run('sub -C 1'.split(' '), listener);
  await listener.until(({ stderr }) => stderr.includes('Listening'));
  const before = await run(['device', 'add', 'meter-1', '--format', 'json'], new TestTerminal(first.env));
  assert.equal(before, 0);
  assert.equal(await first.service.end('SIGTERM'), 0);
  await listener.until(({ stderr }) => stderr.includes('Lost the connection to the service'));
  const { http } = first.addresses;
  const free = ['mqtt', 'official', 'custom'].flatMap((name) => [`--${name}`, '127.0.0.1:0']);
  await using again = new Running(['serve', '--data', folder.path, '--http', http, ...free], folder.path);
  await again.shows(/is ready\./);
  await listener.until(({ stderr }) => stderr.split('Listening').length === 3);
  const [, official] = await again.shows(/devices, official +(\S+)/);
  const rotated = new TestTerminal(first.env);
  await run(['device', 'rotate-token', 'meter-1', '--format', 'json'], rotated);
  await using _device = connect(official as string, {
    codec: tp(),
    handshake: (link) => {
      link.send({ command: tpCommand.auth, payload: JSON.parse(rotated.stdout).token });
    },
  });
  assert.equal(await heard, 0);
  assert.equal(JSON.parse(listener.stdout).values.status, 'online');
});

test('what hinders the start is one clear line and a status, without a stack trace', async () => {
  await using folder = await temporaryFolder();
  await using taken = await serve('127.0.0.1:0', { codec: tp(), frames: () => {} });
  const file = join(folder.path, 'file');
  writeFileSync(file, '');
  const yaml = join(folder.path, 'bad.yaml');
  writeFileSync(yaml, 'http:\n  lisen: 127.0.0.1:0\n');
  mkdirSync(join(folder.path, 'data'));
  const free = ['mqtt', 'official', 'custom'].flatMap((name) => [`--${name}`, '127.0.0.1:0']);
  const data = ['--data', join(folder.path, 'data')];
  const cases: [string[], number, RegExp][] = [
    [['--http', taken.address, ...free, ...data], 7, /^fairlead: PORT_IN_USE: .*\n {2}\S.*\n$/m],
    [
      ['--data', join(file, 'below'), '--http', '127.0.0.1:0', ...free],
      1,
      /^fairlead: [A-Z_]+: .*\n {2}\S.*\n$/m,
    ],
    [['--config', yaml], 2, /^fairlead: CONFIG_KEY_UNKNOWN: .*Did you mean "listen"\?\n/m],
    [['--config', join(folder.path, 'none.yaml')], 2, /^fairlead: CONFIG_UNREADABLE: /m],
    [['--http', 'nowhere'], 2, /^fairlead: CONFIG_VALUE_INVALID: .*HOST:PORT/m],
  ];
  for (const [argv, status, message] of cases) {
    const terminal = new TestTerminal({ FAIRLEAD_LOG__LEVEL: 'silent' });
    assert.equal(await run(['serve', ...argv], terminal), status, terminal.stderr);
    assert.match(terminal.stderr, message);
    assert.equal(terminal.stdout, '');
  }
  await using service = new Running(['serve', '--http', taken.address, ...free, ...data], folder.path);
  assert.equal(await service.end(), 7, service.stderr);
  assert.doesNotMatch(service.stderr, /\n\s+at /);
});
