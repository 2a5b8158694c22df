import type { Clock } from '@fairlead/core';
import type { IndiMessage } from '../wire/index.ts';

/** The kind of a device; several can be combined with a bitwise or. */
export const DriverInterface = {
  General: 0,
  Telescope: 1,
  Ccd: 2,
  Guider: 4,
  Focuser: 8,
  Filter: 16,
  Dome: 32,
  Gps: 64,
  Weather: 128,
  Detector: 2_048,
  Rotator: 4_096,
  Auxiliary: 32_768,
} as const;

/** The environment of a device, which its runner provides. */
export interface DeviceRuntime {
  readonly send: (message: IndiMessage) => void;
  readonly clock: Clock;
  /** Random number from 0 (inclusive) to 1 (exclusive), for the delays before reconnecting. */
  readonly random: () => number;
  readonly environment: NodeJS.ProcessEnv;
  /** Shown as DRIVER_EXEC. */
  readonly executable: string;
}
