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
import { ByKey, type InFlight, InOrder } from './in-flight.ts';
import { LinkRequest } from './link-request.ts';
import { type KeyCorrelation, type RequestOptions, type RequestSettings, requestsSchema } from './options.ts';
import { PendingList } from './pending-list.ts';

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
  /** All that are not settled: those that wait, and those of the flight. */
  readonly #open: PendingList<LinkRequest<In>>;
  /** Those that wait for their turn. */
  readonly #waiting = new Fifo<LinkRequest<In>>();
  /** Those on the wire, aborted and late ones included. */
  #flight: InFlight<In>;
  #link: Carrier<Out> | undefined;
  /** Whether those that wait may go out; not before the handshake is over. */
  #serving = false;
  #wanted = 0;
  #idle: Waiters | undefined;

  constructor(clock: Clock, settings?: RequestSettings) {
    this.#clock = clock;
    this.#settings = settings ?? { ...requestsSchema.parse({}), correlate: 'order' };
    this.#flight = this.#newFlight();
    this.#open = new PendingList({
      clock,
      expired: (request) =>
        this.#giveUp(request, tcpErrors.error('REQUEST_TIMEOUT', { limit: request.limit })),
      aborted: (request, cause) => this.#giveUp(request, cause),
      keepsTimer: () => this.#link !== undefined,
    });
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
      const now = this.#clock.monotonic();
      const limit = this.#limit(options.timeout);
      const request = new LinkRequest<In>(now + limit, limit, resolve, reject);
      request.message = message;
      const { correlate, inFlight, queue } = this.#settings;
      if (correlate !== 'order') request.key = options.key ?? correlate.key(message);
      const turn = this.#waiting.length === 0 || !this.#serving;
      const link = (this.#serving || direct) && turn && this.#wanted < inFlight ? this.#link : undefined;
      if (link === undefined && (this.#waiting.length >= queue || (direct && !this.#serving)))
        throw tcpErrors.error('REQUESTS_FULL', { inFlight, limit: queue });
      this.#open.add(request, options.signal);
      if (link === undefined) this.#waiting.push(request);
      else this.#send(request, link, now);
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
      this.#open.add(request);
      if (!this.#enter(request, link, now)) return;
      try {
        send(link);
      } catch (error) {
        this.#leave(request, error);
      }
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
    this.#serving = true;
    this.#pump();
  }

  /** The link gets no more replies: rejects the requests on it. Waiting requests keep waiting. */
  detach(link: Carrier<Out>, cause: FairleadError): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#serving = false;
    this.#wanted = 0;
    const lost = [...this.#flight];
    this.#flight = this.#newFlight();
    for (const request of lost) this.#open.reject(request, cause);
    this.#quiet();
  }

  /** There will be no more links. */
  fail(cause: FairleadError): void {
    for (const request of this.#waiting.take()) this.#open.reject(request, cause);
    this.#quiet();
  }

  /** Resolves when every request has been settled. */
  async settled(signal?: AbortSignal): Promise<void> {
    while (this.#open.size > 0) {
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
      this.#open.reject(request, link.cause);
      return false;
    }
    if (!this.#flight.add(request)) {
      this.#open.reject(request, tcpErrors.error('REQUEST_KEY_TAKEN', { key: String(request.key) }));
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
    this.#open.reject(request, error);
  }

  #match(frame: In, now: number | undefined): boolean {
    const request = this.#flight.match(frame);
    if (request === undefined) return false;
    if (!request.settled) {
      this.#wanted--;
      this.#settings.latency?.record((now ?? this.#clock.monotonic()) - request.sentAt);
      this.#open.answer(request, frame);
    }
    if (this.#waiting.length > 0) this.#pump();
    else this.#quiet();
    return true;
  }

  #pump(): void {
    const now = this.#clock.monotonic();
    while (this.#serving && this.#link !== undefined && this.#wanted < this.#settings.inFlight) {
      const request = this.#waiting.shift();
      if (request === undefined) break;
      this.#send(request, this.#link, now);
    }
    this.#quiet();
  }

  /** Tells those who wait until nothing is open. */
  #quiet(): void {
    if (this.#open.size > 0) return;
    this.#idle?.resolve();
    this.#open.rest();
  }

  #giveUp(request: LinkRequest<In>, cause: FairleadError): void {
    if (this.#waiting.remove(request)) {
      this.#open.reject(request, cause);
      this.#quiet();
      return;
    }
    this.#wanted--;
    const late = cause.code === 'REQUEST_TIMEOUT';
    // In order, the reply to an aborted request may never arrive, and the next reply would be taken for it.
    const ends = this.#settings.afterTimeout === 'close' && (late || this.#settings.correlate === 'order');
    const goOn = this.#flight.giveUp(request, late) && !ends;
    this.#open.reject(request, cause);
    if (goOn) this.#pump();
    else this.#link?.destroy(cause);
  }
}
