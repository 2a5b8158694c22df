// Frames of types 17 and 69 whose length byte is a count of access points.

import { bcd, concat, dateUTC, Reader, u8 } from 'fairlead:helpers';
import { accessPoints } from './cells.ts';
import type { Result } from './message.ts';
import { network } from './parts.ts';

export function isWifi(bytes: Uint8Array): boolean {
  const at = 10 + 7 * u8(bytes, 2);
  return (bytes[3] === 0x17 || bytes[3] === 0x69) && bytes.length === at + 6 + 5 * (bytes[at] ?? 256);
}

export function wifi(bytes: Uint8Array): Result {
  const content = new Reader(bytes, 4, bytes.length - 2);
  const clockDigits = bcd(content.take(6)).match(/../g)?.map(Number) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = clockDigits;
  const accessPointList = accessPoints(content, u8(bytes, 2));
  const count = content.u8();
  const operator = network(content, {});
  const list = Array.from({ length: count }, () => ({
    ...operator,
    lac: content.u16(),
    cellId: content.u16(),
    level: content.u8(),
  }));
  const { level: _, ...serving } = list[0] ?? { level: 0 };
  return {
    values: { messageType: u8(bytes, 3), ...serving, cells: list, wifi: accessPointList },
    time: dateUTC(2000 + year, month, day, hour, minute, second),
    reply: concat(0x78, 0x78, 0, u8(bytes, 3), bytes.subarray(4, 10), '\r\n'),
  };
}
