// Altitude, squawk and call sign of Mode S.

import { foot, knot, take, type Values } from './bits.ts';

/** Altitude in feet of 13 bits (C1 A1 C2 A2 C4 A4 M B1 Q B2 D2 B4 D4); undefined: not given. */
export function altitude13(code: number): number | undefined {
  if (code === 0) return undefined;
  if (code & 0x40) return Math.round((((code >> 1) & 0xfc0) | (code & 0x3f)) / foot);
  if (code & 0x10) {
    const steps = ((code >> 2) & 0x7e0) | ((code >> 1) & 0x10) | (code & 0xf);
    return steps * 25 - 1_000;
  }
  return gillham(code);
}

/** 100 ft steps in Gray code: 500 ft of D2 D4 A1 A2 A4 B1 B2 B4, then C1 C2 C4. */
function gillham(code: number): number | undefined {
  const bit = (n: number): number => (code >> (13 - n)) & 1;
  const gray = [11, 13, 2, 4, 6, 8, 10, 12].map(bit);
  let fives = 0;
  let last = 0;
  for (const digit of gray) {
    last ^= digit;
    fives = fives * 2 + last;
  }
  const [c1, c2, c4] = [bit(1), bit(3), bit(5)] as [number, number, number];
  let ones = c1 * 4 + (c1 ^ c2) * 2 + (c1 ^ c2 ^ c4);
  if (ones === 0 || ones === 5 || ones === 6) return undefined;
  if (ones === 7) ones = 5;
  if (fives % 2 === 1) ones = 6 - ones;
  return fives * 500 + ones * 100 - 1_300;
}

/** Four octal digits of C1 A1 C2 A2 C4 A4 x B1 D1 B2 D2 B4 D4. */
export function squawk(code: number): string {
  const bit = (n: number): number => (code >> (13 - n)) & 1;
  const digit = (high: number, middle: number, low: number): number =>
    bit(high) * 4 + bit(middle) * 2 + bit(low);
  return `${digit(6, 4, 2)}${digit(12, 10, 8)}${digit(5, 3, 1)}${digit(13, 11, 9)}`;
}

export function characters(bytes: Uint8Array, first: number): string {
  let text = '';
  for (let i = 0; i < 8; i++) {
    const code = take(bytes, first + i * 6, first + i * 6 + 5);
    text +=
      code >= 1 && code <= 26
        ? String.fromCharCode(code + 64)
        : code === 32
          ? '_'
          : code >= 48 && code <= 57
            ? String.fromCharCode(code)
            : '#';
  }
  return text;
}

export function callsign(text: string): Values {
  const callsign = text.replace(/[_#]+$/, '');
  return { callsignCharacters: text, ...(callsign && !callsign.includes('#') && { callsign }) };
}

export function height(feet: number | undefined, source = 'barometric'): Values {
  return feet === undefined ? {} : { altitude: feet * foot, altitudeFeet: feet, altitudeSource: source };
}

export function groundSpeed(knots: number): Values {
  return { speed: knots * knot, groundSpeed: knots * knot, speedKnots: Math.trunc(knots) };
}
