import type { AttachedSession, Downlink, DownlinkReceipt } from '../downlink-ports.ts';
import type { Device } from '../ports.ts';
import type { DeviceSession } from '../session/session.ts';
import { type DeliveryPorts, deliver } from './delivery.ts';

/** A session as the sources of downlinks see it. */
export class DownlinkSession implements AttachedSession {
  readonly #session: DeviceSession;
  readonly #ports: DeliveryPorts;

  constructor(session: DeviceSession, ports: DeliveryPorts) {
    this.#session = session;
    this.#ports = ports;
  }

  get device(): Device {
    return this.#session.device;
  }

  get epoch(): number {
    return this.#session.epoch;
  }

  deliver(downlink: Downlink): Promise<DownlinkReceipt> {
    return deliver(this.#session, downlink, this.#ports);
  }
}
