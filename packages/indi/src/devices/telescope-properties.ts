import type { AnyDevice } from '../driver/device.ts';
import type { MemberOptions, NumberVector, SwitchVector, TextVector } from '../driver/property.ts';

const MOTION = 'Motion Control';
const SITE = 'Site Management';

export interface TelescopeProperties {
  readonly onSet: SwitchVector<'TRACK' | 'SLEW' | 'SYNC'>;
  readonly position: NumberVector<'RA' | 'DEC'>;
  readonly target: NumberVector<'RA' | 'DEC'>;
  readonly abort: SwitchVector<'ABORT'>;
  readonly trackMode: SwitchVector<'TRACK_SIDEREAL' | 'TRACK_SOLAR' | 'TRACK_LUNAR'>;
  readonly tracking: SwitchVector<'TRACK_ON' | 'TRACK_OFF'>;
  readonly northSouth: SwitchVector<'MOTION_NORTH' | 'MOTION_SOUTH'>;
  readonly westEast: SwitchVector<'MOTION_WEST' | 'MOTION_EAST'>;
  readonly slewRate: SwitchVector;
  readonly time: TextVector<'UTC' | 'OFFSET'>;
  readonly parking: SwitchVector<'PARK' | 'UNPARK'>;
}

/** The properties of INDI's mounts, with the names, labels and formats that clients know. */
export function telescopeProperties(device: AnyDevice, slewRates: readonly string[]): TelescopeProperties {
  const fastest = slewRates.length - 1;
  const rates = slewRates.map((label, i): [string, MemberOptions<'Switch'>] => [
    `${i + 1}x`,
    { label, value: i === Math.min(2, fastest) },
  ]);
  return {
    onSet: device.switches('ON_COORD_SET', {
      label: 'On Set',
      members: { TRACK: { label: 'Track', value: true }, SLEW: { label: 'Slew' }, SYNC: { label: 'Sync' } },
    }),
    position: device.numbers('EQUATORIAL_EOD_COORD', { label: 'Eq. Coordinates', members: coordinates() }),
    target: device.numbers('TARGET_EOD_COORD', {
      label: 'Slew Target',
      group: MOTION,
      perm: 'ro',
      members: coordinates(),
    }),
    abort: device.switches('TELESCOPE_ABORT_MOTION', {
      label: 'Abort Motion',
      rule: 'AtMostOne',
      members: { ABORT: { label: 'Abort' } },
    }),
    trackMode: device.switches('TELESCOPE_TRACK_MODE', {
      label: 'Track Mode',
      timeout: 0,
      members: {
        TRACK_SIDEREAL: { label: 'Sidereal', value: true },
        TRACK_SOLAR: { label: 'Solar' },
        TRACK_LUNAR: { label: 'Lunar' },
      },
    }),
    tracking: device.switches('TELESCOPE_TRACK_STATE', {
      label: 'Tracking',
      timeout: 0,
      members: { TRACK_ON: { label: 'On' }, TRACK_OFF: { label: 'Off', value: true } },
    }),
    northSouth: device.switches('TELESCOPE_MOTION_NS', {
      label: 'Motion N/S',
      group: MOTION,
      rule: 'AtMostOne',
      members: { MOTION_NORTH: { label: 'North' }, MOTION_SOUTH: { label: 'South' } },
    }),
    westEast: device.switches('TELESCOPE_MOTION_WE', {
      label: 'Motion W/E',
      group: MOTION,
      rule: 'AtMostOne',
      members: { MOTION_WEST: { label: 'West' }, MOTION_EAST: { label: 'East' } },
    }),
    slewRate: device.switches('TELESCOPE_SLEW_RATE', {
      label: 'Slew Rate',
      group: MOTION,
      timeout: 0,
      members: Object.fromEntries(rates),
    }),
    time: device.texts('TIME_UTC', {
      label: 'UTC',
      group: SITE,
      members: { UTC: { label: 'UTC Time' }, OFFSET: { label: 'UTC Offset' } },
    }),
    parking: device.switches('TELESCOPE_PARK', {
      label: 'Parking',
      members: { PARK: { label: 'Park(ed)' }, UNPARK: { label: 'UnPark(ed)', value: true } },
    }),
  };
}

function coordinates(): Record<'RA' | 'DEC', MemberOptions<'Number'>> {
  return {
    RA: { label: 'RA (hh:mm:ss)', format: '%010.6m', min: 0, max: 24 },
    DEC: { label: 'DEC (dd:mm:ss)', format: '%010.6m', min: -90, max: 90 },
  };
}
