/** What the gateway needs from other packages for downlinks, and how these reach the sessions of devices. */
import type { Device, DownlinkInput } from './ports.ts';

export interface DownlinkReceipt {
  readonly device: string;
  /** `queued`: handed to the link; `written`: the operating system took every byte; `acknowledged`: the device has answered. */
  readonly status: 'queued' | 'written' | 'acknowledged';
  readonly bytes: number;
}

export interface Downlink {
  /** Who it is for: the device that has the link, or a sub-device behind it. */
  readonly device: Device;
  readonly input: DownlinkInput;
  /** Milliseconds to wait for what `until` says; absent: the bytes are only queued. */
  readonly wait?: number | undefined;
  /**
   * `written` (the default): the operating system took every byte. `acknowledged`: the device has answered; rejects with
   * DOWNLINK_NOT_ACKNOWLEDGEABLE, before anything is sent, where an answer cannot be told. `settled`: acknowledged where an
   * answer can be told, else written.
   */
  readonly until?: 'written' | 'acknowledged' | 'settled' | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Called when the bytes are there and before the first of them leaves. When it rejects, nothing is sent.
   *
   * @param answered whether an answer can be told
   */
  readonly attempt?: ((answered: boolean) => Promise<void>) | undefined;
  /** Called when the operating system took every byte. */
  readonly written?: (() => void) | undefined;
}

export type DeliverDownlink = (downlink: Downlink) => Promise<DownlinkReceipt>;

/** Where downlinks come from: this process, another node. */
export interface DownlinkSource {
  /**
   * From now on downlinks for the device, and for those behind it, go to `deliver`; a newer epoch takes the place of an
   * older one. Returns what ends this.
   */
  attach(device: Device, epoch: number, deliver: DeliverDownlink): () => void;
}
