// AVL elements by codec and number.

import { ascii, bit, hex, Reader, u8, u64, utf8 } from 'fairlead:helpers';
import { alarm, type Element, flag, number, other, relative, type Values } from './values.ts';

/** The same number means other things in another size on older devices. */
export const ELEMENTS: Record<number, Record<number, Element>> = {
  1: {
    1: flag('input1'),
    2: flag('input2'),
    3: flag('input3'),
    4: flag('input4'),
    21: number('signal'),
    31: number('engineLoad'),
    32: relative('coolantTemperature'),
    69: number('gnssStatus'),
    80: number('dataMode'),
    113: number('battery'),
    175: alarm('geofenceExit', 'geofenceEnter'),
    179: flag('output1'),
    180: flag('output2'),
    200: number('sleepMode'),
    236: alarm(undefined, 'general'),
    239: flag('ignition'),
    240: flag('motion'),
    246: alarm(undefined, 'tow'),
    247: alarm(undefined, 'accident', 'accident', 'accident', 'accident', 'accident'),
    249: alarm(undefined, 'jamming'),
    251: alarm(undefined, 'idle'),
    252: alarm(undefined, 'powerCut'),
    253: alarm(undefined, 'hardAcceleration', 'hardBraking', 'hardCornering'),
    662: flag('door'),
  },
  2: {
    9: number('adc1', 1_000),
    10: number('adc2', 1_000),
    17: relative('accelerationX'),
    18: relative('accelerationY'),
    19: relative('accelerationZ'),
    25: relative('bleTemperature1', 100),
    26: relative('bleTemperature2', 100),
    27: relative('bleTemperature3', 100),
    28: relative('bleTemperature4', 100),
    36: number('rpm'),
    66: number('voltage', 1_000),
    67: number('batteryVoltage', 1_000),
    68: number('batteryCurrent', 1_000),
    181: number('pdop', 10),
    182: number('hdop', 10),
    205: number('cellId'),
    206: number('lac'),
  },
  4: {
    16: number('odometer', 1_000),
    72: relative('temperature1', 10),
    73: relative('temperature2', 10),
    74: relative('temperature3', 10),
    75: relative('temperature4', 10),
    199: number('tripDistance', 1_000),
    205: number('cellId'),
    241: number('operator'),
    636: number('cellId'),
  },
  8: {
    11: (values, bytes) => {
      values.iccid = String(u64(bytes));
    },
    78: (values, bytes) => {
      if (bytes.some((byte) => byte > 0)) values.driver = hex(bytes.slice().reverse()).toUpperCase();
    },
  },
};

export function operator(values: Values): void {
  const code = values.operator;
  if (typeof code !== 'number' || code < 1_000) return;
  const digits = String(code);
  values.mcc = Number(digits.slice(0, 3));
  values.mnc = Number(digits.slice(3));
}

/** Codec 8 extended: elements with a length. */
export function longElements(reader: Reader, values: Values): void {
  for (let count = reader.u16(); count > 0; count--) {
    const id = reader.u16();
    const bytes = reader.take(reader.u16());
    if (id === 256 || id === 325) values.vin = ascii(bytes);
    else if (id === 281) values.faultCodes = ascii(bytes).split(',');
    else if (id === 385) values.beacons = beacons(new Reader(bytes, 1));
    else if (TAG_LISTS.has(id)) values.beacons = tags(new Reader(bytes, 1));
    else other(values, id, hex(bytes));
  }
}

function beacons(reader: Reader): Values[] {
  const list: Values[] = [];
  while (reader.left > 0) {
    const flags = reader.u8();
    const beacon: Values =
      flags >> 4 > 0
        ? { uuid: hex(reader.take(16)), major: reader.u16(), minor: reader.u16() }
        : { id: hex(reader.take(16)) };
    beacon.rssi = reader.i8();
    if (bit(flags, 1)) beacon.battery = reader.u16() / 100;
    if (bit(flags, 2)) beacon.temperature = reader.i16();
    list.push(beacon);
  }
  return list;
}

const TAG_LISTS = new Set([548, 10828, 10829, 10831, 11317]);
const TAG_PARTS: Record<number, Element> = {
  0: relative('rssi'),
  1: (tag, bytes) => {
    tag.id = hex(bytes);
  },
  2: (tag, bytes) => {
    const flags = u8(bytes);
    if (bit(flags, 6)) tag.lowBattery = true;
    if (bit(flags, 7)) tag.battery = (u8(bytes, 1) * 10 + 2_000) / 1_000;
  },
  5: (tag, bytes) => {
    tag.name = utf8(bytes).replaceAll('\0', '');
  },
  6: relative('temperature', 100),
  7: number('humidity'),
  8: flag('magnet'),
  9: flag('motion'),
  10: number('motionCount'),
  11: relative('pitch'),
  12: relative('roll'),
  13: flag('lowBattery'),
  14: number('battery', 1_000),
  15: (tag, bytes) => {
    tag.mac = hex(bytes, ':');
  },
};

function tags(reader: Reader): Values[] {
  const list: Values[] = [];
  while (reader.left > 0) {
    const part = new Reader(reader.take(reader.u8()));
    const tag: Values = {};
    while (part.left > 0) TAG_PARTS[part.u8()]?.(tag, part.take(part.u8()));
    list.push(tag);
  }
  return list;
}
