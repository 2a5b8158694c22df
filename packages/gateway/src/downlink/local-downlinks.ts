import { gatewayErrors } from '../catalogue.ts';
import type { DeliverDownlink, Downlink, DownlinkReceipt, DownlinkSource } from '../downlink-ports.ts';
import type { Device } from '../ports.ts';

/** Downlinks that arrive in this process, for the sessions of this process. */
export class LocalDownlinks implements DownlinkSource {
  /** By the id of the device that has the link. */
  readonly #attached = new Map<string, { readonly epoch: number; readonly deliver: DeliverDownlink }>();

  attach({ id }: Device, epoch: number, deliver: DeliverDownlink): () => void {
    const attached = { epoch, deliver };
    const current = this.#attached.get(id);
    if (current === undefined || current.epoch <= epoch) this.#attached.set(id, attached);
    return () => {
      if (this.#attached.get(id) === attached) this.#attached.delete(id);
    };
  }

  /** @param id of the device that has the link */
  has(id: string): boolean {
    return this.#attached.has(id);
  }

  /**
   * @param owner the device that has the link: for a sub-device its gateway; absent: there is none
   * Rejects with DEVICE_OFFLINE, or as the session's delivery does.
   */
  async deliver(owner: Device | undefined, downlink: Downlink): Promise<DownlinkReceipt> {
    const attached = owner === undefined ? undefined : this.#attached.get(owner.id);
    if (attached === undefined) throw gatewayErrors.error('DEVICE_OFFLINE', { device: downlink.device.name });
    return attached.deliver(downlink);
  }
}
