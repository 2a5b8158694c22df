// GT06 messages of numbered parts: type 70 with lengths of two bytes, types f1 and f2 with lengths of one.

import { be, dateUnix, hex, Reader } from 'fairlead:helpers';
import type { Message, Values } from './message.ts';
import { place, setAlarm } from './parts.ts';

const MODULE_EVENTS: Record<number, string> = {
  16: 'door',
  18: 'removing',
  20: 'geofenceEnter',
  21: 'geofenceExit',
  22: 'temperature',
  26: 'lowBattery',
  27: 'overspeed',
  28: 'powerOn',
  29: 'powerOff',
  32: 'vibration',
  33: 'powerCut',
  35: 'tampering',
};

const MODULES: Record<number, (content: Reader, message: Message) => void> = {
  3: (content, { values }) => {
    values.iccid = content.hex(10).replace(/f+$/, '');
  },
  9: (content, { values }) => {
    values.satellites = content.u8();
  },
  10: (content, { values }) => {
    values.satellitesVisible = content.u8();
  },
  17: (content, { values }) => {
    const mcc = content.u16();
    Object.assign(values, {
      mcc,
      mnc: content.u16(),
      lac: content.u16(),
      cellId: content.u24(),
      rssi: -content.u8(),
    });
  },
  24: (content, { values }) => {
    values.batteryVoltage = content.u16() / 100;
  },
  40: (content, { values }) => {
    values.hdop = content.u8() / 10;
  },
  41: (content, { values }) => {
    values.index = content.u32();
  },
  42: (content, { values }) => {
    const inputs = content.u8();
    values.door = (inputs & 15) > 0;
    if (inputs >> 4 > 0) values.alarm = 'tampering';
  },
  44: (content, message) => {
    message.time = dateUnix(content.u32());
  },
  51: (content, message) => {
    const { values } = message;
    message.time = dateUnix(content.u32());
    values.satellites = content.u8();
    values.altitude = content.i16();
    const latitude = content.u32();
    const longitude = content.u32();
    values.speed = content.u8();
    place(values, latitude, longitude, content.u16());
  },
  52: (content, { values }) => {
    const event = content.u8();
    values.event = event;
    setAlarm(values, MODULE_EVENTS[event]);
  },
  127: (content, { values }) => {
    const id = content.hex(6);
    const voltage = content.u16() / 1_000;
    const level = content.u8();
    const temperature = content.i16() / 10;
    values.tag = { id, voltage, battery: level, temperature, humidity: content.i16(), status: content.u8() };
    values.temperature1 = temperature;
  },
};

export function modular(message: Message): void {
  const { content, values } = message;
  const others: Record<string, string> = {};
  while (content.left >= 4) {
    const number = content.u16();
    const size = content.u16();
    const module = new Reader(content.take(size));
    const known = MODULES[number];
    if (known) known(module, message);
    else others[hex(be(number, 2))] = module.hex(size);
  }
  if (Object.keys(others).length > 0) values.modules = others;
}

/** Types f1 and f2: time, then numbers with a length of one byte; type f2 has a length of two where the first is 0. */
export function statusList(message: Message): void {
  const { content, values, type } = message;
  message.time = dateUnix(content.u32());
  const others: Record<string, string> = {};
  while (content.left >= 3) {
    const number = content.u16();
    const size = content.u8();
    const part = new Reader(content.take(size === 0 ? content.u8() : size));
    const known = type === 0xf1 ? DEVICE_STATUS[number] : PERIPHERALS[number];
    if (known) known(part, values);
    else others[hex(be(number, 2))] = part.hex(part.left);
  }
  if (Object.keys(others).length > 0) values.modules = others;
}

const DEVICE_STATUS: Record<number, (part: Reader, values: Values) => void> = {
  1: (part, values) => {
    const motion = part.u8();
    values.motion = motion === 2 || motion === 4;
  },
  2: (part, values) => {
    values.armed = part.u8() > 0;
  },
  4: (part, values) => {
    values.ignition = part.u8() > 0;
  },
  5: (part, values) => {
    values.voltage = part.u16() / 100;
  },
  7: (part, values) => {
    values.charging = part.u8() > 0;
  },
  11: (part, values) => {
    values.temperature = part.u16() / 10;
  },
};

const PERIPHERALS: Record<number, (part: Reader, values: Values) => void> = {
  10: (part, values) => {
    part.skip(1); // kind of the address
    values.tag = { mac: part.hex(6) };
    values.event = part.u8();
    values.eventData = part.hex(part.left);
  },
  12: (part, values) => {
    values.batteryPack = { battery: part.u8(), charging: part.u8() > 0, cycles: part.u16() };
  },
};
