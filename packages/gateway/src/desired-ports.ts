/** The state that operators want a device to have: what the gateway needs from other packages for it, and what it offers. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** The desired state of a device, as it is stored. Times are Unix milliseconds. */
export interface StoredDesired {
  /** JSON text of an object; `{}`: nothing is desired. */
  readonly json: string;
  /** Counts the changes. It never starts again while the device exists. */
  readonly version: number;
  /** When it was last changed. */
  readonly since: number;
  /** Downlinks that were made for it. */
  readonly sends: number;
  readonly sentAt?: number | undefined;
  /** Id of the last of them. */
  readonly downlink?: string | undefined;
}

/** Stores the desired states of devices over restarts. */
export interface DesiredStore {
  /** Ids of the devices of which something is desired. */
  devices(): readonly string[];
  get(deviceId: string): StoredDesired | undefined;
  /**
   * Changes the state of a device in one step: nobody else changes it between what `change` is given and what it returns
   * (undefined: nothing changes). Resolves with the state that is stored then, when it is on disk; undefined: there is none, or
   * no such device. Rejects with what `change` throws, or with an error of the storage, and has changed nothing.
   */
  change(
    deviceId: string,
    change: (current: StoredDesired | undefined) => StoredDesired | undefined,
  ): Promise<StoredDesired | undefined>;
}

/** The latest value of each key that devices have reported. */
export interface ReportedValues {
  /** @param device its name */
  get(
    device: string,
  ):
    | { readonly values: Readonly<Record<string, { readonly value: unknown; readonly time: number }>> }
    | undefined;
}

/** The desired state of a device, beside what the device reports. Times are Unix milliseconds. */
export interface DesiredState {
  readonly device: string;
  /** 0: there never was one. */
  readonly version: number;
  /**
   * `none`: nothing is desired. `reported`: the device has reported all of it. `pending`: it is sent, now or when the device
   * connects. `given-up`: it was sent as often as the limits say; it is sent again when the device connects, or after a change.
   */
  readonly state: 'none' | 'reported' | 'pending' | 'given-up';
  readonly desired: JsonObject;
  /** What the device reports of it: the latest value of each key. */
  readonly reported: JsonObject;
  /** The part of `desired` that the device does not report. */
  readonly differs: JsonObject;
  readonly since?: number | undefined;
  readonly lastSent?: number | undefined;
  /** Id of the last downlink that was made for it. */
  readonly downlink?: string | undefined;
}

/** `merge`: a JSON merge patch (RFC 7396), in which null removes a key. `replace`: the whole state. */
export type DesiredChange = 'merge' | 'replace';

export interface DesiredControl {
  /** Throws DOWNLINK_DEVICE_UNKNOWN. */
  get(device: string): DesiredState;
  /**
   * Changes the desired state; `replace` with an empty object clears it. It is sent to the device until the device reports it.
   * Rejects with DOWNLINK_DEVICE_UNKNOWN, DESIRED_INVALID, DESIRED_CHANGED, or when the storage fails; then nothing has changed.
   *
   * @param version only if the present state has this version
   */
  change(device: string, how: DesiredChange, values: unknown, version?: number): Promise<DesiredState>;
}
