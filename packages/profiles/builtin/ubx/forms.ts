// Messages with a form of their own.

import { f32le, u8, u16le, u32le, u64le } from 'fairlead:helpers';
import type { Numbers, Values } from './layouts.ts';

/** Bytes of a configuration value, by the size in its key. */
export const valueSizes: Numbers = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8 };
const items: Record<string, [name: string, type?: string]> = {
  '40520001': ['CFG_UART1_BAUDRATE'],
  '40530001': ['CFG_UART2_BAUDRATE'],
  '20510001': ['CFG_I2C_ADDRESS'],
  '30210001': ['CFG_RATE_MEAS'],
  '30210002': ['CFG_RATE_NAV'],
  '20110021': ['CFG_NAVSPG_DYNMODEL'],
  '40110068': ['CFG_NAVSPG_USRDAT_ROTY', 'R4'],
  '20910007': ['CFG_MSGOUT_UBX_NAV_PVT_UART1'],
};

/** Items of CFG-VALSET and CFG-VALGET: key and value, of which the key tells the size. */
export function configuration(payload: Uint8Array, from: number): Values {
  const found: Values = {};
  for (let at = from; at < payload.length; ) {
    const key = u32le(payload, at);
    const size = valueSizes[(key >>> 28) & 7];
    if (size === undefined) throw new Error(`key ${key.toString(16)} has no size`);
    const digits = key.toString(16).padStart(8, '0');
    const [name = digits, type] = items[digits] ?? [];
    found[name] = type === 'R4' ? f32le(payload, at + 4) : Number(unsigned(payload, at + 4, size));
    at += 4 + size;
  }
  return found;
}

function unsigned(payload: Uint8Array, at: number, size: number): number | bigint {
  if (size === 8) return u64le(payload, at);
  return size === 1 ? u8(payload, at) : size === 2 ? u16le(payload, at) : u32le(payload, at);
}

const sensors: Record<number, [name: string, divisor: number]> = {
  5: ['gyroZ', 4_096],
  8: ['wheelTickRearLeft', 1],
  9: ['wheelTickRearRight', 1],
  10: ['singleTick', 1],
  11: ['speed', 1_000],
  12: ['gyroTemperature', 100],
  13: ['gyroY', 4_096],
  14: ['gyroX', 4_096],
  16: ['accelerationX', 1_024],
  17: ['accelerationY', 1_024],
  18: ['accelerationZ', 1_024],
};

/** Measurements of sensors: 24 bits of value and 6 bits of type in a word each, then maybe a calibrated time tag. */
export function measurements(payload: Uint8Array, ubx: Values): Values {
  const flags = Number(ubx.flags);
  const count = flags >> 11 || (payload.length - 8 - (flags & 8 ? 4 : 0)) / 4;
  const list: Values[] = [];
  for (let at = 8; at < 8 + count * 4; at += 4) {
    const word = u32le(payload, at);
    const type = (word >>> 24) & 63;
    const [name, divisor] = sensors[type] ?? [`type${type}`, 1];
    list.push({ type, name, value: ((word << 8) >> 8) / divisor });
  }
  return { ...ubx, list, ...(flags & 8 && { calibTtag: u32le(payload, 8 + count * 4) }) };
}
