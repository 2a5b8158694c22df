import { asFairleadError, type Clock, type FairleadError, type Log } from '@fairlead/core';
import type { Reader } from '@fairlead/tcp';
import type { Inbox } from '../admission/inbox.ts';
import type { InboxPlace } from '../admission/inbox-place.ts';
import type { UnknownPolicy } from '../api.ts';
import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import type { CreateDevice, Device, UnknownDevice } from '../ports.ts';
import type { DeviceLink, DeviceSession } from '../session/session.ts';
import type { KeptFrames } from './introduction.ts';

const MINUTE = 60_000;
/** Addresses that the inbox takes: they can be shown and typed. */
const ADDRESS = /^[\x21-\x7e]{1,128}$/;
const { inboxLinkFrames, inboxLinkBytes, created } = gatewayLimits.values;

interface NewcomerPorts {
  readonly inbox: Inbox;
  /** Absent: no listener creates devices. */
  readonly create: CreateDevice | undefined;
  /** Is told on which link the device of which entry waits. */
  readonly taps: { known(link: DeviceLink, entry: string): void };
  readonly clock: Clock;
  readonly log: Log;
}

/** What becomes of devices that nobody registered. */
export class Newcomers {
  readonly #ports: NewcomerPorts;
  readonly #waiting = new Map<DeviceLink, InboxPlace>();
  /** Sub-devices that are being created. */
  readonly #creating = new Set<string>();
  #minute = Number.NEGATIVE_INFINITY;
  #created = 0;

  constructor(ports: NewcomerPorts) {
    this.#ports = ports;
  }

  /**
   * Resolves with the device as soon as there is one. Rejects with DEVICES_CREATED_TOO_FAST, IDENTITY_UNKNOWN, INBOX_*, the
   * error of the creation, or the cause of the link's end.
   *
   * @param kept what the device sent; what it sends while it waits is added
   */
  take(link: DeviceLink, unknown: UnknownDevice, policy: UnknownPolicy, kept: KeptFrames[]): Promise<Device> {
    return policy === 'inbox' ? this.#wait(link, unknown, kept) : this.create(unknown);
  }

  /** Registers the device. Rejects as {@link take} does. */
  async create(unknown: UnknownDevice): Promise<Device> {
    const { create, clock } = this.#ports;
    if (create === undefined) throw gatewayErrors.error('IDENTITY_UNKNOWN', { ...unknown });
    const now = clock.monotonic();
    if (now - this.#minute >= MINUTE) {
      this.#minute = now;
      this.#created = 0;
    }
    if (this.#created >= created)
      throw gatewayErrors.error('DEVICES_CREATED_TOO_FAST', { limit: created, identity: unknown.identity });
    this.#created++;
    return create(unknown);
  }

  /** The first bytes of the link fit no protocol of its listener, and it is closed: operators see the bytes. */
  undetected({ remote }: DeviceLink, listener: string, { details }: FairleadError): void {
    this.#ports.inbox.undetected(listener, remote, Buffer.from(String(details.hex), 'hex'));
  }

  /** A gateway device named a sub-device that nobody registered. Its message is refused; what comes next depends on the gateway. */
  subDevice({ device, listener, link }: DeviceSession, address: string, payload: Uint8Array): void {
    const { unknownSubDevices = 'refuse', name, profile } = device;
    if (unknownSubDevices === 'refuse' || !ADDRESS.test(address)) return;
    const { remote } = link;
    const unknown = { listener, profile: profile.name ?? '', identity: address, remote, parent: name };
    if (unknownSubDevices === 'inbox') this.#ports.inbox.mention(unknown, payload);
    else if (!this.#creating.has(`${name} ${address}`))
      void this.#createSubDevice(`${name} ${address}`, unknown);
  }

  async #createSubDevice(key: string, unknown: UnknownDevice): Promise<void> {
    const { log } = this.#ports;
    this.#creating.add(key);
    try {
      const { name } = await this.create(unknown);
      log.info({ device: name, parent: unknown.parent }, 'sub-device created');
    } catch (error) {
      const { code, message } = asFairleadError(error);
      log.warn({ parent: unknown.parent, code }, `sub-device not created: ${message}`);
    } finally {
      this.#creating.delete(key);
    }
  }

  /** The link on which the device of an entry waits. */
  waiting(entry: string): DeviceLink | undefined {
    for (const [link, place] of this.#waiting) if (place.entry.id === entry) return link;
    return undefined;
  }

  /** The link of a device that may be waiting has ended. */
  closed(link: DeviceLink, cause: FairleadError): void {
    this.#waiting.get(link)?.refuse(cause);
  }

  async #wait(link: DeviceLink, unknown: UnknownDevice, kept: KeptFrames[]): Promise<Device> {
    const { inbox, clock } = this.#ports;
    const place = inbox.enter(unknown, link.id);
    this.#waiting.set(link, place);
    this.#ports.taps.known(link, place.entry.id);
    let frames = 0;
    let bytes = 0;
    const keep = (frame: unknown): void => {
      const copy = Buffer.from(frame as Uint8Array);
      frames++;
      bytes += copy.length;
      kept.push({ frames: [copy], time: clock.now() });
      inbox.keep(place, copy);
    };
    const readOn = (): void => {
      while (frames < inboxLinkFrames && bytes < inboxLinkBytes) {
        const frame = link.take(reader);
        if (frame === undefined) return;
        keep(frame);
      }
    };
    const reader: Reader<unknown> = {
      frame(frame) {
        keep(frame);
        readOn();
      },
      failed: (cause) => place.refuse(cause),
    };
    for (const { frames: earlier } of kept)
      for (const frame of earlier) {
        bytes += (frame as Uint8Array).length;
        inbox.keep(place, frame as Uint8Array);
      }
    readOn();
    inbox.note(place);
    try {
      return await place.decision;
    } finally {
      this.#waiting.delete(link);
      inbox.left(place);
    }
  }
}
