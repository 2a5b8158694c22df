/** `fairlead:helpers`: checksums. */
// Names and check values (of the ASCII text 123456789): the catalogue of parametrised CRC algorithms at reveng.sourceforge.io.

function reflected(bytes: Uint8Array, polynomial: number, start: number): number {
  let crc = start;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
  }
  return crc;
}

function straight16(bytes: Uint8Array, polynomial: number, start: number): number {
  let crc = start;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let i = 0; i < 8; i++) crc = (crc & 0x8000 ? (crc << 1) ^ polynomial : crc << 1) & 0xffff;
  }
  return crc;
}

/** CRC-16/IBM-SDLC, also called X-25 and CRC-ITU: GT06 trackers, HDLC. Check 0x906e. */
export const crc16x25 = (bytes: Uint8Array): number => reflected(bytes, 0x8408, 0xffff) ^ 0xffff;
/** CRC-16/MODBUS, sent low byte first. Check 0x4b37. */
export const crc16modbus = (bytes: Uint8Array): number => reflected(bytes, 0xa001, 0xffff);
/** CRC-16/ARC. Check 0xbb3d. */
export const crc16arc = (bytes: Uint8Array): number => reflected(bytes, 0xa001, 0);
/** CRC-16/KERMIT. Check 0x2189. */
export const crc16kermit = (bytes: Uint8Array): number => reflected(bytes, 0x8408, 0);
/** CRC-16/IBM-3740, commonly called CCITT-FALSE. Check 0x29b1. */
export const crc16ccittFalse = (bytes: Uint8Array): number => straight16(bytes, 0x1021, 0xffff);
/** CRC-16/XMODEM. Check 0x31c3. */
export const crc16xmodem = (bytes: Uint8Array): number => straight16(bytes, 0x1021, 0);
/** CRC-32/ISO-HDLC: Ethernet, zip. Check 0xcbf43926. */
export const crc32 = (bytes: Uint8Array): number => (reflected(bytes, 0xedb88320 | 0, -1) ^ -1) >>> 0;

/** The sum of all bytes, modulo 256. */
export function sum8(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (sum + byte) & 0xff;
  return sum;
}

/** All bytes combined by exclusive or. */
export function xor8(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value ^= byte;
  return value;
}

/** The lowest 16 bits of the sum of all bytes. */
export function sum16(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (sum + byte) & 0xffff;
  return sum;
}

/** The negative of the sum, modulo 256: the check of Modbus ASCII. */
export const lrc = (bytes: Uint8Array): number => -sum8(bytes) & 0xff;
