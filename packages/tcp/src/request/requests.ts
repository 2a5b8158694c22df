/**
 * Requests and their replies. They wait here for a link and for their turn, go out, and resolve with what the link
 * receives; of those that time out or are aborted the late reply is dropped.
 *
 *   request() --> waiting, oldest first --inFlight at a time--> link --frames--> sift() --> promise
 *                                                                                  \-----> the program
 */
import {
  type Clock,
  coreErrors,
  type Duration,
  type FairleadError,
  Fifo,
  milliseconds,
  type Timer,
  Waiters,
} from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import { ByKey, type InFlight, InOrder } from './in-flight.ts';
import { type KeyCorrelation, type RequestOptions, type RequestSettings, requestsSchema } from './options.ts';
import { Pending } from './pending.ts';

/** What requests need of a link. */
interface Carrier<Out> {
  readonly usable: boolean;
  readonly cause: FairleadError | undefined;
  send(message: Out): boolean;
  forward(encoded: Uint8Array): boolean;
  expect(): void;
  destroy(cause: FairleadError): void;
}

export class Requests<In, Out> {
  readonly #clock: Clock;
  readonly #settings: RequestSettings;
  readonly #waiting = new Fifo<Pending<In>>();
  #flight: InFlight<In>;
  #link: Carrier<Out> | undefined;
  /** Whether those that wait may go out; not before the handshake is over. */
  #open = false;
  #wanted = 0;
  #timer: Timer | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;
  #idle: Waiters | undefined;

  constructor(clock: Clock, settings?: RequestSettings) {
    this.#clock = clock;
    this.#settings = settings ?? { ...requestsSchema.parse({}), correlate: 'order' };
    this.#flight = this.#newFlight();
  }

  /** Requests that wait for their reply. */
  get wanted(): number {
    return this.#wanted;
  }

  /** Replies that may come: those of requests that were given up, too. */
  get expected(): number {
    return this.#flight.size;
  }

