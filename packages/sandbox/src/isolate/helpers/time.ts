/** `fairlead:helpers`: points in time. */
import { bcd } from './decimal.ts';
import { u8, u16le } from './numbers.ts';

/** A Date of a UTC calendar time. Month 1 to 12; a year below 100 means 2000 + year. Throws for a day that does not exist. */
export function dateUTC(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): Date {
  const full = year < 100 ? 2000 + year : year;
  const date = new Date(Date.UTC(full, month - 1, day, hour, minute, second));
  const same =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute;
  if (!same || date.getUTCFullYear() !== full)
    throw new RangeError(`no such time: ${full}-${month}-${day} ${hour}:${minute}:${second}`);
  return date;
}

/** A Date of Unix seconds. */
export const dateUnix = (seconds: number): Date => new Date(seconds * 1_000);

/**
 * A Date of digits as devices write them: 'YYMMDD' or 'YYYYMMDD', in the order of `order`, and 'hhmm', 'hhmmss' or 'hhmmss.sss'.
 * `offsetMinutes`: how far the device's clock is ahead of UTC. Digits that are no time throw a RangeError.
 */
export function dateText(
  date: string,
  time = '000000',
  order: 'ymd' | 'dmy' | 'mdy' = 'ymd',
  offsetMinutes = 0,
): Date {
  const wrong = () => new RangeError(`no such time: ${date.slice(0, 20)} ${time.slice(0, 20)}`);
  const yearDigits = date.length === 8 ? 4 : 2;
  if (!/^\d{6}(?:\d\d)?$/.test(date)) throw wrong();
  const clock = /^(\d\d)(\d\d)(?:(\d\d)(\.\d*)?)?$/.exec(time);
  if (clock === null) throw wrong();
  const found: Record<string, number> = {};
  let at = 0;
  for (const part of order) {
    const size = part === 'y' ? yearDigits : 2;
    found[part] = Number(date.slice(at, at + size));
    at += size;
  }
  const { y, m, d } = found as { y: number; m: number; d: number };
  const seconds = dateUTC(y, m, d, Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0));
  const ms = Math.round(Number(`0${clock[4] ?? ''}`) * 1_000);
  return new Date(seconds.getTime() + ms - offsetMinutes * 60_000);
}

/** A Date of six bytes of packed decimal digits: YY MM DD hh mm ss. */
export function dateBcd(bytes: Uint8Array, at = 0, offsetMinutes = 0): Date {
  const digits = bcd(bytes, at, 6);
  return dateText(digits.slice(0, 6), digits.slice(6), 'ymd', offsetMinutes);
}

/** A Date of GPS time: the week since 6 January 1980, and milliseconds in it. GPS is ahead of UTC by the leap seconds. */
export function dateGps(week: number, milliseconds: number, leapSeconds = 18): Date {
  return new Date(Date.UTC(1980, 0, 6) + week * 604_800_000 + milliseconds - leapSeconds * 1_000);
}

/**
 * A Date of the seven bytes CP56Time2a of IEC 60870-5-4, taken as UTC: | ms of the minute u16le | minute | hour | day | month | year |.
 * The flags above the minute (0x80, invalid) and the hour (0x80, summer time) are not looked at.
 */
export function cp56time2a(bytes: Uint8Array, at = 0): Date {
  const ms = u16le(bytes, at);
  const part = (n: number, mask: number): number => u8(bytes, at + n) & mask;
  const date = dateUTC(part(6, 0x7f), part(5, 0x0f), part(4, 0x1f), part(3, 0x1f), part(2, 0x3f));
  if (ms >= 60_000) throw new RangeError(`no such time: ${ms} ms of a minute`);
  return new Date(date.getTime() + ms);
}

/** Minutes that a zone is ahead of UTC: '+08:00', '-0330', '+8', 'UTC+2', 'Z'. Anything else throws a RangeError. */
export function zoneMinutes(zone: string): number {
  if (/^(?:Z|UTC|GMT)$/i.test(zone)) return 0;
  const parts = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d\d))?$/i.exec(zone);
  const minutes = Number(parts?.[2]) * 60 + Number(parts?.[3] ?? 0);
  if (parts === null || minutes > 14 * 60 || Number(parts[3] ?? 0) > 59)
    throw new RangeError(`no time zone: ${zone.slice(0, 60)}`);
  return parts[1] === '-' && minutes > 0 ? -minutes : minutes;
}
