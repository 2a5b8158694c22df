import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { line, serve } from '@fairlead/tcp';
import { eventually, requirePeer } from '@fairlead/testkit';
import { isOffered } from '../../src/connection/serial-transport.ts';
import {
  ConnectionMode,
  DefaultDevice,
  DriverBench,
  indiLimits,
  SerialConnection,
  TcpConnection,
} from '../../src/index.ts';

/** Registers both connections, and does not know which one it has. */
class Meter extends DefaultDevice {
  readonly reading = this.numbers('READING', { perm: 'ro', members: { VALUE: {} } });
  readonly serial: SerialConnection;
  readonly tcp = new TcpConnection(this, { codec: line(), requestTimeout: 500 });

  constructor(ports: () => string[] = () => []) {
    super('Meter');
    this.addAuxControls();
    this.serial = new SerialConnection(this, {
      codec: line(),
      requestTimeout: 300,
      reconnect: { min: 20, max: 50 },
      ports: async () => ports(),
    });
    this.setConnectionMode(ConnectionMode.Serial | ConnectionMode.Tcp);
    for (const connection of [this.serial, this.tcp]) {
      connection.registerHandshake(async (link) => (await link.request('ID?')) === 'METER');
      this.registerConnection(connection);
    }
  }

  override updateProperties(): void {
    if (this.connected) this.define(this.reading);
    else this.remove(this.reading);
  }

  override async poll(): Promise<void> {
    this.reading.update({ VALUE: Number(await this.link.request('READ?')) });
  }
}

/** A meter on TCP, and a pair of pseudo-terminals whose far end is wired to it. */
class Cable implements AsyncDisposable {
  readonly path: string;
  readonly port: number;
  readonly #close: () => Promise<void>;
  readonly #folder: string;
  #socat: ChildProcess | undefined;

  private constructor(folder: string, port: number, close: () => Promise<void>) {
    this.#folder = folder;
    this.path = join(folder, 'tty');
    this.port = port;
    this.#close = close;
  }

  /** @param name what the device at its far end says it is; empty: it is silent */
  static async lay(name = 'METER', heard: string[] = []): Promise<Cable> {
    const server = await serve<string>('tcp://127.0.0.1:0', {
      codec: line(),
      frames: (session, batch) => {
        for (const command of batch) {
          heard.push(command);
          if (name !== '') session.send(command === 'ID?' ? name : '42');
        }
      },
    });
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-tty-'));
    const cable = new Cable(folder, Number(server.address.split(':').at(-1)), () => server.close());
    await cable.plug();
    return cable;
  }

