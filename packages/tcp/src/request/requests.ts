/**
 * Requests and their replies. Requests wait here for a link and for their turn, are sent, and resolve with the received
 * reply. Late replies to requests that timed out or were aborted are dropped.
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
  Waiters,
} from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import { Deadlines } from './deadlines.ts';
import { ByKey, type InFlight, InOrder } from './in-flight.ts';
import { LinkRequest } from './link-request.ts';
import { type KeyCorrelation, type RequestOptions, type RequestSettings, requestsSchema } from './options.ts';
import { aborted } from './pending.ts';

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
  readonly #waiting = new Fifo<LinkRequest<In>>();
  readonly #deadlines: Deadlines<LinkRequest<In>>;
  #flight: InFlight<In>;
  #link: Carrier<Out> | undefined;
  /** Whether those that wait may go out; not before the handshake is over. */
  #open = false;
  #wanted = 0;
  #idle: Waiters | undefined;

  constructor(clock: Clock, settings?: RequestSettings) {
    this.#clock = clock;
    this.#settings = settings ?? { ...requestsSchema.parse({}), correlate: 'order' };
    this.#flight = this.#newFlight();
    this.#deadlines = new Deadlines(
      clock,
      () => this.#unsettled(),
      (request) => this.#giveUp(request, tcpErrors.error('REQUEST_TIMEOUT', { limit: request.limit })),
    );
  }

  /** Requests that wait for their reply. */
  get wanted(): number {
    return this.#wanted;
  }

  /** Replies that may still arrive, those of aborted and late requests included. */
  get expected(): number {
    return this.#flight.size;
  }

  /** Requests that wait for their turn or for a link. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** @param direct a request of the link itself: during the handshake it is sent before waiting requests */
  request(message: Out, options: RequestOptions = {}, direct = false): Promise<In> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      if (signal?.aborted) throw aborted(signal);
      const now = this.#clock.monotonic();
      const limit = this.#limit(options.timeout);
      const request = new LinkRequest<In>(now + limit, limit, resolve, reject);
      request.message = message;
      const { correlate, inFlight, queue } = this.#settings;
      if (correlate !== 'order') request.key = options.key ?? correlate.key(message);
      const turn = this.#waiting.length === 0 || !this.#open;
      if ((this.#open || direct) && turn && this.#wanted < inFlight && this.#link !== undefined) {
        this.#send(request, this.#link, now);
      } else if (this.#waiting.length >= queue || (direct && !this.#open)) {
        throw tcpErrors.error('REQUESTS_FULL', { inFlight, limit: queue });
      } else this.#waiting.push(request);
      if (request.settled) return;
      if (signal !== undefined) request.watch(signal, (cause) => this.#giveUp(request, cause));
      this.#deadlines.watch(request);
    });
  }

  /** A probe: sent at once, not counted as in flight; only a frame that `expect` accepts is its reply. */
  prove(send: (link: Carrier<Out>) => void, expect: (frame: In) => boolean, limit: number): Promise<In> {
    return new Promise((resolve, reject) => {
      const link = this.#link;
      if (link === undefined) throw coreErrors.error('LINK_CLOSED');
      const now = this.#clock.monotonic();
      const request = new LinkRequest<In>(now + limit, limit, resolve, reject);
      request.expect = expect;
      if (!this.#enter(request, link, now)) return;
      try {
        send(link);
      } catch (error) {
        this.#leave(request, error);
      }
      if (!request.settled) this.#deadlines.watch(request);
    });
  }

  /** Takes the frame if it is a reply. */
  take(frame: In): boolean {
    return this.#match(frame, undefined);
  }

  /** The frames of the batch that are no replies; the batch itself if none is a reply. */
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

  /** From now on requests of the handshake use this link. */
  attach(link: Carrier<Out>): void {
    this.#link = link;
  }

  /** The handshake is over. */
  open(): void {
    this.#open = true;
    this.#pump();
  }

  /** The link gets no more replies: rejects the requests on it. Waiting requests keep waiting. */
  detach(link: Carrier<Out>, cause: FairleadError): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#open = false;
    this.#wanted = 0;
    const lost = [...this.#flight];
    this.#flight = this.#newFlight();
    for (const request of lost) request.reject(cause);
    this.#quiet();
  }

  /** There will be no more links. */
  fail(cause: FairleadError): void {
    for (const request of this.#waiting.take()) request.reject(cause);
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

  #send(request: LinkRequest<In>, link: Carrier<Out>, now: number): void {
    if (!this.#enter(request, link, now)) return;
    const message = request.message as Out;
    request.message = undefined;
    try {
      link.send(message);
    } catch (error) {
      this.#leave(request, error);
    }
  }

  /** Before it is sent, for the link may end while it is. */
  #enter(request: LinkRequest<In>, link: Carrier<Out>, now: number): boolean {
    link.expect();
    if (this.#link !== link) {
      request.reject(link.cause);
      return false;
    }
    if (!this.#flight.add(request)) {
      request.reject(tcpErrors.error('REQUEST_KEY_TAKEN', { key: String(request.key) }));
      return false;
    }
    request.sentAt = now;
    this.#wanted++;
    return true;
  }

  /** It could not be sent. */
  #leave(request: LinkRequest<In>, error: unknown): void {
    this.#flight.remove(request);
    this.#wanted--;
    request.reject(error);
  }

  #match(frame: In, now: number | undefined): boolean {
    const request = this.#flight.match(frame);
    if (request === undefined) return false;
    if (!request.settled) {
      this.#wanted--;
      this.#settings.latency?.record((now ?? this.#clock.monotonic()) - request.sentAt);
      request.resolve(frame);
    }
    if (this.#waiting.length > 0) this.#pump();
    else if (this.#wanted === 0) this.#quiet();
    return true;
  }

  #pump(): void {
    const now = this.#clock.monotonic();
    while (this.#open && this.#link !== undefined && this.#wanted < this.#settings.inFlight) {
      const request = this.#waiting.shift();
      if (request === undefined) break;
      this.#send(request, this.#link, now);
    }
    if (this.#wanted + this.#waiting.length === 0) this.#quiet();
  }

  /** Nothing is left to wait for. */
  #quiet(): void {
    if (this.#wanted + this.#waiting.length > 0) return;
    this.#idle?.resolve();
    if (this.#link !== undefined) return; // the timer finds nothing, which costs less than to set it for each request
    this.#deadlines.stop();
  }

  #giveUp(request: LinkRequest<In>, cause: FairleadError): void {
    if (request.settled) return;
    if (this.#waiting.remove(request)) {
      request.reject(cause);
      this.#quiet();
      return;
    }
    this.#wanted--;
    const late = cause.code === 'REQUEST_TIMEOUT';
    // In order, the reply to an aborted request may never arrive, and the next reply would be taken for it.
    const ends = this.#settings.afterTimeout === 'close' && (late || this.#settings.correlate === 'order');
    const goOn = this.#flight.giveUp(request, late) && !ends;
    request.reject(cause);
    if (goOn) this.#pump();
    else this.#link?.destroy(cause);
  }

  *#unsettled(): Generator<LinkRequest<In>, void, undefined> {
    for (const request of this.#flight) if (!request.settled) yield request;
    yield* this.#waiting;
  }
}
