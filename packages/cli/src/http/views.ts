/** What the service's answers hold, as far as the commands show it. Times are RFC 3339 in UTC. */

export interface DeviceView {
  readonly name: string;
  readonly label?: string;
  readonly type: string;
  readonly protocol: string;
  readonly parent?: string;
  readonly address?: string;
  readonly profile?: string;
  readonly framing?: string;
  readonly status: string;
  readonly since?: string;
  readonly createdAt?: string;
}

export interface LatestValue {
  readonly value: unknown;
  readonly time: string;
}

export interface DeviceDetails extends DeviceView {
  readonly link?: string;
  /** By name. */
  readonly values?: Readonly<Record<string, LatestValue>>;
}

export interface DeviceAdded {
  readonly name: string;
  readonly token?: string;
  readonly parent?: string;
  readonly address?: string;
}

export interface ImportedLine {
  readonly line: number;
  readonly name?: string;
  readonly token?: string;
  /** The device was there before, as the line says. */
  readonly existing?: boolean;
  readonly code?: string;
  readonly message?: string;
}

export interface Receipt {
  readonly device: string;
  readonly status: 'queued' | 'written';
  readonly bytes: number;
}

/** A message that was refused while its link stayed open. */
export interface RefusedFrameView {
  readonly time: string;
  readonly code: string;
  readonly reason: string;
  /** Bytes of the whole message. */
  readonly size: number;
  /** Its first bytes. */
  readonly hex: string;
}

export interface LinkView {
  readonly id: string;
  readonly listener: string;
  readonly remote: string;
  readonly device?: string;
  readonly state: string;
  readonly openedAt: string;
  readonly closedAt?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly framesIn: number;
  readonly framesOut: number;
  readonly lastReceivedAt?: string;
  readonly refusals?: Readonly<Record<string, number>>;
  readonly lastRefusal?: string;
  /** Oldest first; a service of an earlier version has none. */
  readonly refusedFrames?: readonly RefusedFrameView[];
  readonly offending?: string;
}

export interface ListenerView {
  readonly name: string;
  readonly protocol: 'official' | 'custom';
  /** As bound: `127.0.0.1:7653`. */
  readonly address: string;
  readonly sessions: number;
}

/** One message of the live stream. */
export interface Message {
  readonly time: string;
  readonly device: string;
  readonly kind: 'attributes' | 'events' | 'raw' | 'status';
  readonly values: unknown;
}