  async plug(): Promise<void> {
    this.#socat = spawn('socat', [`PTY,link=${this.path},rawer`, `TCP:127.0.0.1:${this.port}`], {
      stdio: 'ignore',
    });
    await eventually(() => existsSync(this.path), 'the pseudo-terminal');
  }

  async pull(): Promise<void> {
    const socat = this.#socat;
    if (socat === undefined || socat.exitCode !== null || socat.signalCode !== null) return;
    const ended = new Promise((resolve) => socat.once('exit', resolve));
    socat.kill();
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pull();
    await this.#close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

describe('SerialConnection', () => {
  it('works as the network does, with the same driver', async (t) => {
    if (!requirePeer(t, 'socat')) return;
    await using cable = await Cable.lay();
    await using bench = await DriverBench.start(new Meter());
    await bench.has(() => bench.vector('DEVICE_PORT_SCAN') !== undefined, 'definitions');
    assert.equal(bench.vector('DEVICE_ADDRESS'), undefined);
    bench.want('DEVICE_PORT', { PORT: cable.path });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('READING', 'Ok');
    assert.equal(bench.value('READING', 'VALUE'), 42);
    bench.want('CONNECTION_MODE', { CONNECTION_TCP: true });
    await bench.reaches('CONNECTION_MODE', 'Alert');
    bench.want('CONNECTION', { DISCONNECT: true });
    await bench.reaches('CONNECTION', 'Idle');
    bench.want('CONNECTION_MODE', { CONNECTION_TCP: true });
    await bench.has(() => bench.vector('DEVICE_ADDRESS') !== undefined, 'the properties of the other plugin');
    assert.equal(bench.vector('DEVICE_PORT'), undefined);
    await bench.connect(cable.port);
    await bench.reaches('READING', 'Ok');
  });

  it('comes back when the cable does', async (t) => {
    if (!requirePeer(t, 'socat')) return;
    await using cable = await Cable.lay();
    await using bench = await DriverBench.start(new Meter());
    bench.want('DEVICE_AUTO_SEARCH', { INDI_DISABLED: true });
    bench.want('POLLING_PERIOD', { PERIOD_MS: 10 });
    bench.want('DEVICE_PORT', { PORT: cable.path });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('READING', 'Ok');
    await cable.pull();
    await bench.reaches('CONNECTION', 'Busy');
    await bench.reaches('READING', 'Alert');
    await cable.plug();
    await bench.reaches('CONNECTION', 'Ok');
    await bench.reaches('READING', 'Ok');
  });

  it('says so in words when the port is none', async () => {
    await using bench = await DriverBench.start(new Meter());
    bench.want('DEVICE_AUTO_SEARCH', { INDI_DISABLED: true });
    bench.want('DEVICE_PORT', { PORT: '/dev/no-such-port' });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('CONNECTION', 'Alert');
    assert.match(bench.words, /serial port \/dev\/no-such-port failed: .*dialout/);
  });

  it('looks for the device at the other ports, and asks who is there', async (t) => {
    if (!requirePeer(t, 'socat')) return;
    const heard: string[] = [];
    await using silent = await Cable.lay('', heard);
    await using toaster = await Cable.lay('TOASTER', heard);
    await using meter = await Cable.lay();
    await using beyond = await Cable.lay('METER', heard);
    const ports = [silent.path, '/dev/no-such-port', toaster.path, meter.path, beyond.path];
    await using bench = await DriverBench.start(new Meter(() => ports));
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('READING', 'Ok');
    assert.deepEqual(heard, ['ID?', 'ID?'], 'both were asked once, what is beyond the meter never');
    assert.equal(bench.value('DEVICE_PORT', 'PORT'), meter.path);
    assert.match(bench.words, /Searching the other serial ports: /);
    assert.ok(bench.words.includes(`Not at ${toaster.path}: another device answers`), bench.words);
    assert.ok(bench.words.includes(`Not at ${silent.path}: No answer`), bench.words);
    assert.ok(bench.words.includes(`The device answers at ${meter.path}.`), bench.words);
    const config = join(bench.folder, '.indi', 'Meter_config.xml');
    await eventually(
      async () => (await readFile(config, 'utf8').catch(() => '')).includes(meter.path),
      'the saved port',
    );
    await bench.stop();
    await using again = await DriverBench.start(new Meter(), { folder: bench.folder });
    await again.has(() => again.value('DEVICE_PORT', 'PORT') === meter.path, 'the port of the last run');
  });

  it('keeps to the port that was named where the search is disabled', async (t) => {
    if (!requirePeer(t, 'socat')) return;
    const heard: string[] = [];
    await using meter = await Cable.lay('METER', heard);
    await using bench = await DriverBench.start(new Meter(() => [meter.path]));
    bench.want('DEVICE_AUTO_SEARCH', { INDI_DISABLED: true });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('CONNECTION', 'Alert');
    assert.deepEqual(heard, []);
    assert.equal(bench.value('DEVICE_PORT', 'PORT'), '/dev/ttyUSB0');
  });

  it('comes back to a port that could not be opened at first', async (t) => {
    if (!requirePeer(t, 'socat')) return;
    const heard: string[] = [];
    await using meter = await Cable.lay();
    await meter.pull();
    await using silent = await Cable.lay('', heard);
    await using bench = await DriverBench.start(new Meter(() => [meter.path, silent.path]));
    bench.want('CONNECTION', { CONNECT: true });
    await bench.has(() => heard.length === 1, 'the second port is asked');
    await meter.plug();
    await bench.reaches('READING', 'Ok');
    assert.equal(bench.value('DEVICE_PORT', 'PORT'), meter.path);
    assert.equal(heard.length, 1, 'who has answered nothing is not asked again');
  });

  it('offers no ports that only Linux believes in', () => {
    const all = ['/dev/ttyS0', '/dev/ttyS31', '/dev/ttyUSB0', '/dev/ttyACM1', '/dev/rfcomm0', 'COM3'];
    assert.deepEqual(all.filter(isOffered), all.slice(2));
  });

  it('stops to search when it is told to', async (t) => {
    if (!requirePeer(t, 'socat')) return;
    const heard: string[] = [];
    await using silent = await Cable.lay('', heard);
    await using meter = await Cable.lay('METER', heard);
    await using bench = await DriverBench.start(new Meter(() => [silent.path, meter.path]));
    bench.want('CONNECTION', { CONNECT: true });
    await bench.has(() => heard.length === 1, 'the first port is asked');
    bench.want('CONNECTION', { DISCONNECT: true });
    await bench.has(() => /Meter is offline/.test(bench.words), 'offline');
    assert.equal(bench.state('CONNECTION'), 'Idle');
    assert.equal(heard.length, 1);
  });

  it('shows the ports there are, afresh when asked to, and takes the one that is chosen', async () => {
    let ports = ['/dev/ttyUSB0', '/dev/ttyACM1'];
    await using bench = await DriverBench.start(new Meter(() => ports));
    await bench.has(() => bench.vector('SYSTEM_PORTS') !== undefined, 'the ports');
    assert.equal(bench.value('SYSTEM_PORTS', 'ttyUSB0'), true);
    bench.want('SYSTEM_PORTS', { ttyACM1: true });
    await bench.has(() => bench.value('DEVICE_PORT', 'PORT') === '/dev/ttyACM1', 'the port');
    ports = ['/dev/a/tty', '/dev/b/tty'];
    bench.want('DEVICE_PORT_SCAN', { 'Scan Ports': true });
    await bench.reaches('DEVICE_PORT_SCAN', 'Ok');
    assert.equal(bench.value('SYSTEM_PORTS', '/dev/a/tty'), false);
    bench.want('SYSTEM_PORTS', { '/dev/b/tty': true });
    await bench.has(() => bench.value('DEVICE_PORT', 'PORT') === '/dev/b/tty', 'the other port');
    ports = [];
    bench.want('DEVICE_PORT_SCAN', { 'Scan Ports': true });
    await bench.has(() => /No serial ports found/.test(bench.words), 'the word');
    assert.equal(bench.vector('SYSTEM_PORTS'), undefined);
    ports = Array.from({ length: 100 }, (_, i) => `/dev/tty${i}`);
    bench.want('DEVICE_PORT_SCAN', { 'Scan Ports': true });
    await bench.has(() => bench.vector('SYSTEM_PORTS') !== undefined, 'ports again');
    assert.equal(bench.vector('SYSTEM_PORTS')?.members.length, indiLimits.values.serialPorts);
    bench.want('CONNECTION_MODE', { CONNECTION_TCP: true });
    await bench.has(() => bench.vector('SYSTEM_PORTS') === undefined, 'gone with the plugin');
  });
});
