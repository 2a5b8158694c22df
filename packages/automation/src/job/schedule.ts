/** Schedules: cron patterns in a time zone. */
import { nearest } from '@fairlead/core';
import { Cron } from 'croner';
import { automationErrors } from '../catalogue.ts';

/** The first time after `after` (Unix milliseconds), or undefined when there is none. */
export type Schedule = (after: number) => number | undefined;

/**
 * A daily time in the hour that daylight saving time skips comes at the end of that hour; in the repeated hour it comes once.
 * Patterns with several hours or minutes run through both. Throws SCHEDULE_INVALID.
 */
export function schedule(job: string, pattern: string, zone: string | undefined): Schedule {
  const invalid = (reason: string, cause?: unknown, field: 'schedule' | 'zone' = 'schedule') =>
    automationErrors.error('SCHEDULE_INVALID', { job, reason, field }, cause);
  if (zone !== undefined && !isZone(zone)) {
    const near = nearest(zone, Intl.supportedValuesOf('timeZone'));
    const hint = near === undefined ? '; Europe/Berlin, UTC and +02:00 are some' : `; "${near}" is one`;
    throw invalid(`there is no time zone "${zone}"${hint}`, undefined, 'zone');
  }
  const fields = pattern.trim().split(/\s+/).length;
  if (!pattern.trim().startsWith('@') && (fields < 5 || fields > 6))
    throw invalid(`"${pattern}" has ${fields} ${fields === 1 ? 'field' : 'fields'}`);
  try {
    const cron = new Cron(pattern, { paused: true, ...(zone === undefined ? {} : { timezone: zone }) });
    return (after) => cron.nextRun(new Date(after))?.getTime();
  } catch (error) {
    throw invalid((error as Error).message.replace(/^CronPattern: /, '').replace(/\.$/, ''), error);
  }
}

/** The times after `from` up to and including `to`, the latest `most` of them. The cost depends only on `most`. */
export function timesBetween(next: Schedule, from: number, to: number, most: number): number[] {
  for (let window = 60_000; ; window *= 4) {
    const start = Math.max(from, to - window);
    const times: number[] = [];
    for (let at = next(start); at !== undefined && at <= to; at = next(at)) times.push(at);
    if (times.length >= most || start === from) return times.slice(-most);
  }
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
