import type { FairleadError } from '@fairlead/core';
import { gatewayLimits } from '../limits.ts';
import type { Device, InboxEntry } from '../ports.ts';
import { withoutTokens } from '../token-bytes.ts';

const { inboxShownFrames, inboxShownBytes } = gatewayLimits.values;

/** One device in the inbox. */
export class InboxPlace {
  entry: InboxEntry;
  /** Bytes that its link holds. */
  held = 0;
  readonly #decision = Promise.withResolvers<Device>();

  constructor(entry: InboxEntry) {
    this.entry = entry;
    this.#decision.promise.catch(() => {}); // nobody waits for a device that is not connected
  }

  /** Resolves with the device when it was registered. Rejects when its link must end. */
  get decision(): Promise<Device> {
    return this.#decision.promise;
  }

  /** Notes a frame, to be shown. */
  keep(frame: Uint8Array): void {
    const { frames, bytes } = this.entry;
    const shown = frames.length < inboxShownFrames ? [withoutTokens(frame.subarray(0, inboxShownBytes))] : [];
    this.entry = {
      ...this.entry,
      bytes: bytes + frame.length,
      frames: [...frames, ...shown.map((head) => head.toString('hex'))],
    };
  }

  mention(now: number): void {
    this.entry = { ...this.entry, lastSeen: now, count: this.entry.count + 1 };
  }

  leave(): void {
    if (this.entry.connected) this.entry = { ...this.entry, connected: false };
  }

  admit(device: Device): void {
    this.#decision.resolve(device);
  }

  refuse(error: FairleadError): void {
    this.#decision.reject(error);
  }

  /** Whether the device that was registered is this one. */
  is({ type, parent, address, identity, profile }: Device): boolean {
    const { entry } = this;
    if (type === 'sub') return entry.parent === parent && entry.identity === address;
    const name = profile.name ?? profile.id;
    return entry.parent === undefined && entry.profile === name && entry.identity === identity;
  }
}
