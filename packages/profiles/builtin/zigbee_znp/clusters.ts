// Frames of the cluster library, and what their attributes mean.

import {
  f32le,
  f64le,
  fromHex,
  hex,
  i8,
  i16le,
  i32le,
  u8,
  u16le,
  u24le,
  u32le,
  utf8,
} from 'fairlead:helpers';
import { address64, part, type Values } from './layouts.ts';

/** Sizes and readers of ZCL types; text and bytes have a length in front. */
const types: Record<number, [size: number, read: (bytes: Uint8Array, at: number) => unknown]> = {
  16: [1, (bytes, at) => u8(bytes, at) === 1],
  24: [1, u8],
  25: [2, u16le],
  26: [3, u24le],
  27: [4, u32le],
  32: [1, u8],
  33: [2, u16le],
  34: [3, u24le],
  35: [4, u32le],
  36: [5, (bytes, at) => u32le(bytes, at) + u8(bytes, at + 4) * 2 ** 32],
  37: [6, (bytes, at) => u32le(bytes, at) + u16le(bytes, at + 4) * 2 ** 32],
  40: [1, i8],
  41: [2, i16le],
  42: [3, (bytes, at) => (u24le(bytes, at) << 8) >> 8],
  43: [4, i32le],
  48: [1, u8],
  49: [2, u16le],
  57: [4, f32le],
  58: [8, f64le],
  226: [4, u32le],
  240: [8, address64],
};

function zclValue(type: number, bytes: Uint8Array, at: number): [value: unknown, end: number] | undefined {
  const known = types[type];
  if (known !== undefined) return [known[1](part(bytes, at, known[0]), 0), at + known[0]];
  if (type !== 0x41 && type !== 0x42) return undefined;
  const size = u8(bytes, at);
  // 255: no text.
  const content = size === 0xff ? new Uint8Array() : part(bytes, at + 1, size);
  return [type === 0x42 ? utf8(content).replace(/\0+$/, '') : hex(content), at + 1 + content.length];
}

/** Attributes of a report (without a status) or of an answer to a question. A type that is not known ends the list. */
function zclAttributes(bytes: Uint8Array, from: number, withStatus: boolean): Values {
  const attributes: Values = {};
  for (let at = from; at < bytes.length; ) {
    const key = u16le(bytes, at).toString(16).padStart(4, '0');
    at += 2;
    if (withStatus && u8(bytes, at++) !== 0) continue;
    const read = zclValue(u8(bytes, at), bytes, at + 1);
    if (read === undefined) {
      attributes[key] = hex(bytes.subarray(at));
      break;
    }
    [attributes[key], at] = read;
  }
  return attributes;
}

const globals: Record<number, string> = {
  0: 'read',
  1: 'readResponse',
  2: 'write',
  4: 'writeResponse',
  7: 'configureReportingResponse',
  10: 'report',
  11: 'defaultResponse',
};

export function zclFrame(bytes: Uint8Array): Values {
  const control = u8(bytes);
  const manufacturer = control & 4 ? { manufacturer: u16le(bytes, 1) } : {};
  const at = control & 4 ? 3 : 1;
  const [sequence, command] = [u8(bytes, at), u8(bytes, at + 1)];
  const head = { ...manufacturer, sequence, command };
  if ((control & 3) !== 0) return { ...head, specific: true, data: hex(bytes.subarray(at + 2)) };
  const named = { ...head, ...(globals[command] && { commandName: globals[command] }) };
  if (command === 1 || command === 10)
    return { ...named, attributes: zclAttributes(bytes, at + 2, command === 1) };
  return { ...named, data: hex(bytes.subarray(at + 2)) };
}

/** Attributes with a name in the vocabulary, by cluster and attribute. Values that mean "not known" are left out. */
const measured: Record<string, [key: string, scale: number, unknown?: number]> = {
  '0001 0020': ['batteryVoltage', 0.1, 255],
  '0001 0021': ['battery', 0.5, 255],
  '0008 0000': ['level', 100 / 254, 255],
  '0402 0000': ['temperature', 0.01, -32_768],
  '0403 0000': ['pressure', 1, -32_768],
  '0405 0000': ['humidity', 0.01, 65_535],
};

export function vocabulary(cluster: number, attributes: Values): Values {
  const values: Values = {};
  const place = cluster.toString(16).padStart(4, '0');
  for (const [attribute, value] of Object.entries(attributes)) {
    const [key, scale, unknown] = measured[`${place} ${attribute}`] ?? [];
    if (key !== undefined && typeof value === 'number' && value !== unknown)
      values[key] = value * (scale as number);
  }
  const [zero, four, five] = [attributes['0000'], attributes['0004'], attributes['0005']];
  // The measured value of illuminance is a logarithm.
  if (place === '0400' && typeof zero === 'number' && zero > 0 && zero < 65_535)
    values.illuminance = 10 ** ((zero - 1) / 10_000);
  if (place === '0006' && typeof zero === 'boolean') values.output1 = zero;
  if (place === '0406' && typeof zero === 'number') values.motion = zero % 2 === 1;
  if (place === '0000' && typeof four === 'string') values.manufacturer = four;
  if (place === '0000' && typeof five === 'string') values.model = five;
  return values;
}

/** The zone status of intruder alarm sensors: bits of alarm, tampering and battery. */
export function zoneStatus({ command, data }: Values): Values {
  if (command !== 0 || String(data).length < 4) return {};
  const bits = u16le(fromHex(String(data)));
  const alarm = bits & 3 ? 'general' : bits & 4 ? 'tampering' : bits & 8 ? 'lowBattery' : undefined;
  return { status: bits, ...(alarm && { alarm }) };
}
