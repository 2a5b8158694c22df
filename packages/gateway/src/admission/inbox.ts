/**
 * Devices that nobody registered. Those that are connected wait there with what they sent, until somebody registers them.
 *
 *     enter --> place --> admit (registered) | drop (an operator) | expire | make room
 *
 * Entries and bytes are limited. Beyond a limit the oldest entry of the source that has most of it goes: who floods the
 * inbox loses its own entries.
 */
import { createHash } from 'node:crypto';
import type { Clock, FairleadError, Timer } from '@fairlead/core';
import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import type { Device, InboxEntry, InboxStore, UnknownDevice } from '../ports.ts';
import { InboxPlace } from './inbox-place.ts';
import { sourceOf } from './source.ts';

const { inboxEntries, inboxBytes, inboxKeep, inboxHold, inboxSweep } = gatewayLimits.values;

interface InboxPorts {
  readonly store: InboxStore | undefined;
  readonly clock: Clock;
}

export class Inbox {
  readonly #store: InboxStore | undefined;
  readonly #clock: Clock;
  /** By id, oldest first. */
  readonly #places = new Map<string, InboxPlace>();
  /** By the source: its places, oldest first. */
  readonly #sources = new Map<string, Set<InboxPlace>>();
  #bytes = 0;
  #sweep: Timer | undefined;

  constructor({ store, clock }: InboxPorts) {
    this.#store = store;
    this.#clock = clock;
    const kept = [...(store?.list() ?? [])].sort((a, b) => a.lastSeen - b.lastSeen);
    for (const entry of kept) this.#add(new InboxPlace({ ...entry, connected: false }));
    this.#makeRoom();
  }

