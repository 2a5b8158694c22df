import type { JsonKeys } from '@fairlead/core';
import type { Device, Origin, Uplink, UplinkKind } from '../ports.ts';
import type { DeviceSession } from '../session/session.ts';

/**
 * A message of a session: one object. Its origin becomes another one only where somebody asks for it. The fields are only
 * declared: otherwise each would be written twice for each message.
 */
export class SessionUplink implements Uplink {
  declare readonly device: Device;
  declare readonly kind: UplinkKind;
  declare readonly time: number;
  declare readonly payload: Uint8Array;
  declare readonly keys: JsonKeys | undefined;
  declare private readonly sender: string;
  declare private readonly epoch: number;
  declare private readonly seq: number;

  constructor(
    session: DeviceSession,
    device: Device,
    kind: UplinkKind,
    payload: Uint8Array,
    time: number,
    keys?: JsonKeys,
  ) {
    this.device = device;
    this.kind = kind;
    this.time = time;
    this.payload = payload;
    this.keys = keys;
    this.sender = session.device.id;
    this.epoch = session.epoch;
    this.seq = session.nextSeq();
  }

  get origin(): Origin {
    return { device: this.sender, epoch: this.epoch, seq: this.seq };
  }
}
