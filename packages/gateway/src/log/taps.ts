/**
 * Live views of links: bytes as they come and go, the frames and messages that they yield. A link that nobody watches has
 * no tap, and costs nothing.
 */
import type { Clock, FairleadError } from '@fairlead/core';
import type { LinkObserver } from '@fairlead/tcp';
import type { Tap, TapEvent, TapObserver } from '../api.ts';
import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import type { Uplink } from '../ports.ts';
import type { SessionLink } from '../session/session.ts';
import { withoutTokens } from '../token-bytes.ts';

const { taps, tapBytes } = gatewayLimits.values;

export class Taps {
  readonly #clock: Clock;
  /** By the device's name or the link's id. */
  readonly #observers = new Map<string, Set<TapObserver>>();
  readonly #links = new Map<SessionLink, LinkTap>();
  #open = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Calls `observe` with all that happens on the links of the target, from now on. Throws TAPS_FULL.
   *
   * @param target a device's name or a link's id
   * @param links the open links of the target
   */
  open(target: string, observe: TapObserver, links: readonly SessionLink[]): Tap {
    if (this.#open >= taps) throw gatewayErrors.error('TAPS_FULL', { limit: taps });
    this.#open++;
    const observer: TapObserver = (event) => observe(event);
    const observers = this.#observers.get(target) ?? new Set();
    this.#observers.set(target, observers.add(observer));
    for (const link of links) this.attach(link);
    const close = (): void => {
      if (!observers.delete(observer)) return;
      this.#open--;
      if (observers.size === 0) this.#observers.delete(target);
      for (const link of this.#links.keys()) this.attach(link);
    };
    return { close, [Symbol.dispose]: close };
  }

  /** The link was opened, its device is known, or a tap was opened or closed. */
  attach(link: SessionLink): void {
    if (this.#observers.size === 0 && this.#links.size === 0) return;
    const device: string | undefined = link.data?.device.name;
    const ofLink = this.#observers.get(link.id);
    const ofDevice = device === undefined ? undefined : this.#observers.get(device);
    let tap = this.#links.get(link);
    if (ofLink === undefined && ofDevice === undefined) {
      if (tap === undefined) return;
      tap = undefined;
      this.#links.delete(link);
    } else {
      tap ??= new LinkTap(link, this.#clock);
      tap.observers = [...(ofLink ?? []), ...(ofDevice ?? [])];
      this.#links.set(link, tap);
    }
    link.observe(tap);
    if (link.data !== undefined) link.data.tap = tap;
  }

  refused(link: SessionLink, error: FairleadError, bytes: Uint8Array | undefined): void {
    this.#links.get(link)?.refused(error, bytes);
  }

  closed(link: SessionLink, cause: FairleadError): void {
    this.#links.get(link)?.closed(cause);
    this.#links.delete(link);
  }
}

/** What is seen of one link. */
class LinkTap implements LinkObserver {
  observers: readonly TapObserver[] = [];
  readonly #link: SessionLink;
  readonly #clock: Clock;

  constructor(link: SessionLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  received(chunk: Uint8Array): void {
    this.#tell({ what: 'received', ...shown(chunk) });
  }

  sent(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.#tell({ what: 'sent', ...shown(piece) });
  }

  frame(payload: Uint8Array): void {
    this.#tell({ what: 'frame', ...shown(payload) });
  }

  message({ device, kind, time, payload }: Uplink): void {
    const measured = new Date(time).toISOString();
    const { size, hex } = shown(payload);
    const values = kind === 'raw' || payload.length > tapBytes ? undefined : JSON.parse(payload.toString());
    this.#tell({
      what: 'message',
      of: device.name,
      kind,
      measured,
      size,
      ...(values === undefined ? { hex } : { values }),
    });
  }

  refused({ code, message }: FairleadError, bytes: Uint8Array | undefined): void {
    this.#tell({ what: 'refused', code, reason: message, ...(bytes && shown(bytes)) });
  }

  closed({ code, message }: FairleadError): void {
    this.#tell({ what: 'closed', code, reason: message });
  }

  #tell(seen: Omit<TapEvent, 'time' | 'link' | 'device'>): void {
    const { id, data } = this.#link;
    const event: TapEvent = { time: this.#clock.now(), link: id, device: data?.device.name, ...seen };
    for (const observe of this.observers) observe(event);
  }
}

function shown(bytes: Uint8Array): { size: number; hex: string } {
  return { size: bytes.length, hex: withoutTokens(bytes.subarray(0, tapBytes)).toString('hex') };
}
