import type { AnyDevice } from '../../driver/device.ts';
import type { MemberOptions, NumberVector, SwitchVector, TextVector } from '../../property/property.ts';
import type { ParkAxes, TelescopeOptions, TrackMode } from './options.ts';

const MOTION = 'Motion Control';
const SITE = 'Site Management';

/** The sidereal rate in arc seconds per second: one turn in a stellar day. */
const SIDEREAL = (360 * 3_600) / 86_164.098_903_691;

type N = MemberOptions<'Number'>;
type S = MemberOptions<'Switch'>;

export interface TelescopeProperties {
  readonly info: NumberVector;
  /** TRACK, SLEW, and SYNC if the mount supports it. */
  readonly onSet: SwitchVector;
  readonly position: NumberVector<'RA' | 'DEC'>;
  readonly horizontal: NumberVector<'AZ' | 'ALT'>;
  readonly target: NumberVector<'RA' | 'DEC'>;
  readonly abort: SwitchVector<'ABORT'>;
  readonly home: SwitchVector;
  readonly trackMode: SwitchVector;
  readonly tracking: SwitchVector<'TRACK_ON' | 'TRACK_OFF'>;
  readonly trackRate: NumberVector<'TRACK_RATE_RA' | 'TRACK_RATE_DE'>;
  readonly northSouth: SwitchVector<'MOTION_NORTH' | 'MOTION_SOUTH'>;
  readonly westEast: SwitchVector<'MOTION_WEST' | 'MOTION_EAST'>;
  readonly reverse: SwitchVector<'REVERSE_NS' | 'REVERSE_WE'>;
  readonly slewRate: SwitchVector;
  readonly guideNS: NumberVector<'TIMED_GUIDE_N' | 'TIMED_GUIDE_S'>;
  readonly guideWE: NumberVector<'TIMED_GUIDE_W' | 'TIMED_GUIDE_E'>;
  readonly guideRate: NumberVector<'GUIDE_RATE_WE' | 'GUIDE_RATE_NS'>;
  readonly time: TextVector<'UTC' | 'OFFSET'>;
  readonly parking: SwitchVector<'PARK' | 'UNPARK'>;
  readonly parkPosition: NumberVector;
  readonly parkOption: SwitchVector<'PARK_CURRENT' | 'PARK_DEFAULT' | 'PARK_WRITE_DATA' | 'PARK_PURGE_DATA'>;
  readonly pierSide: SwitchVector<'PIER_WEST' | 'PIER_EAST'>;
}

/** The properties of mounts in INDI, with the names, labels and formats that clients know. */
export function telescopeProperties(device: AnyDevice, options: TelescopeOptions): TelescopeProperties {
  return { ...main(device, options), ...motion(device, options), ...parking(device, options) };
}

type Main =
  | 'info'
  | 'onSet'
  | 'position'
  | 'horizontal'
  | 'abort'
  | 'home'
  | 'trackMode'
  | 'tracking'
  | 'trackRate'
  | 'pierSide'
  | 'time';

