/** Times of schedules: cron patterns in a time zone. */
import { Cron } from 'croner';
import { automationErrors } from '../catalogue.ts';

/** The first time after `after` (Unix milliseconds), or undefined when there is none. */
export type Schedule = (after: number) => number | undefined;

/** Throws SCHEDULE_INVALID. */
export function schedule(job: string, pattern: string, zone: string | undefined): Schedule {
  try {
    const cron = new Cron(pattern, { paused: true, ...(zone === undefined ? {} : { timezone: zone }) });
    cron.nextRun(new Date(0)); // an unknown zone shows here
    return (after) => cron.nextRun(new Date(after))?.getTime();
  } catch (error) {
    const reason = (error as Error).message.replace(/^CronPattern: /, '');
    throw automationErrors.error('SCHEDULE_INVALID', { job, reason }, error);
  }
}

/** The times after `from` up to and including `to`, the latest `most` of them. What it costs hangs on `most` alone. */
export function timesBetween(next: Schedule, from: number, to: number, most: number): number[] {
  for (let window = 60_000; ; window *= 4) {
    const start = Math.max(from, to - window);
    const times: number[] = [];
    for (let at = next(start); at !== undefined && at <= to; at = next(at)) times.push(at);
    if (times.length >= most || start === from) return times.slice(-most);
  }
}
