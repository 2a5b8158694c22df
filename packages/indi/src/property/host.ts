import type { Clock } from '@fairlead/core';
import type { DeviceLink } from './device-link.ts';
import type { DeviceLog } from './log.ts';
import type { AnyProperty, PropertyHost, PropertyMaker } from './property.ts';
import type { StandardProperties } from './standard.ts';

/** A device as its parts and connections see it; implemented by `DefaultDevice`. */
export interface DeviceHost extends PropertyHost, PropertyMaker {
  readonly log: DeviceLog;
  readonly clock: Clock;
  readonly random: () => number;
  readonly environment: NodeJS.ProcessEnv;
  /** The properties that every device has. */
  readonly standard: StandardProperties;
  readonly properties: readonly AnyProperty[];
  /** Whether a client has connected it and not disconnected it. Its link may be lost for a while. */
  readonly connected: boolean;
  readonly simulation: boolean;
  readonly debug: boolean;
  /** Milliseconds. */
  readonly pollingPeriod: number;
  /** The link of the active connection. Throws `INDI_NOT_CONNECTED`. */
  // biome-ignore lint/suspicious/noExplicitAny: a device of any messages
  readonly link: DeviceLink<any, any>;
  property(name: string): AnyProperty | undefined;
  define(...vectors: readonly AnyProperty[]): void;
  remove(...vectors: readonly AnyProperty[]): void;
  saveConfig(names?: readonly string[]): Promise<void>;
}

/** Hooks that are called while a device connects, is connected, and disconnects. */
export interface DeviceHooks {
  updateProperties(): void | Promise<void>;
  poll(): void | Promise<void>;
  reconnected(): void | Promise<void>;
  onConnect(signal: AbortSignal): unknown;
  onDisconnect(): void | Promise<void>;
}
