export type TelescopeState = 'idle' | 'slewing' | 'tracking' | 'parking' | 'parked';
export type Direction = 'north' | 'south' | 'west' | 'east';
type PierSide = 'west' | 'east';
export type HomeAction = 'find' | 'set' | 'go';

/** `custom` uses the rates of TELESCOPE_TRACK_RATE. */
export type TrackMode = 'sidereal' | 'solar' | 'lunar' | 'custom';

/** Right ascension in hours and declination in degrees, for the equinox of date. */
export interface Position {
  /** 0 to 24. */
  readonly ra: number;
  /** -90 to 90. */
  readonly dec: number;
}

/** Degrees. */
export interface HorizontalPosition {
  /** 0 to 360, from north through east. */
  readonly azimuth: number;
  /** -90 to 90. */
  readonly altitude: number;
}

/** The reading of a mount in one poll. Values that it cannot report are absent. */
export interface MountReading extends Position, Partial<HorizontalPosition> {
  /** The side of the pier on which the telescope is. */
  readonly pierSide?: PierSide | undefined;
}

/** Arc seconds of sky per second. Sidereal: 15.041067 and 0. */
export interface TrackRate {
  readonly ra: number;
  readonly dec: number;
}

/** The meaning of the two numbers of a park position. */
export type ParkAxes =
  | 'RA_DEC' // hours 0 to 24, degrees
  | 'HA_DEC' // hour angle -12 to 12, degrees
  | 'AZ_ALT'; // degrees, degrees
export type ParkPosition = readonly [first: number, second: number];

interface ParkOptions {
  readonly axes: ParkAxes;
  /** The park position until a client sets another one. PARK_DEFAULT returns to it. */
  readonly default: ParkPosition;
}

/** The capabilities of a mount. Those that are not set are not shown to clients. */
export interface TelescopeOptions {
  readonly sync?: boolean;
  readonly abort?: boolean;
  /** true: it chooses its park position. With axes, a client can set it. */
  readonly park?: boolean | ParkOptions;
  /** Whether tracking can be switched on and off. */
  readonly tracking?: boolean;
  /** The tracking rates that have a name. The first is the initial one. */
  readonly trackModes?: readonly TrackMode[];
  /** Whether it accepts tracking rates in arc seconds per second. They apply in the track mode `custom`. */
  readonly trackRate?: boolean;
  /** Whether it can be moved manually in four directions. */
  readonly motion?: boolean;
  /** Names of its slew rates, slowest first. */
  readonly slewRates?: readonly string[];
  /** Whether it accepts timed guide pulses. */
  readonly guiding?: boolean;
  /** Whether the rate of guide pulses can be set, as a fraction of the sidereal rate. */
  readonly guideRate?: boolean;
  /** Whether it reports {@link MountReading.pierSide}. */
  readonly pierSide?: boolean;
  /** Whether it reports azimuth and altitude (`shown`), and can also go to them (`goto`). */
  readonly horizontal?: 'shown' | 'goto';
  /** The commands for the home position that it has. */
  readonly home?: readonly HomeAction[];
  readonly time?: boolean;
  readonly location?: boolean;
}
