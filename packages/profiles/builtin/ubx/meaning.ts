// What messages mean in the vocabulary of profiles.

import { dateGps, dateUTC } from 'fairlead:helpers';
import type { Numbers, Values } from './layouts.ts';

const metres = (value: unknown): number => Number(value) / 1_000;

/** The time of the message, where it holds a date that the receiver calls valid. */
export function messageTime({
  year,
  month,
  day,
  hour,
  min,
  sec,
  nano,
  valid,
  week,
  iTOW,
  leapS,
}: Numbers): Date | undefined {
  if (year !== undefined && ((valid as number) & 3) === 3) {
    const whole = dateUTC(year, month as number, day as number, hour, min, Math.min(sec as number, 59));
    return new Date(whole.getTime() + Math.round((nano as number) / 1e6));
  }
  if (leapS !== undefined && week !== undefined && iTOW !== undefined && ((valid as number) & 3) === 3)
    return dateGps(week, iTOW, leapS);
  return undefined;
}

export const meanings: Record<string, (ubx: Numbers) => Values> = {
  'NAV-PVT': (ubx) => ({
    ...place(ubx, (ubx.flags as number) % 2 === 1 && ubx.fixType !== 0),
    ...motion(ubx.gSpeed, ubx.headMot, ubx.sAcc),
    verticalRate: -metres(ubx.velD),
    satellites: ubx.numSV,
    fixType: ubx.fixType,
    pdop: ubx.pDOP,
  }),
  'HNR-PVT': (ubx) => ({
    ...place(ubx, (ubx.flags as number) % 2 === 1),
    ...motion(ubx.gSpeed, ubx.headMot, ubx.sAcc),
    fixType: ubx.gpsFix,
  }),
  'NAV-POSLLH': (ubx) => place(ubx),
  'NAV-HPPOSLLH': (ubx) =>
    place(
      {
        ...ubx,
        lon: (ubx.lon as number) + (ubx.lonHp as number) / 1e9,
        lat: (ubx.lat as number) + (ubx.latHp as number) / 1e9,
        height: (ubx.height as number) + (ubx.heightHp as number) / 10,
        hMSL: (ubx.hMSL as number) + (ubx.hMSLHp as number) / 10,
      },
      (ubx.flags as number) % 2 === 0,
    ),
  // Centimetres, unlike NAV-PVT.
  'NAV-VELNED': (ubx) => ({
    ...motion((ubx.gSpeed as number) * 10, ubx.heading, (ubx.sAcc as number) * 10),
    verticalRate: -(ubx.velD as number) / 100,
  }),
  'NAV-STATUS': (ubx) => ({ fixType: ubx.gpsFix, valid: (ubx.flags as number) % 2 === 1 }),
  'NAV-SOL': (ubx) => ({
    fixType: ubx.gpsFix,
    valid: (ubx.flags as number) % 2 === 1,
    satellites: ubx.numSV,
    pdop: ubx.pDOP,
  }),
  'NAV-DOP': (ubx) => ({ hdop: ubx.hDOP, vdop: ubx.vDOP, pdop: ubx.pDOP }),
  'NAV-ATT': (ubx) => ({ roll: ubx.roll, pitch: ubx.pitch, heading: ubx.heading }),
  'NAV-ODO': (ubx) => ({ tripDistance: metres(ubx.distance), odometer: metres(ubx.totalDistance) }),
  'ACK-ACK': () => ({ acknowledged: true }),
  'ACK-NAK': () => ({ acknowledged: false }),
};

function place(ubx: Numbers, valid?: boolean): Values {
  if (Math.abs(ubx.lat as number) > 90 || Math.abs(ubx.lon as number) > 180)
    throw new Error(`no place: ${ubx.lat} ${ubx.lon}`);
  return {
    ...(valid !== false && { latitude: ubx.lat, longitude: ubx.lon, altitude: metres(ubx.hMSL) }),
    ...(valid !== false && { ellipsoidHeight: metres(ubx.height) }),
    accuracy: metres(ubx.hAcc),
    verticalAccuracy: metres(ubx.vAcc),
    ...(valid !== undefined && { valid }),
  };
}

/** Speeds in mm/s. */
function motion(speed: unknown, course: unknown, accuracy: unknown): Values {
  return { speed: metres(speed) * 3.6, course, speedAccuracy: metres(accuracy) * 3.6 };
}

/** Texts that are not numbers. */
export function described(
  name: string,
  { text: message, swVersion, hwVersion, list, uniqueId }: Values,
): Values {
  if (name.startsWith('INF-')) return { message };
  if (name === 'SEC-UNIQID') return { serial: uniqueId };
  if (name !== 'MON-VER') return {};
  const model = (list as { extension: string }[]).find(({ extension }) => extension.startsWith('MOD='));
  return { firmware: swVersion, hardware: hwVersion, ...(model && { model: model.extension.slice(4) }) };
}
