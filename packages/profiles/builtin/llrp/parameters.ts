// Parameters, and what those of events and results say.

import { bit, hex, i16, u8, u16, u32, u64, utf8 } from 'fairlead:helpers';
import { FOLDERS, MAX_DATA, SIZES, STATUSES } from './codes.ts';

export type Values = Record<string, unknown>;

export const shown = (bytes: Uint8Array): string => hex(bytes.subarray(0, MAX_DATA));

interface Parameter {
  readonly type: number;
  /** Fields and parameters in it. */
  readonly body: Uint8Array;
}

export function parametersOf(bytes: Uint8Array): Parameter[] {
  const list: Parameter[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = u8(bytes, at);
    const isShort = first >= 0x80;
    const type = isShort ? first & 0x7f : u16(bytes, at) & 0x3ff;
    const header = isShort ? 1 : 4;
    const size = isShort ? SIZES[type] : u16(bytes, at + 2) - 4;
    if (size === undefined) throw new Error(`a parameter of the unknown type ${type}`);
    if (size < 0 || at + header + size > bytes.length)
      throw new Error(`parameter ${type} ends beyond the message`);
    list.push({ type, body: bytes.subarray(at + header, at + header + size) });
    at += header + size;
  }
  return list;
}

export const microseconds = (bytes: Uint8Array): number => Number(u64(bytes));

/** A text behind its length in bytes. */
function textAt(bytes: Uint8Array, at: number): string {
  const end = at + 2 + u16(bytes, at);
  if (end > bytes.length) throw new Error('a text ends beyond its parameter');
  return utf8(bytes.subarray(at + 2, end));
}

const EVENTS: Record<number, readonly [name: string, read: (body: Uint8Array) => Values]> = {
  247: ['HoppingEvent', (body) => ({ index: u16(body, 2) })],
  248: ['GPIEvent', (body) => ({ port: u16(body), state: bit(u8(body, 2), 7) })],
  249: [
    'ROSpecEvent',
    (body) => ({ state: ['started', 'ended', 'preempted'][u8(body)] ?? u8(body), rospecId: u32(body, 1) }),
  ],
  250: ['ReportBufferLevelWarningEvent', (body) => ({ level: u8(body), alarm: 'general' })],
  251: ['ReportBufferOverflowErrorEvent', () => ({ alarm: 'fault' })],
  252: ['ReaderExceptionEvent', (body) => ({ text: textAt(body, 0), alarm: 'fault' })],
  253: [
    'RFSurveyEvent',
    (body) => ({ state: ['started', 'ended'][u8(body)] ?? u8(body), rospecId: u32(body, 1) }),
  ],
  254: ['AISpecEvent', (body) => ({ rospecId: u32(body, 1) })],
  255: ['AntennaEvent', (body) => ({ connected: u8(body) === 1, antenna: u16(body, 1) })],
  256: ['ConnectionAttemptEvent', (body) => ({ connectionAttemptStatus: u16(body) })],
  257: ['ConnectionCloseEvent', () => ({})],
};

/** Adds what a parameter of an answer or an event says. */
export function meaning({ type, body }: Parameter, values: Values): void {
  if (FOLDERS.includes(type)) {
    for (const parameter of parametersOf(body)) meaning(parameter, values);
    return;
  }
  const event = EVENTS[type];
  if (event !== undefined) Object.assign(values, { event: event[0], ...event[1](body) });
  else if (type === 128) values.utcMicroseconds = microseconds(body);
  else if (type === 129) values.uptimeMicroseconds = microseconds(body);
  else if (type === 287) Object.assign(values, status(body));
  else if (type === 137) Object.assign(values, capabilities(body));
  else if (type === 218)
    Object.assign(values, { readerId: hex(body.subarray(3)), serial: hex(body.subarray(3)) });
  else if (type === 221)
    push(values, 'antennas', { id: u16(body, 1), connected: bit(u8(body), 7), gain: i16(body, 3) / 100 });
  else if (type === 225)
    push(values, 'ports', { port: u16(body), state: ['low', 'high', 'unknown'][u8(body, 3)] ?? u8(body, 3) });
}

export function push(values: Values, key: string, item: Values): void {
  const list = (values[key] ?? []) as Values[];
  list.push(item);
  values[key] = list;
}

function status(body: Uint8Array): Values {
  const code = u16(body);
  const text = textAt(body, 2);
  return { status: code, meaning: STATUSES[code] ?? `status ${code}`, ...(text && { statusText: text }) };
}

const capabilities = (body: Uint8Array): Values => ({
  maxAntennas: u16(body),
  manufacturer: u32(body, 4),
  modelCode: u32(body, 8),
  firmware: textAt(body, 12),
});
