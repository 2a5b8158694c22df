import type { Clock } from '@fairlead/core';
import type { IndiMessage } from '../wire/index.ts';

/** What a device is; several may be or-ed. */
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

/** Where a device runs: what a runner gives it. */
export interface DeviceRuntime {
  readonly send: (message: IndiMessage) => void;
  readonly clock: Clock;
  /** 0 (included) to 1 (excluded): for the waits before connecting again. */
  readonly random: () => number;
  readonly environment: NodeJS.ProcessEnv;
  /** Shown as DRIVER_EXEC. */
  readonly executable: string;
}
