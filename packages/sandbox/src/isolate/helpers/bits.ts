/** `fairlead:helpers`: single bits. */
/** Bit `n` of a number, 0 being the lowest. */
export function bit(value: number, n: number): boolean {
  return Math.floor(value / 2 ** n) % 2 === 1;
}

/** `count` bits of a number from bit `from` upwards. */
export function bits(value: number, from: number, count: number): number {
  return Math.floor(value / 2 ** from) % 2 ** count;
}
