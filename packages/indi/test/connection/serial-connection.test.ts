import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { line, serve } from '@fairlead/tcp';
import { eventually, requirePeer } from '@fairlead/testkit';
import {
  ConnectionMode,
  DefaultDevice,
  DriverBench,
  SerialConnection,
  TcpConnection,
} from '../../src/index.ts';

/** Registers both connections, and does not know which one it has. */
class Meter extends DefaultDevice {
  readonly reading = this.numbers('READING', { perm: 'ro', members: { VALUE: {} } });
  readonly serial = new SerialConnection(this, {
    codec: line(),
    requestTimeout: 500,
    reconnect: { min: 20, max: 50 },
  });
  readonly tcp = new TcpConnection(this, { codec: line(), requestTimeout: 500 });

  constructor() {
    super('Meter');
    this.addAuxControls();
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

  static async lay(): Promise<Cable> {
    const server = await serve<string>('tcp://127.0.0.1:0', {
      codec: line(),
      frames: (session, batch) => {
        for (const command of batch) session.send(command === 'ID?' ? 'METER' : '42');
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
});
