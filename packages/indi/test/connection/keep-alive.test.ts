import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { type DialOptions, line, serve } from '@fairlead/tcp';
import { dialTcp } from '@fairlead/tcp/internal';
import {
  ConnectionMode,
  DefaultDevice,
  DriverBench,
  TcpConnection,
  type TcpConnectionOptions,
} from '../../src/index.ts';

type Options = Partial<TcpConnectionOptions<string, string>>;

class Quiet extends DefaultDevice {
  constructor(options: Options) {
    super('Quiet');
    this.setConnectionMode(ConnectionMode.Tcp);
    this.registerConnection(new TcpConnection(this, { codec: line(), ...options }));
  }
}

/** Others of the port may be on their way out. */
const ESTABLISHED = '01';

/** The timer of the open socket to that port of this machine, as the kernel shows it: its kind, and hundredths of a second. */
async function timerTo(port: number): Promise<[kind: number, hundredths: number]> {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((text) => text.trim().split(/\s+/));
  const timer = lines.find((columns) => columns[2] === remote && columns[3] === ESTABLISHED)?.[5] ?? '';
  const [kind = '', when = ''] = timer.split(':');
  return [Number.parseInt(kind, 16), Number.parseInt(when, 16)];
}

describe('Keep-alive of a TcpConnection', () => {
  const connected = async (options: Options, check: (port: number) => Promise<void>): Promise<void> => {
    await using server = await serve<string>('tcp://127.0.0.1:0', { codec: line(), frames: () => undefined });
    const port = Number(server.address.split(':').at(-1));
    await using bench = await DriverBench.start(new Quiet(options));
    await bench.connect(port);
    await check(port);
  };

  it('is really set on the socket: after 10 s, after the time that was asked for, or not at all', async (t) => {
    if (process.platform !== 'linux') return t.skip('sockets are looked up in /proc');
    const [off, keepAlive] = [0, 2];
    for (const [options, kind, least, most] of [
      [{}, keepAlive, 800, 1_001],
      [{ keepAlive: '40s' }, keepAlive, 3_800, 4_001],
      [{ keepAlive: false }, off, 0, 0],
    ] as const)
      await connected(options, async (port) => {
        const [found, when] = await timerTo(port);
        assert.equal(found, kind, JSON.stringify(options));
        assert.ok(when >= least && when <= most, `${JSON.stringify(options)}: ${when}`);
      });
  });

  it('is what whoever dials is told', async () => {
    const told: unknown[] = [];
    for (const options of [{}, { keepAlive: 2_500 }, { keepAlive: false }] as const) {
      const dial = (endpoint: Parameters<typeof dialTcp>[0], settings: DialOptions) => {
        told.push(settings.keepAlive);
        return dialTcp(endpoint, settings);
      };
      await connected({ ...options, dial }, async () => {});
    }
    assert.deepEqual(told, [10_000, 2_500, false]);
  });
});
