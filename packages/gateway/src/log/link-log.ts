import { type Clock, type FairleadError, Ring } from '@fairlead/core';
import type { DeviceTraces, LinkInfo } from '../api.ts';
import { gatewayLimits } from '../limits.ts';
import type { Log } from '../ports.ts';
import type { SessionLink } from '../session/session.ts';
import { withoutTokens } from '../token-bytes.ts';
import { RefusedFrames } from './refused-frames.ts';
import type { Taps } from './taps.ts';
import { ProfileCounters, TrafficCounters } from './traffic-counters.ts';

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
  /** By profile and code. */
  readonly closedOfProfiles = new Map<string, number>();
  readonly refusedOfProfiles = new Map<string, number>();
  readonly profiles = new ProfileCounters();
  readonly traffic = new TrafficCounters();
  readonly #log: Log;
  readonly #clock: Clock;
  /** Of links that had a message refused: most have none. */
  readonly #notes = new WeakMap<SessionLink, Notes>();
  readonly #frames = new RefusedFrames<SessionLink>();
  readonly #taps: Taps;
  readonly #ofDevices = new Ring<LinkInfo>(gatewayLimits.values.closedLinks);
  /** Apart from those of devices, so that a flood of wrong tokens does not push these out. */
  readonly #ofStrangers = new Ring<LinkInfo>(gatewayLimits.values.closedLinks);
  /** Apart from the others, so that a flood of refused links does not push them out. */
  readonly #refusedLinks = new Ring<LinkInfo>(gatewayLimits.values.refusedLinks);
  /** In which order they ended: several may at one time. */
  readonly #order = new WeakMap<LinkInfo, number>();
  #ended = 0;

  constructor(log: Log, clock: Clock, taps: Taps) {
    this.#log = log;
    this.#taps = taps;
    this.#clock = clock;
  }

  /**
   * A message was refused; the link stays open. Counted each time, logged once for each link and code.
   * @param bytes of the message, where they are known
   * @param by how many messages were refused for this
   */
  refuse(listener: string, link: SessionLink, error: FairleadError, bytes?: Uint8Array, by = 1): void {
    add(this.refused, `${listener} ${error.code}`, by);
    if (link.data !== undefined)
      add(this.refusedOfProfiles, `${this.profiles.nameOf(link.data.device.profile)} ${error.code}`, by);
    this.#taps.refused(link, error, bytes);
    let notes = this.#notes.get(link);
    if (notes === undefined) {
      notes = { refusals: {}, last: '' };
      this.#notes.set(link, notes);
    }
    notes.last = error.message;
    if (bytes !== undefined) this.keep(link, error, bytes);
    const before = notes.refusals[error.code] ?? 0;
    notes.refusals[error.code] = before + by;
    if (before > 0) return;
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
    this.traffic.end(listener, link);
    if (link.data !== undefined)
      add(this.closedOfProfiles, `${this.profiles.nameOf(link.data.device.profile)} ${cause.code}`);
    this.#taps.closed(link, cause);
    const info = this.describe(listener, link, cause);
    this.#order.set(info, ++this.#ended);
    if (link.refused === true) this.#refusedLinks.push(info);
    else if (info.device === undefined) this.#ofStrangers.push(info);
    else this.#ofDevices.push(info);
    const { id, device, remote, code, bytesIn, bytesOut, refusals } = info;
    const level = cause.kind === 'closed' || cause.kind === 'network' ? 'info' : 'warn';
    this.#log[level](
      { link: id, device, remote, code, bytesIn, bytesOut, refusals },
      `link closed: ${cause.message}`,
    );
  }

  /** @param open links that are open @param profiles of the devices that are connected */
  counters(open: Parameters<TrafficCounters['list']>[0], profiles: Parameters<ProfileCounters['list']>[0]) {
    return {
      traffic: this.traffic.list(open),
      profiles: this.profiles.list(profiles),
      profileClosed: this.closedOfProfiles,
      profileRefusals: this.refusedOfProfiles,
      linksOpened: this.opened,
      linksClosed: this.closed,
      refusals: this.refused,
    };
  }

  /** Closed links, newest first. */
  remembered(): LinkInfo[] {
    const all = [...this.#ofDevices, ...this.#ofStrangers, ...this.#refusedLinks];
    return all.sort((a, b) => (this.#order.get(b) as number) - (this.#order.get(a) as number));
  }

  /** The newest closed links that are about a device. */
  traces(device: string): DeviceTraces {
    let closed: LinkInfo | undefined;
    let refused: LinkInfo | undefined;
    for (const info of this.#ofDevices) {
      if (info.device === device && REFUSED.test(info.code ?? '')) refused = info;
      else if (info.device === device) closed = info;
    }
    let unknownToken: LinkInfo | undefined;
    for (const info of this.#ofStrangers) if (info.code === 'AUTH_TOKEN_UNKNOWN') unknownToken = info;
    return { closed, refused, unknownToken };
  }

  find(id: string): LinkInfo | undefined {
    for (const ring of [this.#ofDevices, this.#ofStrangers, this.#refusedLinks])
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
  const device = cause?.details.device;
  return typeof device === 'string' ? device : undefined;
}

/** Adds one to a counter. */
export function add(counters: Map<string, number>, key: string, by = 1): void {
  counters.set(key, (counters.get(key) ?? 0) + by);
}
