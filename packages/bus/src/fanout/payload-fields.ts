import type { BusMessage } from '../port.ts';

/** What is written into the payload, for buses or subscribers that have no properties. */
export type PayloadField = 'time' | 'origin';

const KINDS = new Set(['attributes', 'events']);
const OPENING = 0x7b;
const CLOSING = 0x7d;
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * The message with its properties `time`, or `device`, `epoch` and `seq`, in its payload too, if that is a JSON object of a
 * device. They come first, so that a parser that meets a key twice keeps the device's own:
 *
 *     {"_time":"2026-11-30T17:38:00.000Z","_origin":{"device":"pump","epoch":7,"seq":12},"bar":4.2}
 */
export function withFields(message: BusMessage, fields: readonly PayloadField[]): BusMessage {
  const { properties } = message;
  if (properties === undefined || !KINDS.has(properties.kind ?? '')) return message;
  const payload = Buffer.from(message.payload as string);
  const start = afterBlanks(payload, 0);
  if (payload[start] !== OPENING) return message;
  const { time, device, epoch = '', seq = '' } = properties;
  const parts: string[] = [];
  if (fields.includes('time') && time !== undefined) parts.push(`"_time":${JSON.stringify(time)}`);
  if (fields.includes('origin') && device !== undefined && isCount(epoch) && isCount(seq))
    parts.push(`"_origin":{"device":${JSON.stringify(device)},"epoch":${epoch},"seq":${seq}}`);
  if (parts.length === 0) return message;
  const empty = payload[afterBlanks(payload, start + 1)] === CLOSING;
  const head = Buffer.from(`{${parts.join(',')}${empty ? '' : ','}`);
  return { ...message, payload: Buffer.concat([head, payload.subarray(start + 1)]) };
}

function isCount(text: string): boolean {
  return /^\d{1,16}$/.test(text);
}

function afterBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (BLANKS.has(bytes[at] as number)) at++;
  return at;
}
