import type { AnyDevice } from '../driver/device.ts';
import type { NumberVector } from '../property/property.ts';

export type Site = NumberVector<'LAT' | 'LONG' | 'ELEV'>;

/**
 * GEOGRAPHIC_COORD: degrees, east of Greenwich from 0 to 360, and metres.
 * @param seconds how seconds are displayed, as the INDI devices of that kind do
 */
export function siteProperty(device: AnyDevice, label: string, seconds: 'whole' | 'tenths'): Site {
  const [shown, format] = seconds === 'whole' ? ['dd:mm:ss', '%010.6m'] : ['dd:mm:ss.s', '%012.8m'];
  return device.numbers('GEOGRAPHIC_COORD', {
    label,
    group: 'Site Management',
    persistent: true,
    members: {
      LAT: { label: `Lat (${shown})`, format, min: -90, max: 90 },
      LONG: { label: `Lon (${shown})`, format, min: 0, max: 360 },
      ELEV: { label: 'Elevation (m)', format: '%g', min: -200, max: 10_000 },
    },
  });
}
