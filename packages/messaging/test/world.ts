import type { Transport } from '@fairlead/tcp';
import { FakeClock, MemoryNetwork } from '@fairlead/testkit';
import { TcpClient, type TcpClientOptions, TcpServer, type TcpServerOptions } from '../src/index.ts';

/** A server and clients on a network in memory, with a clock that the test turns. */
export function world() {
  const network = new MemoryNetwork();
  const clock = new FakeClock();
  const heard: string[] = [];
  const watch = <T extends TcpClient | TcpServer>(name: string, party: T): T => {
    party.on('state', ({ to, cause }) =>
      heard.push(`${name} ${to}${cause === undefined ? '' : ` ${cause.code}`}`),
    );
    party.on('fault', ({ error }) => heard.push(`${name} fault ${error.code}`));
    return party;
  };
  return {
    network,
    clock,
    heard,
    server: ({ listener, ...options }: TcpServerOptions = {}) =>
      watch(
        'server',
        new TcpServer({
          source: 'server',
          clock,
          listener: { listen: network.listen, ...listener },
          ...options,
        }),
      ),
    client: ({ connection, ...options }: TcpClientOptions = {}) =>
      watch(
        'client',
        new TcpClient({
          source: 'client',
          endpoint: '127.0.0.1:8080',
          clock,
          connection: { dial: network.dial, random: () => 0.5, ...connection },
          ...options,
        }),
      ),
  };
}

/** A transport whose writing can be stopped, as by a peer that does not read. */
export class Valve implements Transport {
  readonly #inner: Transport;
  #events: Parameters<Transport['start']>[0] | undefined;
  #held: Uint8Array[] = [];
  closed = false;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  get remote(): string {
    return this.#inner.remote;
  }

  get local(): string {
    return this.#inner.local;
  }

  get writableLength(): number {
    return this.#held.reduce((size, piece) => size + piece.length, this.#inner.writableLength);
  }

  start(events: Parameters<Transport['start']>[0]): void {
    this.#events = events;
    this.#inner.start(events);
  }

  write(pieces: readonly Uint8Array[], done?: (written: boolean) => void): boolean {
    if (!this.closed) return this.#inner.write(pieces, done);
    this.#held.push(...pieces);
    return false;
  }

  open(): void {
    this.closed = false;
    this.#inner.write(this.#held.splice(0));
    setImmediate(() => this.#events?.onDrain());
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  end(): void {
    this.#inner.end();
  }

  destroy(cause: Parameters<Transport['destroy']>[0]): void {
    this.#inner.destroy(cause);
  }
}
