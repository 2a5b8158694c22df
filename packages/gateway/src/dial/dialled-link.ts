import type { FairleadError } from '@fairlead/core';
import type { Link, LinkObserver, LinkStats, SocketTable, SocketTrouble } from '@fairlead/tcp';
import type { DeviceSession, SessionLink } from '../session/session.ts';

/** What happens to the link that several of these share. */
interface Owner {
  /** Whether one of them wants to read no more for now has changed. */
  paced(): void;
  /** Whether somebody watches one of them has changed. */
  observed(): void;
  ended(link: DialledLink, cause: FairleadError): void;
}

/** What one device has of a link that Fairlead has opened, and that it may share with others: its own part is counted alone. */
export class DialledLink implements SessionLink {
  readonly id: string;
  readonly openedAt: number;
  readonly handshaking = false;
  data!: DeviceSession;
  cause: FairleadError | undefined;
  /** Whether this device is to be read no more for now. */
  stopped = false;
  observer: LinkObserver | undefined;
  lastReceived: number;
  readonly #link: Link<unknown, unknown>;
  readonly #owner: Owner;
  bytesIn = 0;
  #framesIn = 0;
  #bytesOut = 0;
  #framesOut = 0;

  /** @param at when it was opened: Unix milliseconds, and monotonic ones */
  constructor(
    id: string,
    link: Link<unknown, unknown>,
    owner: Owner,
    at: { readonly now: number; readonly monotonic: number },
  ) {
    this.id = id;
    this.openedAt = at.now;
    this.lastReceived = at.monotonic;
    this.#link = link;
    this.#owner = owner;
  }

  get remote(): string {
    return this.#link.remote;
  }

  get local(): string {
    return this.#link.local;
  }

  get paused(): boolean {
    return this.#link.paused;
  }

  /** Frames of this device came. */
  received(frames: readonly unknown[], at: number): void {
    this.lastReceived = at;
    this.#framesIn += frames.length;
    for (const frame of frames) this.bytesIn += (frame as Uint8Array).length;
  }

  send(message: unknown): boolean {
    return this.#sent(message, this.#link.send(message));
  }

  forward(encoded: Uint8Array): boolean {
    return this.#sent(encoded, this.#link.forward(encoded));
  }

  #sent(message: unknown, more: boolean): boolean {
    this.#framesOut++;
    this.#bytesOut += Buffer.byteLength(message as string | Uint8Array);
    return more;
  }

  flush(): void {
    this.#link.flush();
  }

  written(): Promise<void> {
    return this.#link.written();
  }

  pause(): void {
    this.stopped = true;
    this.#owner.paced();
  }

  resume(): void {
    this.stopped = false;
    this.#owner.paced();
  }

  observe(observer: LinkObserver | undefined): void {
    this.observer = observer;
    this.#owner.observed();
  }

  /** The device leaves the link; others stay. */
  destroy(cause: FairleadError): void {
    if (this.cause !== undefined) return;
    this.cause = cause;
    this.#owner.ended(this, cause);
  }

  stats(): LinkStats {
    return {
      ...this.#link.stats(),
      bytesIn: this.bytesIn,
      bytesOut: this.#bytesOut,
      framesIn: this.#framesIn,
      framesOut: this.#framesOut,
    };
  }

  trouble(table: SocketTable): SocketTrouble | undefined {
    return this.#link.trouble(table);
  }

  probe(): void {
    this.#link.probe();
  }

  head(): Buffer {
    return this.#link.head();
  }

  unfinished(): ReturnType<SessionLink['unfinished']> {
    return this.#link.unfinished();
  }
}
