// Addresses of KNX devices and groups.

import { u8, u16 } from 'fairlead:helpers';

export const individual = (raw: number): string => `${raw >> 12}.${(raw >> 8) & 15}.${raw & 255}`;

export const groupAddress = (raw: number): string => `${raw >> 11}/${(raw >> 8) & 7}/${raw & 255}`;

export function rawGroup(text: unknown): number {
  const match = /^(\d{1,2})\/(\d)\/(\d{1,3})$/.exec(String(text));
  const [main, middle, sub] = (match ?? []).slice(1).map(Number);
  if (main === undefined || main > 31 || (middle as number) > 7 || (sub as number) > 255)
    throw new Error(`not a group address: ${text}`);
  return (main << 11) | ((middle as number) << 8) | (sub as number);
}

/** Length 8, protocol, IPv4 address, port. */
export function endpoint(bytes: Uint8Array, at: number): string {
  if (u8(bytes, at) !== 8) throw new Error(`an endpoint has 8 bytes, not ${u8(bytes, at)}`);
  return `${bytes.subarray(at + 2, at + 6).join('.')}:${u16(bytes, at + 6)}`;
}
