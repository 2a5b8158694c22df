import { coreErrors, type FairleadError } from '@fairlead/core';
import type { Transport, TransportEvents } from '@fairlead/tcp';

/** One end of a duplex within this process, for a client of the hub that needs no port. */
class LocalTransport implements Transport {
  readonly remote = 'local';
  readonly local = 'local';
  peer!: LocalTransport;
  #events: TransportEvents | undefined;
  #inbox: Buffer[] = [];
  #size = 0;
  #reading = false;
  #scheduled = false;
  #blocked = false;
  #ended = false;
  #over = false;
  readonly #highWater: number;

  constructor(highWater: number) {
    this.#highWater = highWater;
  }

  get writableLength(): number {
    return this.peer.#size;
  }

  start(events: TransportEvents): void {
    this.#events = events;
  }

  write(pieces: readonly Uint8Array[], done?: (written: boolean) => void): boolean {
    if (!this.#over) for (const piece of pieces) this.peer.#accept(piece);
    if (done !== undefined) queueMicrotask(() => done(!this.#over));
    this.#blocked ||= this.peer.#size >= this.#highWater;
    return !this.#blocked;
  }

  pause(): void {
    this.#reading = false;
  }

  resume(): void {
    this.#reading = true;
    this.#soon();
  }

  end(): void {
    this.peer.#ended = true;
    this.peer.#soon();
  }

  destroy(cause: FairleadError): void {
    this.#finish(cause);
    this.peer.#finish(coreErrors.error('PEER_CLOSED'));
  }

  #accept(piece: Uint8Array): void {
    if (this.#over || piece.length === 0) return;
    // Who receives it may keep it: shared bytes are never written again, so a view is enough.
    this.#inbox.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
    this.#size += piece.length;
    this.#soon();
  }

  #soon(): void {
    if (this.#scheduled || !this.#reading || this.#over) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const inbox = this.#inbox;
    let next = 0;
    while (this.#reading && !this.#over && next < inbox.length) {
      const chunk = inbox[next++] as Buffer;
      this.#size -= chunk.length;
      this.#events?.onData(chunk);
    }
    this.#inbox = this.#over ? [] : inbox.slice(next);
    if (this.#over || this.#inbox.length > 0) return;
    this.peer.#drained();
    if (this.#ended) this.destroy(coreErrors.error('PEER_CLOSED'));
  }

  #drained(): void {
    if (!this.#blocked || this.#over) return;
    this.#blocked = false;
    this.#events?.onDrain();
  }

  #finish(cause: FairleadError): void {
    if (this.#over) return;
    this.#over = true;
    this.#inbox = [];
    this.#size = 0;
    setImmediate(() => this.#events?.onClosed(cause));
  }
}

/** Two ends of one duplex. @param highWater bytes in flight from which `write` answers false */
export function localPair(highWater: number): [Transport, Transport] {
  const a = new LocalTransport(highWater);
  const b = new LocalTransport(highWater);
  a.peer = b;
  b.peer = a;
  return [a, b];
}
