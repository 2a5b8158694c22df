/** Orientation of the sky, as far as a park position by hour angle needs it. */

const J2000 = Date.UTC(2000, 0, 1, 12);
const DAY = 86_400_000;

/**
 * Mean sidereal time in hours, 0 to 24 (Meeus, Astronomical Algorithms, 12.4, without the terms of higher order:
 * accurate to a second of time in this century).
 * @param time Unix milliseconds
 * @param longitude degrees east of Greenwich
 */
export function siderealTime(time: number, longitude: number): number {
  const degrees = 280.460_618_37 + (360.985_647_366_29 * (time - J2000)) / DAY + longitude;
  return wrapped(degrees / 15, 0, 24);
}

/** Hours from -12 to 12, negative east of the meridian. @param ra hours */
export function hourAngle(ra: number, time: number, longitude: number): number {
  return wrapped(siderealTime(time, longitude) - ra, -12, 24);
}

/** `value` plus or minus whole turns, so that it is from `from` to one turn above it. */
function wrapped(value: number, from: number, turn: number): number {
  return value - Math.floor((value - from) / turn) * turn;
}
