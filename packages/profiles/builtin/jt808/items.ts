// Which item of a JT/T 808 position has which number.

import { ascii, be, bit, bits, hex, Reader } from 'fairlead:helpers';
import { ENGINE, ENGINE_LONG, engineText } from './engine.ts';
import { cameraState, cells24, climateTags, lock, nested, sensors } from './groups.ts';
import {
  accessPoints,
  analog,
  battery,
  extra,
  type Item,
  items,
  number,
  safety,
  setCells,
  signed16,
  text,
} from './item.ts';
import type { Values } from './message.ts';
import { addAlarm } from './position.ts';

export const ITEMS: Record<number, Item> = {
  1: number('odometer', 10),
  2: number('fuelVolume', 10),
  3: number('recorderSpeed', 10),
  4: number('event'),
  6: (values, item) => {
    if (item.left === 1) values.battery = item.u8();
    else if (item.left === 2) values.temperature1 = signed16(item.u16());
  },
  11: lock,
  20: number('inputs'),
  37: number('inputs'),
  42: number('inputs'),
  43: analog,
  48: number('signal'),
  49: number('satellites'),
  81: (values, item) => {
    for (let i = 1; item.left >= 2; i++) {
      const value = item.u16();
      if (value !== 0xffff) values[`temperature${i}`] = signed16(value) / 10;
    }
  },
  86: (values, item) => {
    values.battery = item.u8() * 10;
  },
  87: (values, item) => {
    const alarms = item.u16();
    if (bit(alarms, 8)) addAlarm(values, 'hardAcceleration');
    if (bit(alarms, 9)) addAlarm(values, 'hardBraking');
    if (bit(alarms, 10)) addAlarm(values, 'hardCornering');
  },
  96: (values, item) => {
    const event = item.u16();
    values.event = event;
    if (event < 0x61 || event > 0x66 || item.left < 14) return;
    item.skip(6); // lock
    values.driver = item.ascii(8);
  },
  97: number('voltage', 100),
  100: safety('assistance'),
  101: safety('driver'),
  104: number('battery', 100),
  105: number('batteryVoltage', 100),
  112: safety('driving'),
  119: (values, item) => {
    const list: Values[] = [];
    while (item.left >= 8) {
      const [index, id, pressure] = [item.u8(), item.hex(3), (item.u16() & 0x3ff) / 40];
      list.push({ index, id, pressure, temperature: item.u8() - 50, status: item.u8() });
    }
    values.tyres = list;
  },
  128: (values, item) => {
    item.skip(1);
    items(item, values, ENGINE);
  },
  130: number('voltage', 10),
  148: text('vin'),
  167: analog,
  172: number('odometer', 1_000),
  188: text('driver'),
  189: text('driver'),
  208: (values, item) => {
    if (bit(item.u32(), 3)) addAlarm(values, 'vibration');
  },
  211: number('voltage', 10),
  212: battery,
  213: (values, item) => {
    if (item.left === 2) values.batteryVoltage = item.u16() / 100;
    else extra(values, 'd5', item);
  },
  225: (values, item) => {
    if (item.left >= 12 && (item.left - 4) % 8 === 0) cells24(values, item);
    else battery(values, item);
  },
  227: (values, item) => {
    item.skip(1);
    values.battery = item.u8();
    values.batteryVoltage = item.u16() / 100;
  },
  228: (values, item) => {
    if (item.u8() === 0) values.charging = true;
    values.battery = item.u8();
  },
  229: (values, item) => {
    if (item.left === 1) values.motion = item.u8() === 1;
  },
  230: (values, item) => {
    const content = item.take(item.left);
    if (ascii(content).startsWith('$OBD-RT')) engineText(values, ascii(content));
    else if (content.length > 0 && content.length % 11 === 0) climateTags(values, new Reader(content));
    else extra(values, 'e6', new Reader(content));
  },
  231: (values, item) => {
    if (item.left !== 8) return;
    const alarms = item.u16();
    if (bit(alarms, 0)) addAlarm(values, 'vibration');
    if (bits(alarms, 1, 3) > 0) addAlarm(values, 'sos');
  },
  232: cameraState,
  233: battery,
  235: nested,
  236: accessPoints,
  237: text('driver'),
  238: (values, item) => {
    if (item.left !== 6) return;
    values.signal = item.u8();
    values.voltage = item.u16() / 1_000;
    values.batteryVoltage = item.u16() / 1_000;
    values.satellites = item.u8();
  },
  240: (values, item) => {
    const list: Values[] = [];
    while (item.left >= 13) {
      const [mcc, mnc, cellId, lac, level] = [item.u16(), item.u16(), item.u32(), item.u32(), item.u8()];
      list.push({ mcc, mnc, lac, cellId, level });
    }
    setCells(values, list);
  },
  241: (values, item) => {
    if (item.left === 4) values.voltage = item.u32() / 1_000;
  },
  242: text('firmware'),
  243: (values, item) => {
    while (item.left >= 3) {
      const id = item.u16();
      const part = new Reader(item.take(item.u8()));
      const known = ENGINE_LONG[id];
      if (known) known(values, part);
      else values.obd = { ...(values.obd as Values | undefined), [hex(be(id, 2))]: part.hex(part.left) };
    }
  },
  244: accessPoints,
  245: number('illuminance'),
  246: (values, item) => {
    if (item.left === 2) values.pressure = item.u16();
    else if (item.left === 8) values.imei = item.hex(8).slice(1);
    else sensors(values, item);
  },
  247: (values, item) => {
    if (item.left === 2) {
      values.humidity = item.u16() / 10;
      return;
    }
    if (item.left < 4) return;
    values.batteryVoltage = item.u32() / 1_000;
    if (item.left > 0 && [2, 3].includes(item.u8())) values.charging = true;
    if (item.left > 0) values.battery = item.u8();
  },
  248: (values, item) => {
    if (item.left === 2) values.temperature2 = Math.round(item.u16() - 500) / 10;
    else extra(values, 'f8', item);
  },
  252: number('geofence'),
  253: (values, item) => {
    if (item.left < 9) return;
    const [mcc, mnc, lac] = [item.u16(), item.u16(), item.u16()];
    Object.assign(values, { mcc, mnc, lac, cellId: item.u32() });
  },
  254: (values, item) => {
    if (item.left === 1) values.battery = item.u8();
    else if (item.left === 2) values.voltage = item.u16() / 10;
    else if (item.left === 4) values.odometer = item.u32() / 1_000;
    else extra(values, 'fe', item);
  },
};
