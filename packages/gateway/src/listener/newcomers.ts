import type { Clock } from '@fairlead/core';
import type { UnknownPolicy } from '../api.ts';
import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import type { CreateDevice, Device, UnknownDevice } from '../ports.ts';
import type { DeviceLink } from '../session/session.ts';
import type { Introduction, KeptFrames } from './introduction.ts';

const MINUTE = 60_000;

interface NewcomerPorts {
  /** Absent: no listener creates devices. */
  readonly create: CreateDevice | undefined;
  readonly clock: Clock;
}

/** What becomes of devices that nobody registered. */
export class Newcomers {
  readonly #ports: NewcomerPorts;
  #minute = Number.NEGATIVE_INFINITY;
  #created = 0;

  constructor(ports: NewcomerPorts) {
    this.#ports = ports;
  }

  /**
   * Resolves with the device as soon as there is one, and with what it sent meanwhile. Rejects with DEVICES_CREATED_TOO_FAST,
   * IDENTITY_UNKNOWN, or the error of the creation.
   */
  async take(
    _link: DeviceLink,
    unknown: UnknownDevice,
    policy: UnknownPolicy,
    _introduction: Introduction,
  ): Promise<{ device: Device; later: readonly KeptFrames[] }> {
    if (policy === 'create') return { device: await this.#create(unknown), later: [] };
    throw gatewayErrors.error('IDENTITY_UNKNOWN', { ...unknown });
  }

  #create(unknown: UnknownDevice): Promise<Device> {
    const { create, clock } = this.#ports;
    if (create === undefined) throw gatewayErrors.error('IDENTITY_UNKNOWN', { ...unknown });
    const now = clock.monotonic();
    if (now - this.#minute >= MINUTE) {
      this.#minute = now;
      this.#created = 0;
    }
    const limit = gatewayLimits.values.created;
    if (this.#created >= limit)
      throw gatewayErrors.error('DEVICES_CREATED_TOO_FAST', { limit, identity: unknown.identity });
    this.#created++;
    return create(unknown);
  }
}
