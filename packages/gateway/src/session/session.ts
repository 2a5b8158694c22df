import type { Codec, Session } from '@fairlead/tcp';
import type { Device, Origin, Script, Uplink } from '../ports.ts';
import type { Identity } from '../protocol/identity.ts';
import type { DeviceProtocol } from '../protocol/protocol.ts';
import type { DeviceStates } from './device-states.ts';
import type { Replacements } from './flapping.ts';
import { ScriptCalls } from './script-calls.ts';

/** The link of a device. Only its protocol knows the types of frames and messages. */
export type DeviceLink = Session<unknown, unknown, DeviceSession>;

/** What is told of a session that somebody watches. */
interface SessionTap {
  frame(payload: Uint8Array): void;
  message(uplink: Uplink): void;
}

/** The fields with which a session begins. */
export type DeviceSessionFields = Pick<
  DeviceSession,
  | 'device'
  | 'identity'
  | 'link'
  | 'listener'
  | 'protocol'
  | 'epoch'
  | 'since'
  | 'codec'
  | 'uplinkScript'
  | 'downlinkScript'
> & {
  /** State that scripts have left for the link, as JSON text. */
  readonly state: string | undefined;
};

/** A device that is connected: its link and all that its messages need. */
export class DeviceSession {
  /** As it is now: changes of its settings take hold on the link. */
  device: Device;
  /** What the device said it is when it connected. */
  readonly identity: Identity;
  readonly link: DeviceLink;
  /** Name of the listener. */
  readonly listener: string;
  readonly protocol: DeviceProtocol;
  /** Of the session registry: of two sessions of a device the one with the higher epoch is the newer. */
  readonly epoch: number;
  /** Unix milliseconds. */
  readonly since: number;
  /** What the link speaks now. */
  readonly codec: Codec<unknown>;
  uplinkScript: Script | undefined;
  downlinkScript: Script | undefined;
  readonly calls: ScriptCalls;
  /** Where somebody watches the link. */
  tap: SessionTap | undefined;
  /** Shared by the sessions of one device that replaced each other. */
  replacements: Replacements | undefined;
  /** Detaches the session from the sources of downlinks. */
  detach: () => void = () => {};
  /** Batches that are in the sandbox or wait for the sink. */
  working = 0;
  /** The end of the last of them. */
  tail: Promise<void> | undefined;
  #sequence = 0;

  constructor(fields: DeviceSessionFields, states: DeviceStates) {
    this.device = fields.device;
    this.identity = fields.identity;
    this.link = fields.link;
    this.listener = fields.listener;
    this.protocol = fields.protocol;
    this.epoch = fields.epoch;
    this.since = fields.since;
    this.codec = fields.codec;
    this.uplinkScript = fields.uplinkScript;
    this.downlinkScript = fields.downlinkScript;
    this.calls = new ScriptCalls(this, states, fields.state);
  }

  /** From the next frame on the device is this one. */
  renew(device: Device, scripts: Pick<DeviceSession, 'uplinkScript' | 'downlinkScript'>): void {
    this.device = device;
    this.uplinkScript = scripts.uplinkScript;
    this.downlinkScript = scripts.downlinkScript;
  }

  /** The origin of the session's next message. */
  nextOrigin(): Origin {
    return { device: this.device.id, epoch: this.epoch, seq: ++this.#sequence };
  }
}
