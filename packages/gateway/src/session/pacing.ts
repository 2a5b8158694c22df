import type { Clock, FairleadError } from '@fairlead/core';
import { gatewayLimits } from '../limits.ts';
import type { Outlet, Outlets } from './outlets.ts';
import type { Rates } from './rates.ts';
import type { DeviceSession } from './session.ts';

const { busExcess, rateHold, scriptBatches, scriptWaiting, turnBytes, turnCounts } = gatewayLimits.values;

/**
 * Decides which sockets are read. The reading stops while the sink or the sandbox is slow, and while a device sends more than
 * its rate allows; TCP then slows the device down.
 */
export class Pacing {
  readonly #sessions: () => Iterable<DeviceSession>;
  readonly #outlets: Outlets;
  readonly #rates: Rates;
  readonly #clock: Clock;
  readonly #refused: (session: DeviceSession, error: FairleadError, count: number) => void;
  /** Sessions whose reading is stopped. */
  readonly #stopped = new Set<DeviceSession>();
  /** Too much waits for the sandbox; until half of it is gone. */
  #crowded = false;

  /** Sessions that are held because their devices send too much. */
  #slowed = 0;

  /** The number of the turn of the event loop, and its end, if bytes are counted in it. */
  #turn = 0;
  #turnEnds: NodeJS.Immediate | undefined;
  /** Sessions that have had their share of this turn. */
  readonly #resting = new Set<DeviceSession>();
  #closed = false;

  /**
   * @param sessions all that are connected
   * @param refused told of messages that are dropped because a device sends too much
   */
  constructor(
    sessions: () => Iterable<DeviceSession>,
    outlets: Outlets,
    rates: Rates,
    clock: Clock,
    refused: (session: DeviceSession, error: FairleadError, count: number) => void,
  ) {
    this.#sessions = sessions;
    this.#outlets = outlets;
    outlets.whenEmptied = (session) => this.pace(session);
    this.#rates = rates;
    this.#clock = clock;
    this.#refused = refused;
  }

  /** How many devices are not read because they send too much. */
  get slowed(): number {
    return this.#slowed;
  }

  /**
   * The sink took `bytes`, but asks for a pause. Each of its devices is stopped with its next chunk; all of them at once if
   * too much arrives all the same.
   */
  sinkIsSlow(outlet: Outlet, bytes: number, drained = () => outlet.lanes.drained()): void {
    if (outlet.full) {
      outlet.excess += bytes;
      if (outlet.excess <= busExcess) return;
      outlet.excess = 0;
      this.#paceAll(this.#sessions());
      return;
    }
    outlet.full = true;
    outlet.excess = 0;
    drained().then(
      () => {
        outlet.full = false;
        this.#paceAll([...this.#stopped]);
      },
      () => {}, // closed: the gateway is about to be
    );
  }

  /** The same for what is published past the sinks. */
  busIsSlow(bytes: number, drained: () => Promise<void>): void {
    this.sinkIsSlow(this.#outlets.usual, bytes, drained);
  }

  /** @param bytes of all devices, that wait for the sandbox now */
  scriptsWait(bytes: number): void {
    if (bytes < scriptWaiting / 2) this.#crowded = false;
    else if (!this.#crowded && bytes > scriptWaiting) {
      this.#crowded = true;
      this.#paceAll(this.#sessions());
    }
  }

  /**
   * The device sent messages. Returns how many of them may pass; the others are refused. One that shall wait is not read until it
   * may send again.
   */
  admit(session: DeviceSession, messages: number): number {
    if (!this.#rates.limits(session)) return messages;
    const now = this.#clock.monotonic();
    const { rates, bytes } = this.#rates.of(session, now);
    let [passed, wait] = [messages, 0];
    for (const rate of rates) {
      if (rate.terms.exceeded === 'refuse') {
        const before = passed;
        passed = rate.pass(before, bytes, now);
        if (passed < before) this.#refused(session, rate.exceeded(before - passed), before - passed);
      } else {
        const own = rate.take(passed, bytes, now);
        if (own > wait) session.slowed = rate;
        wait = Math.max(wait, own);
      }
    }
    if (wait > 0) this.#hold(session, wait);
    return passed;
  }

  /** The device or its profile has changed: a rate that is no more holds it no longer. */
  renewed(session: DeviceSession): void {
    if (session.held === undefined) return;
    this.#release(session);
    this.pace(session);
  }

  #hold(session: DeviceSession, wait: number): void {
    if (session.held === undefined) this.#slowed++;
    this.#clock.clear(session.held);
    session.held = this.#clock.after(Math.min(wait, rateHold), () => {
      this.#release(session);
      this.pace(session);
    });
    session.held.unref?.();
  }

  #release(session: DeviceSession): void {
    if (session.held === undefined) return;
    this.#slowed--;
    this.#clock.clear(session.held);
    session.held = undefined;
    session.slowed = undefined;
  }

  /** Bytes have come on the link of the session, and were handled. */
  heard(session: DeviceSession): void {
    const { bytesIn } = session.link;
    const bytes = bytesIn - session.counted;
    session.counted = bytesIn;
    if (bytes >= turnCounts) this.#count(session, bytes);
    this.pace(session);
  }

  /** A link with much to read is read again after all others were: the next turn of the event loop. */
  #count(session: DeviceSession, bytes: number): void {
    this.#turnEnds ??= setImmediate(() => {
      this.#turnEnds = undefined;
      this.#turn++;
      const resting = [...this.#resting];
      this.#resting.clear();
      this.#paceAll(resting);
    });
    session.turnBytes = bytes + (session.turn === this.#turn ? session.turnBytes : 0);
    session.turn = this.#turn;
    if (session.turnBytes >= turnBytes) this.#resting.add(session);
  }

  /** Stops the reading of all, for good; what waits for its turn goes on at once. */
  close(sessions: Iterable<DeviceSession>): void {
    this.#closed = true;
    clearImmediate(this.#turnEnds);
    this.#outlets.end();
    this.#paceAll(sessions);
  }

  /** Stops or resumes the reading of the session's socket. */
  pace(session: DeviceSession): void {
    const { link, working, lane, held } = session;
    const waits = this.#crowded && working > 0;
    const { full } = this.#outlets.of(session.listener);
    const turns = lane !== undefined || this.#resting.has(session);
    if (this.#closed || full || turns || waits || working >= scriptBatches || held !== undefined) {
      this.#stopped.add(session);
      link.pause();
    } else if (this.#stopped.delete(session)) {
      link.resume();
    }
  }

  /** The session has ended. */
  forget(session: DeviceSession): void {
    this.#outlets.of(session.listener).lanes.end(session);
    this.#resting.delete(session);
    this.#stopped.delete(session);
    this.#release(session);
    this.#rates.forget(session, this.#clock.monotonic());
  }

  #paceAll(sessions: Iterable<DeviceSession>): void {
    for (const session of sessions) this.pace(session);
  }
}
