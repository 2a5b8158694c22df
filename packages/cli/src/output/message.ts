import type { Message } from '../http/views.ts';
import type { Paint } from './paint.ts';
import { fields, printable } from './text.ts';

/** A message for people: `12:30:01.250  meter-1  attributes  temperature=21.5 humidity=40`. */
export function messageLine(message: Message, paint: Paint): string {
  const time = new Date(message.time).toTimeString().slice(0, 8);
  const device = printable(message.device).padEnd(12);
  return `${paint.dim(time)}  ${paint.bold(device)}  ${message.kind.padEnd(10)}  ${fields(message.values)}`;
}