  /** Requests that wait for their turn or for a link. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** @param direct of the link itself: during the handshake it overtakes those that wait for its end */
  request(message: Out, options: RequestOptions = {}, direct = false): Promise<In> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      if (signal?.aborted) throw coreErrors.error('ABORTED', {}, signal.reason);
      const now = this.#clock.monotonic();
      const pending = new Pending<In>(message, now, this.#limit(options.timeout), resolve, reject);
      const { correlate, inFlight, queue } = this.#settings;
      if (correlate !== 'order') pending.key = options.key ?? correlate.key(message);
      const turn = this.#waiting.length === 0 || !this.#open;
      if ((this.#open || direct) && turn && this.#wanted < inFlight && this.#link !== undefined) {
        this.#send(pending, this.#link, now);
      } else if (this.#waiting.length >= queue || (direct && !this.#open)) {
        throw tcpErrors.error('REQUESTS_FULL', { inFlight, limit: queue });
      } else this.#waiting.push(pending);
      if (pending.settled) return;
      if (signal !== undefined) {
        pending.watch(signal, () => this.#giveUp(pending, coreErrors.error('ABORTED', {}, signal.reason)));
      }
      if (pending.deadline < this.#wakeAt) this.#wake(pending.deadline);
    });
  }

  /** A proof of life: goes out at once, beside the bound; only a frame that `expect` knows is its reply. */
  prove(send: (link: Carrier<Out>) => void, expect: (frame: In) => boolean, limit: number): Promise<In> {
    return new Promise((resolve, reject) => {
      const link = this.#link;
      if (link === undefined) throw coreErrors.error('LINK_CLOSED');
      const now = this.#clock.monotonic();
      const pending = new Pending<In>(undefined, now, limit, resolve, reject);
      pending.expect = expect;
      if (!this.#enter(pending, link, now)) return;
      try {
        send(link);
      } catch (error) {
        this.#leave(pending, error);
      }
      if (!pending.settled && pending.deadline < this.#wakeAt) this.#wake(pending.deadline);
    });
  }

  /** Takes the frame if it is a reply. */
  take(frame: In): boolean {
    return this.#match(frame, undefined);
  }

  /** What of the batch is no reply; the batch itself where nothing is. */
  sift(batch: In[]): In[] {
    let rest: In[] | undefined;
    const now = this.#clock.monotonic();
    for (let at = 0; at < batch.length; at++) {
      const frame = batch[at] as In;
      if (this.#flight.size > 0 && this.#match(frame, now)) rest ??= batch.slice(0, at);
      else rest?.push(frame);
    }
    return rest ?? batch;
  }

  /** From now on those of the handshake go over this link. */
  attach(link: Carrier<Out>): void {
    this.#link = link;
  }

  /** The handshake is over. */
  open(): void {
    this.#open = true;
    this.#pump();
  }

  /** The link has no more replies: rejects those on it; those that wait go on waiting. */
  detach(link: Carrier<Out>, cause: FairleadError): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#open = false;
    this.#wanted = 0;
    const lost = [...this.#flight];
    this.#flight = this.#newFlight();
    for (const pending of lost) pending.reject(cause);
    this.#quiet();
  }

  /** There will be no more links. */
  fail(cause: FairleadError): void {
    for (const pending of this.#waiting.take()) pending.reject(cause);
    this.#quiet();
  }

  /** Resolves when every request has been settled. */
  async settled(signal?: AbortSignal): Promise<void> {
    while (this.#wanted + this.#waiting.length > 0) {
      this.#idle ??= new Waiters();
      await this.#idle.wait(signal);
    }
  }

  #newFlight(): InFlight<In> {
    const { correlate } = this.#settings;
    return correlate === 'order' ? new InOrder() : new ByKey(correlate as KeyCorrelation<In>);
  }

  #limit(timeout: Duration | undefined): number {
    if (timeout === undefined) return this.#settings.timeout;
    return typeof timeout === 'number' ? timeout : milliseconds(timeout, 'timeout');
  }

  #send(pending: Pending<In>, link: Carrier<Out>, now: number): void {
    if (!this.#enter(pending, link, now)) return;
    const message = pending.message as Out;
    pending.message = undefined;
    try {
      link.send(message);
    } catch (error) {
      this.#leave(pending, error);
    }
  }

  /** Before it is sent, for the link may end while it is. */
  #enter(pending: Pending<In>, link: Carrier<Out>, now: number): boolean {
    link.expect();
    if (this.#link !== link) {
      pending.reject(link.cause);
      return false;
    }
    if (!this.#flight.add(pending)) {
      pending.reject(tcpErrors.error('REQUEST_KEY_TAKEN', { key: String(pending.key) }));
      return false;
    }
    pending.sentAt = now;
    this.#wanted++;
    return true;
  }

  /** It could not be sent. */
  #leave(pending: Pending<In>, error: unknown): void {
    this.#flight.remove(pending);
    this.#wanted--;
    pending.reject(error);
  }

  #match(frame: In, now: number | undefined): boolean {
    const pending = this.#flight.match(frame);
    if (pending === undefined) return false;
    if (!pending.settled) {
      this.#wanted--;
      this.#settings.latency?.record((now ?? this.#clock.monotonic()) - pending.sentAt);
      pending.resolve(frame);
    }
    if (this.#waiting.length > 0) this.#pump();
    else if (this.#wanted === 0) this.#quiet();
    return true;
  }

  #pump(): void {
    const now = this.#clock.monotonic();
    while (this.#open && this.#link !== undefined && this.#wanted < this.#settings.inFlight) {
      const pending = this.#waiting.shift();
      if (pending === undefined) break;
      this.#send(pending, this.#link, now);
    }
    if (this.#wanted + this.#waiting.length === 0) this.#quiet();
  }

  /** Nothing is left to wait for. */
  #quiet(): void {
    if (this.#wanted + this.#waiting.length > 0) return;
    this.#idle?.resolve();
    if (this.#link !== undefined) return; // the timer finds nothing, which costs less than to set it for each request
    this.#clock.clear(this.#timer);
    this.#timer = undefined;
    this.#wakeAt = Number.POSITIVE_INFINITY;
  }

  #giveUp(pending: Pending<In>, cause: FairleadError): void {
    if (pending.settled) return;
    if (this.#waiting.remove(pending)) {
      pending.reject(cause);
      this.#quiet();
      return;
    }
    this.#wanted--;
    const late = cause.code === 'REQUEST_TIMEOUT';
    // In order, the reply to a request that was given up may never come, and the next would be taken for it.
    const ends = this.#settings.afterTimeout === 'close' && (late || this.#settings.correlate === 'order');
    const goOn = this.#flight.giveUp(pending, late) && !ends;
    pending.reject(cause);
    if (goOn) this.#pump();
    else this.#link?.destroy(cause);
  }

  /** One timer for all: it is set to the earliest deadline, and finds those that are due. */
  #wake(at: number): void {
    this.#clock.clear(this.#timer);
    this.#wakeAt = at;
    this.#timer = this.#clock.after(Math.max(0, at - this.#clock.monotonic()), () => this.#expire());
  }

  #expire(): void {
    this.#timer = undefined;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.monotonic();
    let next = Number.POSITIVE_INFINITY;
    for (const pending of [...this.#flight, ...this.#waiting]) {
      if (pending.settled) continue;
      if (pending.deadline > now) next = Math.min(next, pending.deadline);
      else this.#giveUp(pending, tcpErrors.error('REQUEST_TIMEOUT', { limit: pending.limit }));
    }
    if (next < this.#wakeAt) this.#wake(next);
  }
}
