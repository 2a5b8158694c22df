// Items of a JT/T 808 position that hold several values.

import { ascii, be, bit, bits, hex, Reader, u16 } from 'fairlead:helpers';
import { extra, type Item, number, setCells } from './item.ts';
import type { Values } from './message.ts';
import { addAlarm } from './position.ts';

const CAMERA_ALARMS: Record<number, string> = {
  1: 'fault',
  1024: 'hardAcceleration',
  1025: 'hardBraking',
  1026: 'hardCornering',
  1027: 'overspeed',
  1029: 'accident',
  1030: 'vibration',
  1031: 'tow',
  1032: 'geofenceEnter',
  1033: 'geofenceExit',
  1036: 'door',
  1042: 'hardAcceleration',
  1043: 'hardBraking',
  1044: 'hardCornering',
  1046: 'accident',
  1047: 'accident',
  3073: 'sos',
  3074: 'lowPower',
  3077: 'general',
  3086: 'powerCut',
  3087: 'lowBattery',
  3088: 'powerOff',
  3090: 'tampering',
};

/** Item e8 of dashboard cameras: a number, for some of them its content. */
export function cameraState(values: Values, item: Reader): void {
  if (item.left < 4) {
    extra(values, 'e8', item);
    return;
  }
  const kind = item.u16();
  values.event = kind;
  addAlarm(values, CAMERA_ALARMS[kind]);
  if (kind === 0x0c03 || kind === 0x0c04) values.ignition = kind === 0x0c03;
  if (kind !== 0x2003) return;
  item.skip(1); // length
  values.charging = item.u8() === 1;
  const level = item.u8();
  if (level >= 1 && level <= 6) values.battery = Math.floor((level * 100) / 6);
  values.batteryVoltage = item.u16() / 100;
  values.signal = item.u8();
  values.voltage = item.u16() / 100;
}

/** Item e1: cells with a location area of three bytes. */
export function cells24(values: Values, item: Reader): void {
  const mcc = item.u16();
  const mnc = item.u16();
  const list: Values[] = [];
  while (item.left >= 8) list.push({ mcc, mnc, lac: item.u24(), cellId: item.u32(), level: item.u8() });
  setCells(values, list);
}

export function lock(values: Values, item: Reader): void {
  const size = item.left;
  const state: Values = { command: item.u8() };
  if (size === 5 || size === 6) state.card = item.u32();
  else if (size >= 7) state.password = item.ascii(6);
  if (size % 2 === 0 && item.left > 0) state.result = item.u8();
  values.lock = state;
}

export function climateTags(values: Values, item: Reader): void {
  const part = () => {
    const whole = item.i8();
    return (Math.abs(whole) + item.u8() / 255) * (whole < 0 ? -1 : 1);
  };
  const list: Values[] = [];
  while (item.left >= 11) {
    const index = item.u8();
    const mac = hex(item.take(6), ':');
    const temperature = part();
    list.push({ mac, temperature, humidity: part() });
    values[`temperature${index}`] = temperature;
  }
  values.tags = list;
}

/** Item f6 with a mask of what follows. */
export function sensors(values: Values, item: Reader): void {
  const event = item.u8();
  values.event = event;
  if (event === 2) values.motion = true;
  const mask = item.u8();
  if (bit(mask, 0)) values.lightSensor = item.u16();
  if (bit(mask, 1)) values.temperature1 = item.i16() / 10;
  if (bit(mask, 2)) values.humidity = item.i16() / 10;
  if (bit(mask, 3)) values.acceleration = [[item.i16(), item.i16(), item.i16()]];
  if (bit(mask, 4)) item.skip(10); // thresholds
  if (bit(mask, 5)) values.pressure = item.u16();
}

/** Item eb: items with a length and a number of two bytes, a list of cells, or the zone as text. */
export function nested(values: Values, content: Reader): void {
  const all = content.take(content.left);
  const item = new Reader(all);
  if (all.length > 2 && all.every((byte) => byte >= 32 && byte < 127)) {
    values.timezone = ascii(all);
    return;
  }
  if (all.length >= 8 && u16(all) > 200 && (all.length - 3) % 5 === 0) {
    const mcc = item.u16();
    const mnc = item.u8();
    const list: Values[] = [];
    while (item.left >= 5) list.push({ mcc, mnc, lac: item.u16(), cellId: item.u16(), level: item.u8() });
    setCells(values, list);
    return;
  }
  while (item.left >= 4) {
    const size = item.u16() - 2;
    const id = item.u16();
    const part = new Reader(item.take(size));
    const known = NESTED[id];
    if (known) known(values, part);
    else extra(values, `eb${hex(be(id, 2))}`, part);
  }
}

const NESTED: Record<number, Item> = {
  1: number('fuelVolume', 10),
  35: (values, item) => {
    values.fuelVolume2 = Number(item.ascii(6));
  },
  45: (values, item) => {
    if (item.left === 4) values.voltage = item.u32() / 1_000;
    else values.batteryVoltage = item.u16() / 1_000;
  },
  137: (values, item) => {
    const state = item.u32();
    if (!bit(state, 12)) addAlarm(values, 'removing');
    if (!bit(state, 0)) addAlarm(values, 'powerOff');
  },
  178: (values, item) => {
    values.iccid = item.hex(10).replace(/f+$/, '');
  },
  185: (values, item) => {
    item.skip(1);
    const parts = item.ascii(item.left).split(',');
    values.wifi = Array.from({ length: Math.floor(parts.length / 2) }, (_, i) => ({
      mac: parts[2 * i],
      rssi: Number(parts[2 * i + 1]),
    }));
  },
  197: (values, item) => {
    const state = item.u32();
    if (!bit(state, 6)) addAlarm(values, 'vibration');
    const moving = bits(state, 23, 2);
    if (moving < 2) values.motion = moving === 0;
  },
  198: (values, item) => {
    if ([3, 4].includes(item.u8())) addAlarm(values, 'lowBattery');
  },
  206: number('voltage', 100),
  216: (values, item) => {
    Object.assign(values, { mcc: item.u16(), mnc: item.u8(), lac: item.u16(), cellId: item.u32() });
  },
  168: number('battery'),
  225: number('battery'),
};
