/** `fairlead:helpers`: points in time. */
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
