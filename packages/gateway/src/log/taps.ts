/**
 * Live views of links: bytes as they come and go, the frames and messages that they yield. A link that nobody watches has
 * no tap, and costs nothing.
 */
import type { Clock, FairleadError } from '@fairlead/core';
import type { LinkObserver } from '@fairlead/tcp';
import type { Tap } from '../api.ts';
import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import type { Uplink } from '../ports.ts';
import type { SessionLink } from '../session/session.ts';
import type { LinkWatch } from '../watch-port.ts';

const { taps, tapHead, tapHeads } = gatewayLimits.values;

export class Taps {
  readonly #clock: Clock;
  /** By the name of a device, the id of a link, or that of an entry of the inbox. */
  readonly #watches = new Map<string, Set<LinkWatch>>();
  readonly #links = new Map<SessionLink, LinkTap>();
  #open = 0;
  /** Watches that wait for links to come. */
  #waiting = 0;
  /** Links whose device is not known yet, and whose bytes are held. */
  #heads = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Tells `watch` all that happens on the links of the target, from now on. Throws TAPS_FULL.
   *
   * @param links the open links of the target
   * @param comes whether links of the target may come: then what they send until their device is known belongs to it
   */
  open(target: string, watch: LinkWatch, links: readonly SessionLink[], comes: boolean): Tap {
    if (this.#open >= taps) throw gatewayErrors.error('TAPS_FULL', { limit: taps });
    this.#open++;
    if (comes) this.#waiting++;
    const watches = this.#watches.get(target) ?? new Set();
    this.#watches.set(target, watches.add(watch));
    for (const link of links) this.#attach(link, target);
    let open = true;
    const close = (): void => {
      if (!open) return;
      open = false;
      watches.delete(watch);
      this.#open--;
      if (comes) this.#waiting--;
      if (watches.size === 0) this.#watches.delete(target);
      for (const link of this.#links.keys()) this.#attach(link);
    };
    return { close, [Symbol.dispose]: close };
  }

  /** The link was opened. */
  opened(link: SessionLink): void {
    if (this.#waiting === 0 || this.#heads >= tapHeads) return;
    const tap = new LinkTap(link, this.#clock);
    tap.head = { opened: this.#clock.now(), bytes: 0, pieces: [] };
    this.#heads++;
    this.#links.set(link, tap);
    link.observe(tap);
  }

  /**
   * The device of the link is known.
   *
   * @param entry id of its entry in the inbox, where it waits
   */
  known(link: SessionLink, entry?: string): void {
    if (this.#watches.size === 0 && this.#links.size === 0) return;
    this.#attach(link, entry);
    if (link.data !== undefined) this.#dropHead(this.#links.get(link));
  }

  #attach(link: SessionLink, name?: string): void {
    let tap = this.#links.get(link);
    const names = new Set(tap?.names ?? [link.id]);
    if (name !== undefined) names.add(name);
    const device: string | undefined = link.data?.device.name;
    if (device !== undefined) names.add(device);
    const watches = [...names].flatMap((each) => [...(this.#watches.get(each) ?? [])]);
    if (watches.length === 0 && tap?.head === undefined) {
      if (tap === undefined) return;
      tap = undefined;
      this.#links.delete(link);
    } else {
      tap ??= new LinkTap(link, this.#clock);
      tap.names = names;
      tap.watchedBy(watches);
      this.#links.set(link, tap);
    }
    link.observe(tap);
    if (link.data !== undefined) link.data.tap = tap;
  }

  /** What came before the device was known has been told. A link that nobody watches has no tap any more. */
  #dropHead(tap: LinkTap | undefined): void {
    if (tap?.head === undefined) return;
    tap.head = undefined;
    this.#heads--;
    this.#attach(tap.link);
  }

  refused(link: SessionLink, error: FairleadError, bytes: Uint8Array | undefined): void {
    this.#links.get(link)?.refused(error, bytes);
  }

  closed(link: SessionLink, cause: FairleadError): void {
    const tap = this.#links.get(link);
    if (tap === undefined) return;
    tap.closed(cause);
    if (tap.head !== undefined) this.#heads--;
    this.#links.delete(link);
  }
}

/** Bytes of a link that came before its device was known. */
interface Head {
  /** Unix milliseconds. */
  readonly opened: number;
  bytes: number;
  readonly pieces: { readonly sent: boolean; readonly bytes: Uint8Array; readonly time: number }[];
}

/** What is seen of one link. */
class LinkTap implements LinkObserver {
  readonly link: SessionLink;
  names: ReadonlySet<string>;
  head: Head | undefined;
  readonly #clock: Clock;
  #watches: readonly LinkWatch[] = [];

  constructor(link: SessionLink, clock: Clock) {
    this.link = link;
    this.names = new Set([link.id]);
    this.#clock = clock;
  }

  /** Tells those that are new what they have missed. */
  watchedBy(watches: readonly LinkWatch[]): void {
    const { head, link } = this;
    const fresh = head === undefined ? [] : watches.filter((watch) => !this.#watches.includes(watch));
    this.#watches = watches;
    for (const watch of fresh) {
      watch.opened?.(link, (head as Head).opened);
      for (const { sent, bytes, time } of (head as Head).pieces)
        watch[sent ? 'sent' : 'received'](link, bytes, time);
    }
  }

  received(chunk: Uint8Array): void {
    const time = this.#clock.now();
    if (this.head !== undefined) this.#hold(false, chunk, time);
    for (const watch of this.#watches) watch.received(this.link, chunk, time);
  }

  sent(pieces: readonly Uint8Array[]): void {
    const time = this.#clock.now();
    for (const piece of pieces) {
      if (this.head !== undefined) this.#hold(true, piece, time);
      for (const watch of this.#watches) watch.sent(this.link, piece, time);
    }
  }

  frame(payload: Uint8Array): void {
    const time = this.#clock.now();
    for (const watch of this.#watches) watch.frame(this.link, payload, time);
  }

  message(uplink: Uplink): void {
    const time = this.#clock.now();
    for (const watch of this.#watches) watch.message(this.link, uplink, time);
  }

  refused(error: FairleadError, bytes: Uint8Array | undefined): void {
    const time = this.#clock.now();
    for (const watch of this.#watches) watch.refused(this.link, error, bytes, time);
  }

  closed(cause: FairleadError): void {
    const time = this.#clock.now();
    for (const watch of this.#watches) watch.closed(this.link, cause, time);
  }

  #hold(sent: boolean, bytes: Uint8Array, time: number): void {
    const head = this.head as Head;
    if (head.bytes + bytes.length > tapHead) return;
    head.bytes += bytes.length;
    head.pieces.push({ sent, bytes: Uint8Array.from(bytes), time });
  }
}