function main(device: AnyDevice, options: TelescopeOptions): Pick<TelescopeProperties, Main> {
  const { sync = false, home = [], trackModes = [], horizontal } = options;
  const actions = { find: 'Find', set: 'Set', go: 'Go' };
  const lens = (label: string, max: number): N => ({ label, format: '%g', max });
  const rate = (label: string, value: number): N => {
    return { label, format: '%.6f', min: -16_384, max: 16_384, step: 1e-6, value };
  };
  const sets: Record<string, S> = { TRACK: { label: 'Track', value: true }, SLEW: { label: 'Slew' } };
  if (sync) sets.SYNC = { label: 'Sync' };
  return {
    info: device.numbers('TELESCOPE_INFO', {
      label: 'Scope Properties',
      group: 'Options',
      persistent: true,
      state: 'Ok',
      members: {
        TELESCOPE_APERTURE: lens('Aperture (mm)', 5_000),
        TELESCOPE_FOCAL_LENGTH: lens('Focal Length (mm)', 10_000),
        GUIDER_APERTURE: lens('Guider Aperture (mm)', 5_000),
        GUIDER_FOCAL_LENGTH: lens('Guider Focal Length (mm)', 10_000),
      },
    }),
    onSet: device.switches('ON_COORD_SET', { label: 'On Set', members: sets }),
    position: device.numbers('EQUATORIAL_EOD_COORD', { label: 'Eq. Coordinates', members: equatorial() }),
    horizontal: device.numbers('HORIZONTAL_COORD', {
      label: 'Horizontal Coord',
      perm: horizontal === 'goto' ? 'rw' : 'ro',
      members: {
        AZ: { label: 'Az  D:M:S', format: '%10.6m', min: 0, max: 360 },
        ALT: { label: 'Alt  D:M:S', format: '%10.6m', min: -90, max: 90 },
      },
    }),
    abort: device.switches('TELESCOPE_ABORT_MOTION', {
      label: 'Abort Motion',
      rule: 'AtMostOne',
      members: { ABORT: { label: 'Abort' } },
    }),
    home: device.switches('TELESCOPE_HOME', {
      label: 'Home',
      rule: 'AtMostOne',
      members: Object.fromEntries(
        home.map((action): [string, S] => [action.toUpperCase(), { label: actions[action] }]),
      ),
    }),
    trackMode: device.switches('TELESCOPE_TRACK_MODE', {
      label: 'Track Mode',
      timeout: 0,
      persistent: true,
      members: Object.fromEntries(trackModes.map((mode, i) => [trackSwitch(mode), named(mode, i === 0)])),
    }),
    tracking: device.switches('TELESCOPE_TRACK_STATE', {
      label: 'Tracking',
      timeout: 0,
      members: { TRACK_ON: { label: 'On' }, TRACK_OFF: { label: 'Off', value: true } },
    }),
    trackRate: device.numbers('TELESCOPE_TRACK_RATE', {
      label: 'Track Rates',
      persistent: true,
      members: { TRACK_RATE_RA: rate('RA (arcsecs/s)', SIDEREAL), TRACK_RATE_DE: rate('DE (arcsecs/s)', 0) },
    }),
    pierSide: device.switches('TELESCOPE_PIER_SIDE', {
      label: 'Pier Side',
      perm: 'ro',
      rule: 'AtMostOne',
      members: {
        PIER_WEST: { label: 'West (pointing east)' },
        PIER_EAST: { label: 'East (pointing west)' },
      },
    }),
    time: device.texts('TIME_UTC', {
      label: 'UTC',
      group: SITE,
      members: { UTC: { label: 'UTC Time' }, OFFSET: { label: 'UTC Offset' } },
    }),
  };
}

type Motion =
  | 'target'
  | 'northSouth'
  | 'westEast'
  | 'reverse'
  | 'slewRate'
  | 'guideNS'
  | 'guideWE'
  | 'guideRate';

