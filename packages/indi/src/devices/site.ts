import type { AnyDevice } from '../driver/device.ts';
import type { NumberVector } from '../driver/property.ts';

export type Site = NumberVector<'LAT' | 'LONG' | 'ELEV'>;

/** GEOGRAPHIC_COORD: degrees, east of Greenwich from 0 to 360, and metres. */
export function siteProperty(device: AnyDevice, label: string): Site {
  return device.numbers('GEOGRAPHIC_COORD', {
    label,
    group: 'Site Management',
    persistent: true,
    members: {
      LAT: { label: 'Lat (dd:mm:ss.s)', format: '%012.8m', min: -90, max: 90 },
      LONG: { label: 'Lon (dd:mm:ss.s)', format: '%012.8m', min: 0, max: 360 },
      ELEV: { label: 'Elevation (m)', format: '%g', min: -200, max: 10_000 },
    },
  });
}
