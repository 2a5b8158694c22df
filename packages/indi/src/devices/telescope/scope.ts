import type { AnyDevice } from '../../driver/device.ts';
import type { TelescopeOptions, TelescopeState } from './options.ts';
import type { TelescopeProperties } from './properties.ts';

/** A telescope as its parts see it: parking, tracking, motion, guiding. */
export interface Scope extends Pick<AnyDevice, 'name' | 'clock' | 'log' | 'environment'> {
  readonly options: TelescopeOptions;
  readonly shows: TelescopeProperties;
  state: TelescopeState;
  /** Whether it is moved manually. */
  readonly moving: boolean;
  is(state: TelescopeState): boolean;
  /** It is about to slew. */
  remember(): void;
  /** Starts a motion, unless a client has stopped everything since the request. */
  unlessStopped(go: () => Promise<void>): Promise<void>;
  /** Motion is possible again. */
  unparked(): Promise<void>;
  /** Throws `NOT_SUPPORTED` while it is parked or parking. */
  refuseIfParked(): void;
}
