// Messages to the receiver.

import { checksum, concat, fromHex, le } from 'fairlead:helpers';
import { valueSizes } from './forms.ts';
import type { Numbers, Values } from './layouts.ts';

function message(classNumber: number, id: number, payload: Uint8Array | readonly number[] = []): Uint8Array {
  const body = concat(classNumber, id, le(payload.length, 2), payload);
  return concat([0xb5, 0x62], body, checksumBytes(body));
}

function checksumBytes(body: Uint8Array): Uint8Array {
  const sum = checksum('fletcher8', body);
  return Uint8Array.of(sum >> 8, sum & 0xff);
}

function within(name: string, value: unknown, least: number, most: number): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < least || number > most)
    throw new Error(`${name} must be a whole number from ${least} to ${most}`);
  return number;
}

/** What a restart forgets: nothing, the ephemeris, everything. */
const starts: Numbers = { hot: 0, warm: 1, cold: 0xffff };

export const commands: Record<string, (params: Values) => Uint8Array> = {
  position: () => message(0x01, 0x07),
  version: () => message(0x0a, 0x04),
  interval: ({ seconds }) => {
    const period = within('seconds * 1000', Math.round(Number(seconds) * 1_000), 25, 65_535);
    return message(0x06, 0x08, concat(le(period, 2), le(1, 2), le(1, 2)));
  },
  message: (params) =>
    message(0x06, 0x01, [
      within('class', params.class, 0, 255),
      within('id', params.id, 0, 255),
      within('rate', params.rate, 0, 255),
    ]),
  configure: ({ key, value, layers = 1 }) => {
    if (!/^[0-9a-f]{8}$/i.test(String(key))) throw new Error(`a key has 8 hex digits: ${key}`);
    const number = Number.parseInt(String(key), 16);
    const size = valueSizes[(number >>> 28) & 7];
    if (size === undefined) throw new Error(`key ${key} has no size`);
    const head = [0, within('layers', layers, 1, 7), 0, 0];
    const content = le(within('value', value, -(2 ** 31), Number.MAX_SAFE_INTEGER), size);
    return message(0x06, 0x8a, concat(head, le(number, 4), content));
  },
  save: () => message(0x06, 0x09, concat(le(0, 4), le(0xffff, 4), le(0, 4), 0x17)),
  reboot: ({ start = 'hot' }) => {
    const mask = starts[String(start)];
    if (mask === undefined) throw new Error(`no such start: ${start}`);
    return message(0x06, 0x04, concat(le(mask, 2), [2, 0]));
  },
  raw: (params) =>
    message(
      within('class', params.class, 0, 255),
      within('id', params.id, 0, 255),
      fromHex(String(params.payload ?? '')),
    ),
};