  /** Newest first. */
  list(): InboxEntry[] {
    return Array.from(this.#places.values(), (place) => place.entry).reverse();
  }

  get(id: string): InboxEntry | undefined {
    return this.#places.get(id)?.entry;
  }

  /**
   * An unknown device came. If it waits already, its older link ends with SESSION_REPLACED. The caller hands the entry to the
   * store ({@link note}) when it has added what the device sent.
   *
   * @param link the id of its link, if it waits there
   */
  enter(unknown: UnknownDevice, link?: string): InboxPlace {
    const id = idOf(unknown);
    const now = this.#clock.now();
    const earlier = this.#places.get(id);
    const place = new InboxPlace({
      ...unknown,
      id,
      firstSeen: earlier?.entry.firstSeen ?? now,
      lastSeen: now,
      count: (earlier?.entry.count ?? 0) + 1,
      bytes: 0,
      frames: [],
      connected: link !== undefined,
    });
    if (earlier !== undefined) {
      this.#remove(earlier);
      earlier.refuse(gatewayErrors.error('SESSION_REPLACED', { link: link ?? 'another link' }));
    }
    this.#add(place);
    this.#makeRoom(place);
    return place;
  }

  /** A message was of an unknown sub-device. */
  mention(unknown: UnknownDevice, payload: Uint8Array): void {
    const place = this.#places.get(idOf(unknown));
    if (place !== undefined) {
      place.mention(this.#clock.now());
      return;
    }
    const entered = this.enter(unknown);
    this.keep(entered, payload);
    this.note(entered);
  }

  /** The first bytes of a link fitted no protocol of its listener. One entry stands for all such links of an address. */
  undetected(listener: string, remote: string, head: Uint8Array): void {
    const place = this.enter({ listener, profile: '', identity: sourceOf({ remote }), remote });
    this.keep(place, head);
    this.note(place);
  }

  /** Hands the entry to the store, as it is now. */
  note(place: InboxPlace): void {
    if (this.#places.get(place.entry.id) === place) this.#store?.note(place.entry);
  }

  /** The waiting device sent a frame. */
  keep(place: InboxPlace, frame: Uint8Array): void {
    if (this.#places.get(place.entry.id) !== place) return;
    place.keep(frame);
    if (!place.entry.connected) return;
    place.held += frame.length;
    this.#bytes += frame.length;
    this.#makeRoom();
  }

  /** The link of the device has ended: its entry stays. */
  left(place: InboxPlace): void {
    if (this.#places.get(place.entry.id) !== place) return;
    this.#release(place);
    this.note(place);
  }

  /** An operator does not want the device. false: there is no such entry. */
  drop(id: string): boolean {
    const place = this.#places.get(id);
    if (place !== undefined) this.#end(place, gatewayErrors.error('INBOX_DROPPED'));
    return place !== undefined;
  }

  /** The device was registered. Returns whether it was waiting on a link. */
  admit(device: Device): boolean {
    let connected = false;
    for (const place of this.#places.values()) {
      if (!place.is(device)) continue;
      connected ||= place.entry.connected;
      this.#remove(place);
      this.#store?.drop(place.entry.id);
      place.admit(device);
    }
    return connected;
  }

  /** The gateway stops. Entries are kept by the store. */
  close(): void {
    this.#clock.clear(this.#sweep);
    this.#sweep = undefined;
    for (const place of this.#places.values()) if (place.entry.connected) this.left(place);
  }

  #add(place: InboxPlace): void {
    this.#places.set(place.entry.id, place);
    const source = sourceOf(place.entry);
    const places = this.#sources.get(source) ?? new Set();
    this.#sources.set(source, places.add(place));
    this.#bytes += place.held;
    this.#sweep ??= this.#clock.after(inboxSweep, () => this.#expire());
    this.#sweep.unref?.();
  }

  #remove(place: InboxPlace): void {
    this.#release(place);
    this.#places.delete(place.entry.id);
    const source = sourceOf(place.entry);
    const places = this.#sources.get(source);
    places?.delete(place);
    if (places?.size === 0) this.#sources.delete(source);
  }

  /** Its link is gone: nothing of what it sent is held any more. */
  #release(place: InboxPlace): void {
    this.#bytes -= place.held;
    place.held = 0;
    place.leave();
  }

  #end(place: InboxPlace, error: FairleadError): void {
    this.#remove(place);
    this.#store?.drop(place.entry.id);
    place.refuse(error);
  }

  /** @param newest stays, if others of its source can go */
  #makeRoom(newest?: InboxPlace): void {
    while (this.#places.size > inboxEntries) {
      const error = gatewayErrors.error('INBOX_FULL', { limit: inboxEntries, unit: 'entries' });
      this.#evict(() => 1, newest, error);
    }
    while (this.#bytes > inboxBytes) {
      const error = gatewayErrors.error('INBOX_FULL', { limit: inboxBytes, unit: 'bytes' });
      this.#evict(({ held }) => held, newest, error);
    }
  }

  /** The oldest entry of the source that weighs most goes. */
  #evict(weigh: (place: InboxPlace) => number, newest: InboxPlace | undefined, error: FairleadError): void {
    let noisiest: Iterable<InboxPlace> = [];
    let most = 0;
    for (const places of this.#sources.values()) {
      let weight = 0;
      for (const place of places) weight += weigh(place);
      if (weight <= most) continue;
      most = weight;
      noisiest = places;
    }
    let oldest = newest;
    for (const place of noisiest) {
      if (place === newest || weigh(place) === 0) continue;
      oldest = place;
      break;
    }
    if (oldest !== undefined) this.#end(oldest, error);
  }

  #expire(): void {
    this.#sweep = undefined;
    const now = this.#clock.now();
    for (const place of this.#places.values()) {
      const { lastSeen, connected } = place.entry;
      const expired = () => gatewayErrors.error('INBOX_EXPIRED', { limit: inboxHold });
      if (now - lastSeen >= inboxKeep) this.#end(place, expired());
      else if (connected && now - lastSeen >= inboxHold) {
        this.left(place);
        place.refuse(expired());
      }
    }
    if (this.#places.size > 0) this.#sweep = this.#clock.after(inboxSweep, () => this.#expire());
    this.#sweep?.unref?.();
  }
}

function idOf({ listener, profile, identity, parent = '' }: UnknownDevice): string {
  const text = JSON.stringify(parent === '' ? [listener, profile, identity] : [parent, identity]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
