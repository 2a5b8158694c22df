import { coreErrors, type Endpoint, type FairleadError, formatEndpoint } from '@fairlead/core';
import type { Acceptor, Dial, Listen, SocketTrouble, Transport, TransportEvents } from '@fairlead/tcp';

/** Bytes in flight to a peer that does not read, from which `write` returns false. */
const HIGH_WATER = 65_536;

/** One end of an in-memory byte duplex. It behaves like a socket: asynchronous, ordered, with backpressure and half-close. */
export class MemoryTransport implements Transport {
  readonly remote: string;
  readonly local: string;
  peer!: MemoryTransport;
  /** What a test says of it in place of the system's table of sockets. */
  unanswered: SocketTrouble | undefined;
  #events: TransportEvents | undefined;
  #inbox: Buffer[] = [];
  #inboxSize = 0;
  #callbacks: ((written: boolean) => void)[] = [];
  #reading = false;
  #delivering = false;
  #endReceived = false;
  #endDelivered = false;
  #endSent = false;
  #needDrain = false;
  #over = false;

  constructor(local: string, remote: string) {
    this.local = local;
    this.remote = remote;
  }

  get writableLength(): number {
    return this.peer.#inboxSize;
  }

  start(events: TransportEvents): void {
    this.#events = events;
  }

  write(pieces: readonly Uint8Array[], done?: (written: boolean) => void): boolean {
    if (this.#over || this.#endSent) {
      if (done !== undefined) queueMicrotask(() => done(false));
      return false;
    }
    for (const piece of pieces) this.peer.#receive(Buffer.from(piece));
    if (done !== undefined) {
      if (this.peer.#inboxSize === 0) queueMicrotask(() => done(true));
      else this.peer.#callbacks.push(done);
    }
    this.#needDrain ||= this.peer.#inboxSize >= HIGH_WATER;
    return !this.#needDrain;
  }

  trouble(): SocketTrouble | undefined {
    return this.unanswered;
  }

  pause(): void {
    this.#reading = false;
  }

  resume(): void {
    this.#reading = true;
    this.#deliverSoon();
  }

  end(): void {
    if (this.#endSent || this.#over) return;
    this.#endSent = true;
    this.peer.#endReceived = true;
    this.peer.#deliverSoon();
    this.#closeWhenBothEnded();
  }

  destroy(cause: FairleadError): void {
    this.#finish(cause);
    this.peer.#finish(coreErrors.error('PEER_RESET'));
  }

  /** Simulates a lost connection or a crash: the peer sees a reset. */
  reset(): void {
    this.destroy(coreErrors.error('PEER_RESET'));
  }

  #receive(bytes: Buffer): void {
    if (this.#over || bytes.length === 0) return;
    this.#inbox.push(bytes);
    this.#inboxSize += bytes.length;
    this.#deliverSoon();
  }

  #deliverSoon(): void {
    if (this.#delivering || !this.#reading || this.#over) return;
    this.#delivering = true;
    setImmediate(() => {
      this.#delivering = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    while (this.#reading && !this.#over && this.#inbox.length > 0) {
      const chunk = this.#inbox.shift() as Buffer;
      this.#inboxSize -= chunk.length;
      this.#events?.onData(chunk);
    }
    if (this.#inbox.length > 0 || this.#over) return;
    for (const done of this.#callbacks.splice(0)) done(true);
    this.peer.#drained();
    if (this.#endReceived && this.#reading && !this.#endDelivered) {
      this.#endDelivered = true;
      this.#events?.onEnd();
      this.#closeWhenBothEnded();
    }
  }

  #drained(): void {
    if (!this.#needDrain || this.#over) return;
    this.#needDrain = false;
    this.#events?.onDrain();
  }

  #closeWhenBothEnded(): void {
    if (this.#endSent && this.#endDelivered) this.#finish(coreErrors.error('PEER_CLOSED'));
  }

  #finish(cause: FairleadError): void {
    if (this.#over) return;
    this.#over = true;
    this.#inbox = [];
    this.#inboxSize = 0;
    for (const done of this.#callbacks.splice(0)) queueMicrotask(() => done(false));
    setImmediate(() => this.#events?.onClosed(cause));
  }
}

/** Both ends of one duplex. */
export function memoryPair(local = 'memory:1', remote = 'memory:2'): [MemoryTransport, MemoryTransport] {
  const a = new MemoryTransport(local, remote);
  const b = new MemoryTransport(remote, local);
  a.peer = b;
  b.peer = a;
  return [a, b];
}

/** An in-memory network. Its `listen` and `dial` replace sockets in `serve()` and `connect()`. */
export class MemoryNetwork {
  readonly #listening = new Map<string, (transport: Transport) => void>();
  #ports = 40_000;
  /** Wraps both ends of each new connection, for instance to add faults. */
  wrap: (transport: Transport) => Transport = (transport) => transport;
  /** The ends of the last connection, the connecting side first; call `reset()` to cut it. */
  last: [MemoryTransport, MemoryTransport] | undefined;
  dials = 0;

  readonly listen: Listen = async (endpoint, _options, accept): Promise<Acceptor> => {
    const bound: Endpoint =
      endpoint.protocol !== 'unix' && endpoint.port === 0 ? { ...endpoint, port: ++this.#ports } : endpoint;
    const key = formatEndpoint(bound);
    if (this.#listening.has(key)) throw coreErrors.error('PORT_IN_USE', { endpoint: key });
    this.#listening.set(key, accept);
    return {
      endpoint: bound,
      close: async () => {
        this.#listening.delete(key);
      },
    };
  };

  readonly dial: Dial = async (endpoint, { signal }): Promise<Transport> => {
    this.dials++;
    const key = formatEndpoint(endpoint);
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (signal.aborted) throw signal.reason;
    const accept = this.#listening.get(key);
    if (accept === undefined) throw coreErrors.error('CONNECT_REFUSED', { endpoint: key });
    this.last = memoryPair(`127.0.0.1:${++this.#ports}`, key);
    const [near, far] = this.last;
    accept(this.wrap(far));
    return this.wrap(near);
  };
}
