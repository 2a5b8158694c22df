/** What the preset needs from other packages, which fit these shapes; only the server brings them together. */

/** A device of the service. */
export interface FleetDevice {
  readonly name: string;
  readonly label?: string | undefined;
  readonly protocol: string;
  readonly inboundBuffer: number;
  readonly outboundBuffer: number;
}

/** The devices of the service: its store. */
export interface Fleet<D extends FleetDevice> {
  byToken(token: string): D | undefined;
  byName(name: string): D | undefined;
  add(definition: {
    readonly name: string;
    readonly label: string;
    readonly type: 'standard';
    readonly protocol: string;
    readonly inboundBuffer: number;
    readonly outboundBuffer: number;
  }): { readonly device: D };
  edit(name: string, patch: { readonly inboundBuffer: number; readonly outboundBuffer: number }): D;
  remove(name: string): unknown;
}

/** The open links of devices: the gateway. */
export interface Links {
  /** A device was removed or may no longer be connected: its link ends. */
  forget(device: string): void;
  /** Settings of a device were changed. */
  deviceChanged(device: string): Promise<void>;
  /** @param input `bytes` are written as they are, unless the device has a script */
  send(
    device: string,
    input: { readonly kind: 'attributes'; readonly values: unknown; readonly bytes: Uint8Array },
  ): Promise<unknown>;
}
