import type { Socket } from 'node:net';
import type { Client } from 'aedes';
import { type Batch, PacketAssembler, type PacketLimits, type Violation } from './packets.ts';
import type { Holder, Traffic } from './traffic.ts';

/** A member of the library that its types omit: it is called when a packet is done. */
interface Internals {
  _nextBatch(error?: Error): void;
  /** The keep-alive timer. The library restarts it for each packet. */
  _keepaliveTimer: NodeJS.Timeout | null;
}

/**
 * A stream between the socket of an outside client and the library, which reads with `read()`. The library gets whole packets,
 * and the next ones only when all packets before them are done. Without this, it would continue to read while messages wait
 * for slow subscribers.
 */
export class Intake implements Holder {
  readonly #socket: Socket;
  readonly #traffic: Traffic;
  readonly #assembler: PacketAssembler;
  readonly #violated: (violation: Violation) => void;
  readonly #evicted: () => void;
  /** Whole packets that wait for room. */
  #ready: Batch | undefined;
  /** Packets that the library has not finished, and the packets and bytes of their batch. */
  #underWay = 0;
  #batch: Batch | undefined;
  #ending = false;
  #internals: Internals | undefined;
  #holds = 0;

  constructor(
    socket: Socket,
    traffic: Traffic,
    limits: PacketLimits,
    events: { violated(violation: Violation): void; evicted(): void },
  ) {
    this.#socket = socket;
    this.#traffic = traffic;
    this.#assembler = new PacketAssembler(limits);
    this.#violated = events.violated;
    this.#evicted = events.evicted;
    const read = socket.read.bind(socket);
    socket.read = () => this.#read(read);
    socket.once('close', () => {
      this.#leave();
      this.#traffic.forget(this);
    });
  }

  /** Call it in the same turn of the event loop in which the library took the socket over. */
  attach(client: Client): void {
    const internals = client as unknown as Internals;
    this.#internals = internals;
    const next = internals._nextBatch;
    internals._nextBatch = (error) => {
      if (error || this.#underWay !== 1) {
        if (this.#underWay > 0) this.#underWay--;
        next(error);
        return;
      }
      // The last packet may be done while the library still parses it. The library must not get more before that ends.
      this.#underWay = 0;
      this.#ending = true;
      setImmediate(() => {
        this.#ending = false;
        this.#leave();
        next();
      });
    };
  }

  /** Holds SUBSCRIBE packets back until {@link release}: the messages for the last one are still being sent. */
  hold(): void {
    this.#holds++;
  }

  release(): void {
    this.#holds--;
    this.resume();
  }

  /** The client reads what it is sent, although nothing may be read from it at this time. */
  alive(): void {
    this.#internals?._keepaliveTimer?.refresh();
  }

  resume(): void {
    if (!this.#socket.destroyed) this.#socket.emit('readable');
  }

  evict(): void {
    this.#evicted();
    this.#socket.destroy();
  }

  #read(read: () => Buffer | null): Buffer | null {
    if (this.#underWay > 0 || this.#ending || this.#socket.destroyed) return null;
    for (;;) {
      const next = this.#ready ?? this.#assembler.next(this.#holds > 0);
      if (next === 'later') return null;
      if (next !== undefined && !('packets' in next)) {
        this.#violated(next);
        this.#socket.destroy();
        return null;
      }
      if (next !== undefined) {
        this.#ready = next;
        this.#traffic.partial(this, 0);
        if (!this.#traffic.enter(this, next.packets, next.bytes.length)) return null;
        this.#ready = undefined;
        this.#batch = next;
        this.#underWay = next.packets;
        return next.bytes;
      }
      this.#traffic.partial(this, this.#assembler.held);
      const chunk = this.#socket.destroyed ? null : read();
      if (chunk === null) return null;
      this.#assembler.push(chunk);
    }
  }

  #leave(): void {
    const batch = this.#batch;
    this.#batch = undefined;
    this.#underWay = 0;
    if (batch !== undefined) this.#traffic.leave(batch.packets, batch.bytes.length);
  }
}
