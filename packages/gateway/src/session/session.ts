import type { Codec, Session } from '@fairlead/tcp';
import type { Device, Script } from '../ports.ts';
import type { DeviceFrame, DeviceMessage } from '../protocol/frames.ts';
import type { Topics } from '../topics.ts';
import type { Replacements } from './flapping.ts';

export type DeviceLink = Session<DeviceFrame, DeviceMessage, DeviceSession>;

/** A device that is connected: its link and all that its messages need. */
export class DeviceSession {
  readonly device: Device;
  readonly link: DeviceLink;
  readonly listener: string;
  /** Counts the sessions of the gateway: the higher is the newer. */
  readonly epoch: number;
  /** Unix milliseconds. */
  readonly since: number;
  /** The device's own framing. */
  readonly codec: Codec<DeviceFrame, DeviceMessage>;
  readonly uplinkScript: Script | undefined;
  readonly downlinkScript: Script | undefined;
  /** Shared by the sessions of one device that replaced each other. */
  replacements: Replacements | undefined;
  /** Batches that are with the sandbox or wait for the bus. */
  working = 0;
  /** The end of the last of them. */
  tail: Promise<void> | undefined;
  #attributes: string | undefined;
  #events: string | undefined;

  constructor(fields: Omit<DeviceSession, 'working' | 'tail' | 'topic' | 'replacements'>) {
    this.device = fields.device;
    this.link = fields.link;
    this.listener = fields.listener;
    this.epoch = fields.epoch;
    this.since = fields.since;
    this.codec = fields.codec;
    this.uplinkScript = fields.uplinkScript;
    this.downlinkScript = fields.downlinkScript;
  }

  /** The device's own topic for a kind of message; made once. */
  topic(kind: 'attributes' | 'events', topics: Topics): string {
    if (kind === 'attributes') {
      this.#attributes ??= topics.attributes.of(this.device.name);
      return this.#attributes;
    }
    this.#events ??= topics.events.of(this.device.name);
    return this.#events;
  }
}
