/**
 * CRC-32C (Castagnoli), eight bytes a step. Polynomial 0x1EDC6F41, reflected; start and end inverted.
 *
 * Source: RFC 3720, appendix B.4 has test values; the eight tables are "slicing-by-8" (Kounavis, Berry, 2005).
 */
const POLYNOMIAL = 0x82f63b78; // reflected
const TABLES = makeTables();

/**
 * @param seed the checksum of the bytes before these, or a value that makes the checksums of one file its own
 * @returns unsigned 32 bits
 */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length, seed = 0): number {
  const t = TABLES;
  let crc = ~seed;
  let at = from;
  for (const last = to - 8; at <= last; at += 8) {
    const low =
      crc ^
      (byte(bytes, at) |
        (byte(bytes, at + 1) << 8) |
        (byte(bytes, at + 2) << 16) |
        (byte(bytes, at + 3) << 24));
    crc =
      entry(t, 1_792 + (low & 255)) ^
      entry(t, 1_536 + ((low >>> 8) & 255)) ^
      entry(t, 1_280 + ((low >>> 16) & 255)) ^
      entry(t, 1_024 + (low >>> 24)) ^
      entry(t, 768 + byte(bytes, at + 4)) ^
      entry(t, 512 + byte(bytes, at + 5)) ^
      entry(t, 256 + byte(bytes, at + 6)) ^
      entry(t, byte(bytes, at + 7));
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ entry(t, (crc ^ byte(bytes, at)) & 255);
  return ~crc >>> 0;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

function entry(table: Int32Array, at: number): number {
  return table[at] as number;
}

/** Table n, at 256 n: what a byte makes of the checksum when n more bytes follow it. */
function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let value = 0; value < 256; value++) {
    let crc = value;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    tables[value] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = entry(tables, at - 256);
    tables[at] = (before >>> 8) ^ entry(tables, before & 255);
  }
  return tables;
}
