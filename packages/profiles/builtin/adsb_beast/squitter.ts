// Extended squitters of Mode S.

import { foot, take, takeSigned, type Values } from './bits.ts';
import { altitude13, callsign, characters, groundSpeed, height, squawk } from './fields.ts';
import { modulo, position, type Sighting } from './positions.ts';

/** Ground speed of the seven bits of movement, in knots: steps that grow with the speed. */
function movement(code: number): number | undefined {
  const steps: [from: number, knots: number, step: number][] = [
    [124, 175, 0],
    [109, 100, 5],
    [94, 70, 2],
    [39, 15, 1],
    [13, 2, 0.5],
    [9, 1, 0.25],
    [2, 0.125, 0.125],
    [1, 0, 0],
  ];
  const found = code > 124 ? undefined : steps.find(([from]) => code >= from);
  return found && found[1] + (code - found[0]) * found[2];
}

function surfacePosition(me: Uint8Array, sighting: Sighting): Values {
  const knots = movement(take(me, 6, 12));
  const course = take(me, 13, 13) ? { course: (take(me, 14, 20) * 360) / 128 } : {};
  return {
    onGround: true,
    ...(knots !== undefined && groundSpeed(knots)),
    ...course,
    ...position(me, sighting, true),
  };
}

function airbornePosition(me: Uint8Array, sighting: Sighting, gnss: boolean): Values {
  const code = take(me, 9, 20);
  // Twelve bits are those of a reply without the bit M.
  const feet = gnss ? Math.round(code / foot) : altitude13(((code & 0xfc0) << 1) | (code & 0x3f));
  return {
    onGround: false,
    surveillanceStatus: take(me, 6, 7),
    ...height(gnss && code === 0 ? undefined : feet, gnss ? 'gnss' : 'barometric'),
    ...position(me, sighting, false),
  };
}

function velocity(me: Uint8Array): Values {
  const subtype = take(me, 6, 8);
  const factor = subtype === 2 || subtype === 4 ? 4 : 1;
  const climb = take(me, 38, 46);
  const rate = (climb - 1) * 64 * (take(me, 37, 37) ? -1 : 1) || 0;
  const vertical = climb !== 0 && {
    verticalRate: (rate * foot) / 60,
    verticalRateFpm: rate,
    verticalRateSource: take(me, 36, 36) ? 'barometric' : 'gnss',
  };
  if (subtype === 1 || subtype === 2) return { ...overGround(me, factor), ...vertical };
  if (subtype === 3 || subtype === 4) return { ...throughAir(me, factor), ...vertical };
  return {};
}

function overGround(me: Uint8Array, factor: number): Values {
  const [east, north] = [take(me, 15, 24), take(me, 26, 35)];
  if (east === 0 || north === 0) return {};
  const x = (east - 1) * factor * (take(me, 14, 14) ? -1 : 1);
  const y = (north - 1) * factor * (take(me, 25, 25) ? -1 : 1);
  return { ...groundSpeed(Math.hypot(x, y)), course: modulo((Math.atan2(x, y) * 180) / Math.PI, 360) };
}

function throughAir(me: Uint8Array, factor: number): Values {
  const speed = take(me, 26, 35);
  return {
    ...(take(me, 14, 14) && { headingMagnetic: (take(me, 15, 24) * 360) / 1_024 }),
    ...(speed && { [take(me, 25, 25) ? 'trueAirspeed' : 'indicatedAirspeed']: (speed - 1) * factor }),
  };
}

function status(me: Uint8Array): Values {
  if (take(me, 6, 8) !== 1) return {};
  const emergency = take(me, 9, 11);
  return { emergency, squawk: squawk(take(me, 12, 24)), ...(emergency && { alarm: 'sos' }) };
}

function targetState(me: Uint8Array): Values {
  if (take(me, 6, 7) !== 1) return {};
  const [altitude, pressure] = [take(me, 10, 20), take(me, 21, 29)];
  return {
    ...(altitude && { selectedAltitudeFeet: (altitude - 1) * 32 }),
    ...(pressure && { pressureSetting: 800 + (pressure - 1) * 0.8 }),
    ...(take(me, 30, 30) && { selectedHeading: modulo((takeSigned(me, 31, 39) * 180) / 256, 360) }),
  };
}

export function squitter(me: Uint8Array, sighting: Sighting): Values {
  const typecode = take(me, 1, 5);
  const read = (): Values => {
    if (typecode >= 1 && typecode <= 4) return { category: take(me, 6, 8), ...callsign(characters(me, 9)) };
    if (typecode >= 5 && typecode <= 8) return surfacePosition(me, sighting);
    if (typecode >= 9 && typecode <= 18) return airbornePosition(me, sighting, false);
    if (typecode === 19) return velocity(me);
    if (typecode >= 20 && typecode <= 22) return airbornePosition(me, sighting, true);
    if (typecode === 28) return status(me);
    if (typecode === 29) return targetState(me);
    if (typecode === 31) return { version: take(me, 41, 43) };
    return {};
  };
  return { typecode, ...read() };
}