function motion(device: AnyDevice, { slewRates = [] }: TelescopeOptions): Pick<TelescopeProperties, Motion> {
  const begin = Math.floor(slewRates.length / 2);
  const rates = slewRates.map((label, i): [string, S] => [`${i + 1}x`, { label, value: i === begin }]);
  const pulse = (label: string): N => ({ label, format: '%.f', min: 0, max: 60_000, step: 100 });
  const part = (label: string): N => ({ label, format: '%g', min: 0, max: 1, step: 0.1, value: 0.5 });
  const group = MOTION;
  return {
    target: device.numbers('TARGET_EOD_COORD', {
      label: 'Slew Target',
      group,
      perm: 'ro',
      members: equatorial(),
    }),
    northSouth: device.switches('TELESCOPE_MOTION_NS', {
      label: 'Motion N/S',
      group,
      rule: 'AtMostOne',
      members: { MOTION_NORTH: { label: 'North' }, MOTION_SOUTH: { label: 'South' } },
    }),
    westEast: device.switches('TELESCOPE_MOTION_WE', {
      label: 'Motion W/E',
      group,
      rule: 'AtMostOne',
      members: { MOTION_WEST: { label: 'West' }, MOTION_EAST: { label: 'East' } },
    }),
    reverse: device.switches('TELESCOPE_REVERSE_MOTION', {
      label: 'Reverse',
      group,
      rule: 'AnyOfMany',
      persistent: true,
      members: { REVERSE_NS: { label: 'North/South' }, REVERSE_WE: { label: 'West/East' } },
    }),
    slewRate: device.switches('TELESCOPE_SLEW_RATE', {
      label: 'Slew Rate',
      group,
      timeout: 0,
      persistent: true,
      members: Object.fromEntries(rates),
    }),
    guideNS: device.numbers('TELESCOPE_TIMED_GUIDE_NS', {
      label: 'Guide N/S',
      group,
      members: { TIMED_GUIDE_N: pulse('North (ms)'), TIMED_GUIDE_S: pulse('South (ms)') },
    }),
    guideWE: device.numbers('TELESCOPE_TIMED_GUIDE_WE', {
      label: 'Guide E/W',
      group,
      members: { TIMED_GUIDE_W: pulse('West (ms)'), TIMED_GUIDE_E: pulse('East (ms)') },
    }),
    guideRate: device.numbers('GUIDE_RATE', {
      label: 'Guiding Rate',
      group,
      timeout: 0,
      persistent: true,
      members: { GUIDE_RATE_WE: part('W/E Rate'), GUIDE_RATE_NS: part('N/S Rate') },
    }),
  };
}

type Parking = 'parking' | 'parkPosition' | 'parkOption';

function parking(device: AnyDevice, { park }: TelescopeOptions): Pick<TelescopeProperties, Parking> {
  const { axes, default: where } =
    typeof park === 'object' ? park : { axes: 'RA_DEC' as const, default: [0, 0] };
  const members = Object.entries(PARK_AXES[axes]).map(([name, member], i) => [
    name,
    { ...member, value: where[i] },
  ]);
  return {
    parking: device.switches('TELESCOPE_PARK', {
      label: 'Parking',
      members: { PARK: { label: 'Park(ed)' }, UNPARK: { label: 'UnPark(ed)', value: true } },
    }),
    parkPosition: device.numbers('TELESCOPE_PARK_POSITION', {
      label: 'Park Position',
      group: SITE,
      members: Object.fromEntries(members),
    }),
    parkOption: device.switches('TELESCOPE_PARK_OPTION', {
      label: 'Park Options',
      group: SITE,
      rule: 'AtMostOne',
      members: {
        PARK_CURRENT: { label: 'Current' },
        PARK_DEFAULT: { label: 'Default' },
        PARK_WRITE_DATA: { label: 'Write Data' },
        PARK_PURGE_DATA: { label: 'Purge Data' },
      },
    }),
  };
}

const DEC: N = { label: 'DEC (dd:mm:ss)', format: '%010.6m', min: -90, max: 90 };
const PARK_AXES: Readonly<Record<ParkAxes, Readonly<Record<string, N>>>> = {
  RA_DEC: { PARK_RA: { label: 'RA (hh:mm:ss)', format: '%010.6m', min: 0, max: 24 }, PARK_DEC: DEC },
  HA_DEC: { PARK_HA: { label: 'HA (hh:mm:ss)', format: '%010.6m', min: -12, max: 12 }, PARK_DEC: DEC },
  AZ_ALT: {
    PARK_AZ: { label: 'AZ D:M:S', format: '%10.6m', min: 0, max: 360 },
    PARK_ALT: { label: 'Alt  D:M:S', format: '%10.6m', min: -90, max: 90 },
  },
};

/** `TRACK_SIDEREAL` */
export function trackSwitch(mode: TrackMode): string {
  return `TRACK_${mode.toUpperCase()}`;
}

function named(mode: TrackMode, value: boolean): S {
  return { label: `${mode[0]?.toUpperCase()}${mode.slice(1)}`, value };
}

function equatorial(): Record<'RA' | 'DEC', N> {
  return { RA: { label: 'RA (hh:mm:ss)', format: '%010.6m', min: 0, max: 24 }, DEC };
}
