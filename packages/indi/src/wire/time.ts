const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d(?:\.\d+)?)(?:Z|\+00:?00)?$/;

/** Formats a timestamp as INDI does: UTC without a zone, in seconds. @param time Unix milliseconds */
export function formatTimestamp(time: number): string {
  return new Date(time).toISOString().slice(0, 19);
}

/**
 * Parses a timestamp, with or without fractions of a second, to Unix milliseconds; undefined: it is not a timestamp.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = TIMESTAMP.exec(text.trim());
  if (match === null) return undefined;
  const [year, month, day, hour, minute] = match.slice(1, 6).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const seconds = Number(match[6]);
  const date = Date.UTC(year, month - 1, day, hour, minute) + Math.round(seconds * 1_000);
  const same = new Date(Date.UTC(year, month - 1, day));
  const real = same.getUTCMonth() === month - 1 && same.getUTCDate() === day;
  return real && hour < 24 && minute < 60 && seconds < 61 ? date : undefined;
}
