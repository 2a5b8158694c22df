import { type Clock, type FairleadError, Ring } from '@fairlead/core';
import type { DeviceTraces, LinkInfo } from '../api.ts';
import { gatewayLimits } from '../limits.ts';
import type { Log } from '../ports.ts';
import type { SessionLink } from '../session/session.ts';
import { withoutTokens } from '../token-bytes.ts';
import { RefusedFrames } from './refused-frames.ts';
import type { Taps } from './taps.ts';

/** Codes with which a link ends before its device may enter. */
const REFUSED = /^(AUTH|IDENTITY)_/;

interface Notes {
  readonly refusals: Record<string, number>;
  last: string;
}

/** The log of links: refusals while they were open, and why they closed. */
export class LinkLog {
  readonly opened = new Map<string, number>();
  readonly closed = new Map<string, number>();
  readonly refused = new Map<string, number>();
  readonly #log: Log;
  readonly #clock: Clock;
  /** Of links that had a message refused: most have none. */
  readonly #notes = new WeakMap<SessionLink, Notes>();
  readonly #frames = new RefusedFrames<SessionLink>();
  readonly #taps: Taps;
  readonly #closedLinks = new Ring<LinkInfo>(gatewayLimits.values.closedLinks);
  /** Apart from the others, so that a flood of refused links does not push them out. */
  readonly #refusedLinks = new Ring<LinkInfo>(gatewayLimits.values.refusedLinks);

  constructor(log: Log, clock: Clock, taps: Taps) {
    this.#log = log;
    this.#taps = taps;
    this.#clock = clock;
  }

  /**
   * A message was refused; the link stays open. Counted each time, logged once for each link and code.
   * @param bytes of the message, where they are known
   */
  refuse(listener: string, link: SessionLink, error: FairleadError, bytes?: Uint8Array): void {
    add(this.refused, `${listener} ${error.code}`);
    this.#taps.refused(link, error, bytes);
    let notes = this.#notes.get(link);
    if (notes === undefined) {
      notes = { refusals: {}, last: '' };
      this.#notes.set(link, notes);
    }
    notes.last = error.message;
    if (bytes !== undefined) this.keep(link, error, bytes);
    const count = (notes.refusals[error.code] ?? 0) + 1;
    notes.refusals[error.code] = count;
    if (count > 1) return;
    const fields = { link: link.id, device: link.data?.device.name, code: error.code };
    this.#log.warn(fields, `refused: ${error.message}`);
  }

  /** Keeps the first bytes of a message that was refused, or that led to the end of its link. */
  keep(link: SessionLink, error: FairleadError, bytes: Uint8Array): void {
    const { code, reason, size, hex } = this.#frames.add(link, error, bytes, this.#clock.now());
    const device = link.data?.device.name;
    this.#log.debug({ link: link.id, device, code, size, hex }, `refused message: ${reason}`);
  }

  open(listener: string, link: SessionLink): void {
    add(this.opened, listener);
    this.#taps.opened(link);
    this.#log.debug({ link: link.id, remote: link.remote }, 'link opened');
  }

  close(listener: string, link: SessionLink, cause: FairleadError): void {
    add(this.closed, `${listener} ${cause.code}`);
    this.#taps.closed(link, cause);
    const info = this.describe(listener, link, cause);
    (link.refused === true ? this.#refusedLinks : this.#closedLinks).push(info);
    const { id, device, remote, code, bytesIn, bytesOut, refusals } = info;
    const level = cause.kind === 'closed' || cause.kind === 'network' ? 'info' : 'warn';
    this.#log[level](
      { link: id, device, remote, code, bytesIn, bytesOut, refusals },
      `link closed: ${cause.message}`,
    );
  }

  /** Closed links, newest first. */
  remembered(): LinkInfo[] {
    const all = [...this.#closedLinks, ...this.#refusedLinks];
    return all.sort((a, b) => (b.closedAt as number) - (a.closedAt as number));
  }

  /** The newest closed links that are about a device. */
  traces(device: string): DeviceTraces {
    let closed: LinkInfo | undefined;
    let refused: LinkInfo | undefined;
    let unknownToken: LinkInfo | undefined;
    for (const info of this.#closedLinks) {
      if (info.device === device && REFUSED.test(info.code ?? '')) refused = info;
      else if (info.device === device) closed = info;
      else if (info.code === 'AUTH_TOKEN_UNKNOWN') unknownToken = info;
    }
    return { closed, refused, unknownToken };
  }

  find(id: string): LinkInfo | undefined {
    for (const ring of [this.#closedLinks, this.#refusedLinks])
      for (const info of ring) if (info.id === id) return info;
    return undefined;
  }

  describe(listener: string, link: SessionLink, cause?: FairleadError): LinkInfo {
    const now = this.#clock.now();
    const { bytesIn, bytesOut, framesIn, framesOut } = link.stats();
    const notes = this.#notes.get(link);
    const head = cause?.kind === 'framing' || cause?.code === 'FRAME_TOO_LARGE' ? link.head() : undefined;
    return {
      id: link.id,
      listener,
      remote: link.remote,
      device: link.data?.device.name ?? refusedDevice(cause),
      state: cause !== undefined ? 'closed' : link.handshaking ? 'handshaking' : 'open',
      openedAt: link.openedAt,
      // If the clock was set back meanwhile, the duration is not negative.
      closedAt: cause === undefined ? undefined : Math.max(now, link.openedAt),
      code: cause?.code,
      reason: cause?.message,
      bytesIn,
      bytesOut,
      framesIn,
      framesOut,
      lastReceivedAt:
        bytesIn === 0 ? undefined : Math.round(now - (this.#clock.monotonic() - link.lastReceived)),
      refusals: notes?.refusals ?? {},
      lastRefusal: notes?.last,
      refusedFrames: this.#frames.of(link),
      offending: head === undefined ? undefined : withoutTokens(head).toString('hex'),
    };
  }
}

/** The device that was recognised, but may not enter. */
function refusedDevice(cause: FairleadError | undefined): string | undefined {
  const device = cause?.kind === 'auth' ? cause.details.device : undefined;
  return typeof device === 'string' ? device : undefined;
}

/** Adds one to a counter. */
export function add(counters: Map<string, number>, key: string, by = 1): void {
  counters.set(key, (counters.get(key) ?? 0) + by);
}
