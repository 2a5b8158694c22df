// JT/T 808 type 0900: data that passes through the terminal.

import { be, bit, hex, Reader } from 'fairlead:helpers';
import { engineText } from './engine.ts';
import { type Item, number, text } from './item.ts';
import { one } from './layout.ts';
import type { Values } from './message.ts';
import { addAlarm, date, motion, place } from './position.ts';

export const transparent = one((values, body, { bytes, zone }) => {
  const kind = body.u8();
  if (kind === 0x53 || kind === 0x54) return sensorList(values, body, zone, kind);
  if (kind === 0xff) return trace(values, body, zone);
  if (kind === 0xf0) return vehicle(values, body, zone);
  if (kind === 0x40) {
    if (body.left > 2 && bytes[body.at] === 0) body.skip(2); // length
    serialText(values, body.ascii(body.left).trim());
  } else if (kind === 0x41) engineText(values, body.ascii(body.left));
  else {
    values.messageType = 0x0900;
    values.type = kind;
    values.raw = body.hex(body.left);
  }
  return undefined;
});

const VEHICLE: Record<number, Item> = {
  258: number('odometer', 10),
  1320: number('odometer', 10),
  1350: number('odometer', 10),
  259: number('fuelVolume', 100),
  1322: number('fuelVolume', 100),
  1323: number('fuel'),
  1325: number('coolantTemperature', 1, -40),
  1328: number('voltage', 1_000),
  1333: number('obdSpeed', 10),
  1334: number('rpm'),
  1335: number('fuelConsumption', 100),
  1351: number('throttle'),
  65260: text('vin'),
};

const VEHICLE_ALARMS: Record<number, string> = {
  1: 'powerRestored',
  2: 'powerCut',
  14: 'idle',
  26: 'hardAcceleration',
  27: 'hardBraking',
  28: 'hardCornering',
  35: 'fatigue',
  37: 'overspeed',
  38: 'accident',
  39: 'accident',
  40: 'accident',
  49: 'door',
  50: 'door',
};

/** Kind f0: engine data (1), trouble codes (2) or alarms (3), each with the place. */
function vehicle(values: Values, body: Reader, zone: number): Date | undefined {
  const time = date(body, zone);
  if (body.u8() > 0) values.archive = true;
  body.skip(1); // kind of the vehicle
  const kind = body.u8();
  if (kind < 1 || kind > 3) {
    values.messageType = 0x0900;
    values.type = kind;
    values.raw = body.hex(body.left);
    return time;
  }
  if (kind === 1) engineItems(values, body);
  else if (kind === 2) values.faultCodes = troubleCodes(body);
  else
    for (let count = body.u8(); count > 0; count--) {
      addAlarm(values, VEHICLE_ALARMS[body.u8()]);
      body.skip(body.u8());
    }
  place(body, values);
  return time;
}

function engineItems(values: Values, body: Reader): void {
  const others: Values = {};
  for (let count = body.u8(); count > 0; count--) {
    const id = body.u16();
    const item = new Reader(body.take(body.u8()));
    const known = VEHICLE[id];
    if (known) known(values, item);
    else others[hex(be(id, 2))] = item.hex(item.left);
  }
  if (Object.keys(others).length > 0) values.obd = others;
}

function troubleCodes(body: Reader): string[] {
  const codes: string[] = [];
  for (let count = body.u16(); count > 0; count--) {
    body.skip(4); // system
    for (let faults = body.u16(); faults > 0; faults--) {
      body.skip(8); // code and state as numbers
      codes.push(body.ascii(body.u16()).trim());
    }
  }
  return codes;
}

function serialText(values: Values, line: string): void {
  const driverId = /^GTSL\|[^|]*\|[^|]*\|[^|]*\|(\w+)/.exec(line)?.[1];
  if (driverId === undefined) values.message = line;
  else values.driver = driverId;
}

function trace(values: Values, body: Reader, zone: number): Date | undefined {
  const time = date(body, zone);
  values.valid = true;
  values.latitude = body.i32() / 1e6;
  values.longitude = body.i32() / 1e6;
  motion(body, values);
  return time;
}

function sensorList(values: Values, body: Reader, zone: number, kind: number): Date | undefined {
  place(body, values);
  motion(body, values);
  const time = date(body, zone);
  if (kind === 0x53) values.tags = tagList(body);
  else {
    const samples: Values[] = [];
    while (body.left >= 8) samples.push(sample(body, zone));
    values.samples = samples;
    const { time: _, ...latest } = samples.at(-1) ?? {};
    Object.assign(values, latest);
  }
  return time;
}

function tagList(body: Reader): Values[] {
  body.skip(1); // number of all tags
  const list: Values[] = [];
  while (body.left >= 9) {
    const index = body.u8() + 1;
    const mac = hex(body.take(6), ':');
    list.push({ index, mac, rssi: body.i8(), data: body.hex(body.u8()) });
  }
  return list;
}

function sample(body: Reader, zone: number): Values {
  const mask = body.u16();
  const time = date(body, zone)?.toISOString();
  const values: Values = { time };
  if (bit(mask, 0)) values.lightSensor = body.u16();
  if (bit(mask, 1)) {
    values.temperature = body.i16() / 10;
    values.humidity = body.i16() / 10;
  }
  if (bit(mask, 2)) values.temperature3 = body.i16() / 10;
  if (bit(mask, 3)) values.acceleration = [[body.i16(), body.i16(), body.i16()]];
  if (bit(mask, 4)) values.pressure = body.u16();
  return values;
}
