import type { Message } from '../http/views.ts';
import type { Paint } from './paint.ts';
import { fields, printable } from './text.ts';

/** A message that says it was measured at another time than now, by so much, shows that time. */
const OLD = 60_000;

/** A message for people: `12:30:01  meter-1       attributes  temperature=21.5 humidity=40`. */
export function messageLine({ time, device, kind, values }: Message, now: number, paint: Paint): string {
  const measured = Date.parse(time);
  const old = Math.abs(now - measured) > OLD ? `time=${new Date(measured).toISOString()} ` : '';
  const shown = kind === 'status' ? fields((values as { status?: unknown })?.status) : old + fields(values);
  return eventLine(device, kind, kind === 'status' ? paint.dim(shown) : shown, now, paint);
}

/** A line of the same make for something that happened to a device; `mark` colours what it was. */
export function eventLine(
  device: string,
  what: string,
  shown: string,
  now: number,
  paint: Paint,
  mark: (text: string) => string = (text) => text,
): string {
  const time = new Date(now).toTimeString().slice(0, 8);
  return `${paint.dim(time)}  ${paint.bold(printable(device).padEnd(10))}  ${mark(what.padEnd(10))}  ${shown}`;
}
