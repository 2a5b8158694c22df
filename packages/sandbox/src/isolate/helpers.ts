/**
 * `fairlead:helpers`, which scripts import: reading and checking the bytes that devices send.
 *
 * Offsets count bytes from 0; numbers are big-endian unless the name ends in `le`. Reading beyond the end throws a
 * RangeError. The modules behind it use nothing but the language, since they run inside the scripts' isolates; the rest does
 * the host (`helpers/host.ts`).
 */
export * from './helpers/bits.ts';
export * from './helpers/bytes.ts';
export * from './helpers/checks.ts';
export * from './helpers/checksum.ts';
export type * from './helpers/contract.ts';
export * from './helpers/crypto.ts';
export * from './helpers/decimal.ts';
export * from './helpers/numbers.ts';
export * from './helpers/position.ts';
export * from './helpers/protobuf.ts';
export * from './helpers/reader.ts';
export * from './helpers/text.ts';
export * from './helpers/time.ts';
