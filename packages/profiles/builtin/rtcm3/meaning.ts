// What messages mean in the vocabulary of profiles.

import type { Fields, Values } from './fields.ts';

const semiMajor = 6_378_137;
const eccentricity = 0.006_694_379_990_14;
const degrees = 180 / Math.PI;

/** Earth-centred metres to WGS 84. A few steps bring the latitude to less than a millimetre. */
function geodetic(x: number, y: number, z: number): Values {
  const across = Math.hypot(x, y);
  if (Math.hypot(across, z) < 6_000_000) return {};
  let latitude = Math.atan2(z, across * (1 - eccentricity));
  let radius = semiMajor;
  for (let step = 0; step < 6; step++) {
    radius = semiMajor / Math.sqrt(1 - eccentricity * Math.sin(latitude) ** 2);
    latitude = Math.atan2(z + eccentricity * radius * Math.sin(latitude), across);
  }
  const altitude =
    Math.abs(latitude) < 1.4
      ? across / Math.cos(latitude) - radius
      : z / Math.sin(latitude) - radius * (1 - eccentricity);
  return { latitude: latitude * degrees, longitude: Math.atan2(y, x) * degrees, altitude };
}

export function meaning({ DF003, DF004, DF025, DF026, DF027, DF028, DF034 }: Fields): Values {
  return {
    ...(DF003 !== undefined && { stationId: DF003, deviceId: String(DF003) }),
    ...((DF004 ?? DF034) !== undefined && { epoch: DF004 ?? DF034 }),
    ...(DF025 !== undefined && {
      ecefX: DF025,
      ecefY: DF026,
      ecefZ: DF027,
      ...geodetic(DF025, DF026 as number, DF027 as number),
    }),
    ...(DF028 !== undefined && { antennaHeight: DF028 }),
  };
}

/** Modified Julian day and second of the day. */
export function julian({ DF051, DF052 }: Fields): Date | undefined {
  if (DF051 === undefined || DF052 === undefined) return undefined;
  return new Date((DF051 - 40_587) * 86_400_000 + DF052 * 1_000);
}
