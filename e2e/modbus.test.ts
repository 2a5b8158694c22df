/** A Modbus device made with libmodbus, which the service dials. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { eventually, freePort, peerEnvironment, requirePeer } from '@fairlead/testkit';
import { type Json, RunningService, Subscriber } from './running.ts';

const SOURCE = join(import.meta.dirname, '../interop/modbus_slave.c');
const PEERS = ['modbus/modbus.h', 'g++', 'mosquitto_sub', 'mbpoll'];

/** The map of the device in interop/modbus_slave.c. Registers 3 and 4 are read along with their neighbours. */
const MAP = `name;function;address;type;order;scale;unit;writable
voltage;3;2;u16;;0.1;V;
setpoint;3;5;u16;;;;true
flow;4;10;f32;abcd;;m3/h;
beyond;4;500;u16;;;;
pump;1;1;;;;;true
`;

/** The device as a process of its own. */
async function slave(program: string, port: number): Promise<{ child: ChildProcess; lines: Json[] }> {
  const child = spawn(program, [String(port), '3'], {
    env: peerEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Json[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  await eventually(() => lines.length > 0, 'the device listens');
  return { child, lines };
}

async function world(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-modbus-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const program = join(folder, 'modbus_slave');
  await promisify(execFile)('gcc', ['-O1', '-Wall', '-Werror', '-o', program, SOURCE, '-lmodbus']);
  const map = join(folder, 'map.csv');
  await writeFile(map, MAP);
  const stack = new AsyncDisposableStack();
  t.after(() => stack.disposeAsync());
  const service = stack.use(await RunningService.start());
  const subscriber = stack.use(await Subscriber.start(service.ports.mqtt as number));
  const port = await freePort();
  const start = async () => {
    const device = await slave(program, port);
    t.after(() => device.child.kill('SIGKILL'));
    return device;
  };
  return { service, subscriber, port, map, start };
}

it('is read by its map, written between polls, told apart when it refuses, and dialled again when it was gone', async (t) => {
  if (!PEERS.every((peer) => requirePeer(t, peer))) return;
  const { service, subscriber, port, map, start } = await world(t);
  let device = await start();
  const values = (topic = 'devices/pump/attributes') =>
    subscriber.on(topic).map((text) => JSON.parse(text) as Json);
  const seen = (fits: (values: Json) => boolean, what: string) =>
    eventually(() => values().some(fits), what, 20_000);

  const add = ['device', 'add', 'pump', '--profile', 'modbus_tcp', '--address', `tcp://127.0.0.1:${port}`];
  const added = await service.cli(
    ...add,
    '--parameter',
    'unitId=3',
    '--parameter',
    'gap=2',
    '--parameter',
    `registers=@${map}`,
  );
  assert.equal(added.code, 0, added.stderr);

  // Values by name: scaled, as a float, as a bit; what the device does not have is told by name.
  await seen(({ voltage, setpoint }) => voltage === 100.2 && setpoint === 1005, 'the holding registers');
  await seen(({ flow }) => flow === 21.5, 'the float');
  await seen(({ pump }) => pump === true, 'the coil');
  await seen(
    ({ exception, exceptionName, failed }) =>
      exception === 2 && exceptionName === 'illegal data address' && failed?.[0] === 'beyond',
    'the exception',
  );
  const reads = device.lines.filter((line: Json) => line.function === 3 && line.address === 2);
  assert.ok(reads.length > 0, 'neighbours are read in one request');
  assert.equal(
    device.lines.some((line: Json) => line.function === 3 && line.address === 5),
    false,
  );

  // A write changes a register, for another Modbus program too.
  const sent = await service.cli('device', 'send', 'pump', '{"setpoint": 77, "pump": false}', '--wait', '5s');
  assert.equal(sent.code, 0, sent.stderr);
  await seen(({ setpoint }) => setpoint === 77, 'the new set point');
  await seen(({ pump }) => pump === false, 'the pump is off');
  const told = await service.cli('device', 'send', 'pump', '{"setpoint": 77}', '--wait', 'acknowledged');
  assert.deepEqual([told.code, told.json?.status], [0, 'acknowledged'], told.stderr);
  await seen(({ function: code, address, value }) => code === 6 && address === 5 && value === 77, 'its echo');
  const { stdout } = await promisify(execFile)(
    'mbpoll',
    ['-m', 'tcp', '-a', '3', '-p', String(port), '-0', '-t', '4', '-r', '5', '-c', '1', '-1', '127.0.0.1'],
    { env: peerEnvironment() },
  );
  assert.match(stdout, /\[5\]:\s+77/);

  // It is killed, and comes back.
  device.child.kill('SIGKILL');
  await eventually(
    () => subscriber.on('devices/pump/status').some((text) => JSON.parse(text).status === 'offline'),
    'the device is offline',
    20_000,
  );
  device = await start();
  await seen(({ setpoint }) => setpoint === 1005, 'the set point of the new device');
  await eventually(
    () => JSON.parse(subscriber.on('devices/pump/status').at(-1) as string).status === 'online',
    'the device is online',
  );

  // Nothing was refused: each frame was the answer to its request.
  const links = (await service.cli('link', 'ls')).json as Json[];
  const open = links.find((link) => link.device === 'pump' && link.state === 'open');
  assert.equal(open.listener, 'dialled');
  assert.deepEqual((await service.cli('link', 'inspect', open.id)).json.refusals, {});
});
