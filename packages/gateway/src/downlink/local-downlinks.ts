import { gatewayErrors } from '../catalogue.ts';
import type { AttachedSession, Downlink, DownlinkReceipt } from '../downlink-ports.ts';
import type { Device } from '../ports.ts';

/** The sessions of this process that take downlinks, by the id of the device that has the link. */
export class LocalDownlinks {
  readonly #attached = new Map<string, AttachedSession>();

  /** Returns the session that it replaces, or itself where the device has a newer one. */
  attach(session: AttachedSession): AttachedSession | undefined {
    const { id } = session.device;
    const current = this.#attached.get(id);
    if (current !== undefined && current.epoch > session.epoch) return session;
    this.#attached.set(id, session);
    return current;
  }

  /** false: the device has another session, or none. */
  detach(session: AttachedSession): boolean {
    const { id } = session.device;
    return this.#attached.get(id) === session && this.#attached.delete(id);
  }

  /** @param id of the device that has the link */
  of(id: string): AttachedSession | undefined {
    return this.#attached.get(id);
  }

  /**
   * @param owner the device that has the link: for a sub-device its gateway; absent: there is none
   * Rejects with DEVICE_OFFLINE, or as the session's delivery does.
   */
  async deliver(owner: Device | undefined, downlink: Downlink): Promise<DownlinkReceipt> {
    const session = owner === undefined ? undefined : this.#attached.get(owner.id);
    if (session === undefined) throw gatewayErrors.error('DEVICE_OFFLINE', { device: downlink.device.name });
    return session.deliver(downlink);
  }
}
