// Comm-B replies of Mode S.

import { foot, knot, take, takeSigned, type Values } from './bits.ts';
import { callsign, characters, groundSpeed } from './fields.ts';
import { modulo } from './positions.ts';

// A reply does not say which register it holds. Each register has bits that tell whether a value is given, reserved
// bits, and values that an aircraft can have.
/** A status bit and the bits of its value: without the status the value is 0. */
type Guard = readonly [status: number, first: number, last: number];

interface Register {
  readonly guards: readonly Guard[];
  readonly fits?: (mb: Uint8Array, feet: number | undefined) => boolean;
  readonly read: (mb: Uint8Array) => Values;
}

const given = (mb: Uint8Array, status: number, values: Values): Values =>
  take(mb, status, status) ? values : {};

const registers: Record<string, Register> = {
  BDS10: { guards: [], fits: (mb) => mb[0] === 0x10 && take(mb, 10, 14) === 0, read: () => ({}) },
  BDS17: {
    guards: [],
    fits: (mb) => take(mb, 25, 56) === 0 && take(mb, 7, 7) === 1 && take(mb, 1, 6) !== 0,
    read: () => ({}),
  },
  BDS20: {
    guards: [],
    fits: (mb) => mb[0] === 0x20 && !characters(mb, 9).includes('#'),
    read: (mb) => callsign(characters(mb, 9)),
  },
  BDS30: {
    guards: [],
    fits: (mb) => mb[0] === 0x30 && take(mb, 29, 30) !== 3 && take(mb, 16, 22) < 48,
    read: () => ({}),
  },
  BDS40: {
    guards: [
      [1, 2, 13],
      [14, 15, 26],
      [27, 28, 39],
      [48, 49, 51],
      [54, 55, 56],
    ],
    fits: (mb) => take(mb, 40, 47) === 0 && take(mb, 52, 53) === 0,
    read: (mb) => ({
      ...given(mb, 1, { selectedAltitudeFeet: take(mb, 2, 13) * 16 }),
      ...given(mb, 14, { selectedAltitudeFmsFeet: take(mb, 15, 26) * 16 }),
      ...given(mb, 27, { pressureSetting: take(mb, 28, 39) / 10 + 800 }),
    }),
  },
  BDS44: {
    guards: [
      [5, 6, 23],
      [35, 36, 46],
      [47, 48, 49],
      [50, 51, 56],
    ],
    fits: (mb) => {
      const temperature = takeSigned(mb, 24, 34) / 4;
      return (
        take(mb, 1, 4) >= 1 &&
        take(mb, 1, 4) <= 4 &&
        take(mb, 5, 5) === 1 &&
        take(mb, 6, 14) <= 250 &&
        temperature >= -80 &&
        temperature <= 60
      );
    },
    read: (mb) => ({
      windSpeed: (take(mb, 6, 14) * knot) / 3.6,
      windDirection: (take(mb, 15, 23) * 180) / 256,
      temperature: takeSigned(mb, 24, 34) / 4,
      ...given(mb, 35, { pressure: take(mb, 36, 46) }),
      ...given(mb, 50, { humidity: (take(mb, 51, 56) * 100) / 64 }),
    }),
  },
  BDS45: {
    guards: [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
      [10, 11, 12],
      [13, 14, 15],
      [16, 17, 26],
      [27, 28, 38],
      [39, 40, 51],
    ],
    fits: (mb) => {
      const temperature = takeSigned(mb, 17, 26) / 4;
      return take(mb, 52, 56) === 0 && temperature >= -80 && temperature <= 60;
    },
    read: (mb) => ({
      ...given(mb, 16, { temperature: takeSigned(mb, 17, 26) / 4 }),
      ...given(mb, 27, { pressure: take(mb, 28, 38) }),
    }),
  },
  BDS50: {
    guards: [
      [1, 2, 11],
      [12, 13, 23],
      [24, 25, 34],
      [35, 36, 45],
      [46, 47, 56],
    ],
    fits: (mb) => {
      const [ground, air] = [take(mb, 25, 34) * 2, take(mb, 47, 56) * 2];
      const both = take(mb, 24, 24) && take(mb, 46, 46);
      return (
        Math.abs(takeSigned(mb, 2, 11) * 45) <= 50 * 256 &&
        ground <= 600 &&
        air <= 600 &&
        !(both && Math.abs(ground - air) > 200)
      );
    },
    read: (mb) => ({
      ...given(mb, 1, { roll: (takeSigned(mb, 2, 11) * 45) / 256 }),
      ...given(mb, 12, { course: modulo((takeSigned(mb, 13, 23) * 90) / 512, 360) }),
      ...given(mb, 24, groundSpeed(take(mb, 25, 34) * 2)),
      ...given(mb, 35, { trackRate: (takeSigned(mb, 36, 45) * 8) / 256 }),
      ...given(mb, 46, { trueAirspeed: take(mb, 47, 56) * 2 }),
    }),
  },
  BDS60: {
    guards: [
      [1, 2, 12],
      [13, 14, 23],
      [24, 25, 34],
      [35, 36, 45],
      [46, 47, 56],
    ],
    fits: (mb, feet) => {
      const [speed, mach] = [take(mb, 14, 23), (take(mb, 25, 34) * 2.048) / 512];
      const rates = [takeSigned(mb, 36, 45), takeSigned(mb, 47, 56)].map((rate) => Math.abs(rate * 32));
      if (speed > 500 || mach > 1 || rates.some((rate) => rate > 6_000)) return false;
      return (
        !(take(mb, 13, 13) && take(mb, 24, 24) && feet !== undefined) ||
        Math.abs(airspeed(mach, feet) - speed) <= 20
      );
    },
    read: (mb) => ({
      ...given(mb, 1, { headingMagnetic: modulo((takeSigned(mb, 2, 12) * 90) / 512, 360) }),
      ...given(mb, 13, { indicatedAirspeed: take(mb, 14, 23) }),
      ...given(mb, 24, { mach: (take(mb, 25, 34) * 2.048) / 512 }),
      ...given(mb, 35, { baroVerticalRateFpm: takeSigned(mb, 36, 45) * 32 }),
      ...given(mb, 46, { inertialVerticalRateFpm: takeSigned(mb, 47, 56) * 32 }),
    }),
  },
};

/** Calibrated airspeed in knots of a Mach number at an altitude of the standard atmosphere. */
function airspeed(mach: number, feet: number): number {
  const metres = feet * foot;
  const pressure =
    metres < 11_000
      ? 101_325 * (1 - 0.0065 * (metres / 288.15)) ** 5.25588
      : 22_632 * Math.exp(-(metres - 11_000) / 6_341.62);
  const impact = pressure * ((1 + 0.2 * mach ** 2) ** 3.5 - 1);
  return 340.294 * Math.sqrt(5 * ((impact / 101_325 + 1) ** (2 / 7) - 1)) * (3.6 / knot);
}

export function commB(mb: Uint8Array, feet: number | undefined): Values {
  if (mb.every((byte) => byte === 0)) return {};
  const fitting = Object.entries(registers).filter(
    ([, { guards, fits }]) =>
      guards.every(
        ([status, first, last]) => take(mb, status, status) === 1 || take(mb, first, last) === 0,
      ) &&
      (fits?.(mb, feet) ?? true),
  );
  const [only] = fitting;
  return {
    ...(only && { bds: fitting.map(([name]) => name).join() }),
    ...(only && fitting.length === 1 && only[1].read(mb)),
  };
}
