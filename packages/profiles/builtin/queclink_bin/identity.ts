// Where frames name their device.

import { ascii, bcd, bit, Reader, u8 } from 'fairlead:helpers';

/** Where the eight bytes of the identity are, by header. */
const ID_AT: Record<string, number> = { RSP: 16, BSP: 16, EVT: 16, BVT: 16, INF: 9, BNF: 9, ACK: 12 };

/** The eight bytes as one number; devices that are set up so send their name. */
export function identity(bytes: Uint8Array): string | undefined {
  if (bytes[1] === 0) {
    const at = bit(u8(bytes, 4), 7) ? 7 : 5;
    return bcd(bytes, at, 8).slice(1);
  }
  const at = ID_AT[ascii(bytes.subarray(1, 4))];
  if (at === undefined) return undefined;
  const raw = new Reader(bytes, at).take(8);
  const name = ascii(raw).replace(/\0+$/, '');
  if (/^[A-Za-z][\w-]+$/.test(name)) return name;
  return String(new Reader(raw).u64()).padStart(15, '0');
}

/** Two decimal digits a byte, as numbers: 56 32 54 03 00 03 43 05 (hex) is 865084030003675. */
export function imei(raw: Uint8Array): string | undefined {
  if (raw.some((byte, n) => byte > (n === 7 ? 9 : 99))) return undefined;
  return [...raw].map((byte, n) => String(byte).padStart(n === 7 ? 1 : 2, '0')).join('');
}
