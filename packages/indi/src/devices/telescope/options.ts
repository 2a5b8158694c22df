export type TelescopeState = 'idle' | 'slewing' | 'tracking' | 'parking' | 'parked';
export type Direction = 'north' | 'south' | 'west' | 'east';
type PierSide = 'west' | 'east';
export type HomeAction = 'find' | 'set' | 'go';

/** `custom` tracks at the rates of TELESCOPE_TRACK_RATE. */
export type TrackMode = 'sidereal' | 'solar' | 'lunar' | 'custom';

/** Hours of right ascension and degrees of declination, of date. */
export interface Position {
  /** 0 to 24. */
  readonly ra: number;
  /** -90 to 90. */
  readonly dec: number;
}

/** Degrees. */
export interface HorizontalPosition {
  /** From north over east, 0 to 360. */
  readonly azimuth: number;
  /** -90 to 90. */
  readonly altitude: number;
}

/** What a mount says of itself in one poll; what it cannot tell is left out. */
export interface MountReading extends Position, Partial<HorizontalPosition> {
  /** Which side of the pier the telescope is on. */
  readonly pierSide?: PierSide | undefined;
}

/** Arc seconds of sky a second. Sidereal is 15.041067 and 0. */
export interface TrackRate {
  readonly ra: number;
  readonly dec: number;
}

/** What the two numbers of a park position are. */
export type ParkAxes =
  | 'RA_DEC' // hours 0 to 24, degrees
  | 'HA_DEC' // hour angle -12 to 12, degrees
  | 'AZ_ALT'; // degrees, degrees
export type ParkPosition = readonly [first: number, second: number];

interface ParkOptions {
  readonly axes: ParkAxes;
  /** Where it parks until a client says otherwise, and what PARK_DEFAULT goes back to. */
  readonly default: ParkPosition;
}

/** What a mount can do. Whatever is not named here is not shown to clients. */
export interface TelescopeOptions {
  readonly sync?: boolean;
  readonly abort?: boolean;
  /** true: it parks where it wants to. With axes, a client can say where. */
  readonly park?: boolean | ParkOptions;
  /** Whether tracking can be switched on and off. */
  readonly tracking?: boolean;
  /** The rates it can track at by name; the first is the one it begins with. */
  readonly trackModes?: readonly TrackMode[];
  /** Whether it takes tracking rates in arc seconds a second; they count in the track mode `custom`. */
  readonly trackRate?: boolean;
  /** Whether it can be moved by hand in four directions. */
  readonly motion?: boolean;
  /** Names of its slew rates, slowest first. */
  readonly slewRates?: readonly string[];
  /** Whether it takes timed pulses for guiding. */
  readonly guiding?: boolean;
  /** Whether the speed of these pulses can be set, as a part of the sidereal rate. */
  readonly guideRate?: boolean;
  /** Whether {@link MountReading.pierSide} is told. */
  readonly pierSide?: boolean;
  /** Whether azimuth and altitude are told (`shown`), and can be gone to as well (`goto`). */
  readonly horizontal?: 'shown' | 'goto';
  /** What it knows of a home position. */
  readonly home?: readonly HomeAction[];
  readonly time?: boolean;
  readonly location?: boolean;
}
