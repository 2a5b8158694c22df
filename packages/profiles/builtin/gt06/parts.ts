// What several layouts of GT06 have in common: date, position, cells, status, alarms.

import { be, bit, bits, dateUTC, hex, type Reader, u8, u16, u32 } from 'fairlead:helpers';
import type { Message, Values } from './message.ts';

/** YY MM DD hh mm ss; a device that has no time yet sends zeros. */
export function date({ content, zone }: Message): Date | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = content.take(6);
  if (year + month + day + hour + minute + second === 0) return undefined;
  return new Date(dateUTC(2000 + year, month, day, hour, minute, second).getTime() - zone * 60_000);
}

export function place(values: Values, latitude: number, longitude: number, flags: number): void {
  if (latitude > 90 * 1_800_000 || longitude > 180 * 1_800_000) throw new RangeError('no such place');
  values.valid = bit(flags, 12);
  values.latitude = (bit(flags, 10) ? latitude : -latitude) / 1_800_000 + 0;
  values.longitude = (bit(flags, 11) ? -longitude : longitude) / 1_800_000 + 0;
  values.course = bits(flags, 0, 10);
  if (bit(flags, 14)) values.ignition = bit(flags, 15);
}

/** Date, satellites, latitude and longitude in 1/30000 minute, speed, flags with the course. */
export function gps(message: Message): void {
  message.time = date(message);
  fix(message);
}

export function fix({ content, values }: Message): void {
  values.satellites = content.u8() & 15;
  const latitude = content.u32();
  const longitude = content.u32();
  values.speed = content.u8();
  place(values, latitude, longitude, content.u16());
}

export interface CellForm {
  mnc?: 1 | 2;
  lac?: 2 | 4;
  id?: 3 | 4 | 8;
}

export const WIDE: CellForm = { lac: 4, id: 8 };

export const LARGE_ID: CellForm = { id: 4 };

export const LTE: CellForm = { mnc: 2, id: 4 };

export function network(content: Reader, form: CellForm): Values {
  const mcc = content.u16();
  const mnc = form.mnc === 2 || bit(mcc, 15) ? content.u16() : content.u8();
  return { mcc: mcc & 0x7fff, mnc };
}

export const areaAndCell = (content: Reader, { lac = 2, id = 3 }: CellForm): Values => ({
  lac: lac === 2 ? content.u16() : content.u32(),
  cellId: id === 3 ? content.u24() : id === 4 ? content.u32() : Number(content.u64()),
});

export function cell({ content, values }: Message, form: CellForm = {}): void {
  Object.assign(values, network(content, form), areaAndCell(content, form));
}

/** A cell after its length, which counts itself; 0: there is none. */
export function countedCell(message: Message, form?: CellForm): void {
  const { content } = message;
  const length = content.u8();
  if (length === 0) {
    if (content.left > 45) content.skip(45); // an empty list of cells
    return;
  }
  const end = content.at + length - 1;
  cell(
    message,
    form ?? (length >= 16 ? WIDE : length === 10 && !bit(u8(message.bytes, content.at), 7) ? LARGE_ID : {}),
  );
  if (content.at < end && end - content.at < content.left) content.skip(end - content.at);
}

/** A cell after its generation; from 4G on it is wide. */
export function generationCell(message: Message): void {
  const wide = message.content.u8() >= 3;
  cell(message, wide ? WIDE : {});
  message.values.rssi = wide ? message.content.i16() : -message.content.u8();
}

const STATUS_ALARMS: Record<number, string> = {
  1: 'vibration',
  2: 'powerCut',
  3: 'lowBattery',
  4: 'sos',
  6: 'geofence',
  7: 'removing',
};

export function status({ content, values }: Message): void {
  const flags = content.u8();
  values.status = flags;
  values.ignition = bit(flags, 1);
  values.charging = bit(flags, 2);
  values.blocked = bit(flags, 7);
  setAlarm(values, STATUS_ALARMS[bits(flags, 3, 3)]);
}

export function setAlarm(values: Values, name: string | undefined): void {
  if (name !== undefined) values.alarm = name;
}

/** One byte: steps of 0 to 6, or percent. */
export function battery({ content, values }: Message): void {
  const level = content.u8();
  if (level <= 6) values.voltageLevel = level;
  if (level <= 100) values.battery = level <= 6 ? Math.floor((level * 100) / 6) : level;
}

export const ALARMS: Record<number, string> = {
  1: 'sos',
  2: 'powerCut',
  3: 'vibration',
  4: 'geofenceEnter',
  5: 'geofenceExit',
  6: 'overspeed',
  9: 'vibration',
  12: 'tampering',
  14: 'lowBattery',
  15: 'lowBattery',
  17: 'powerOff',
  19: 'tampering',
  20: 'door',
  24: 'removing',
  25: 'lowBattery',
  26: 'hardBraking',
  27: 'hardCornering',
  35: 'fall',
  37: 'tampering',
  38: 'hardAcceleration',
  39: 'hardBraking',
  40: 'hardBraking',
  41: 'hardAcceleration',
  42: 'hardCornering',
  43: 'hardCornering',
  44: 'accident',
  46: 'hardCornering',
  48: 'jamming',
  50: 'tampering',
  51: 'lock',
  52: 'unlock',
  83: 'fuelLeak',
  91: 'temperature',
  92: 'temperature',
  201: 'idle',
  240: 'hardAcceleration',
  241: 'hardBraking',
  242: 'accident',
  263: 'jamming',
  267: 'jamming',
};

/** Status, battery, signal, alarm, language; the upper half of the language extends the alarm of newer devices. */
export function statusGroup(message: Message, extended = false): void {
  const { content, values } = message;
  status(message);
  battery(message);
  values.signal = content.u8();
  if (content.left === 0) return;
  const alarm = content.u8();
  const language = content.left > 0 ? content.u8() : 0;
  setAlarm(values, ALARMS[extended ? ((language >> 4) << 8) | alarm : alarm]);
}

/** Ignition, reason of the report, whether it was stored; after it the odometer in metres where it has one. */
export function tail({ content, values }: Message): void {
  if (content.left < 3) return;
  values.ignition = content.u8() > 0;
  values.event = content.u8();
  values.archive = content.u8() > 0;
  if (content.left === 4) values.odometer = content.u32() / 1_000;
}

/** Modules of number, length and content. */
export function modules({ content, values }: Message): void {
  const unknown: Record<string, string> = {};
  while (content.left >= 3) {
    const number = content.u16();
    const module = content.take(content.u8());
    if (number === 0x18) values.batteryVoltage = u16(module) / 100;
    else if (number === 0x27) values.voltage = u16(module) / 100;
    else if (number === 0x2e) values.odometer = u32(module) / 1_000;
    else if (number === 0x3b) values.accuracy = u16(module) / 100;
    else if (number === 0x6a) values.battery = u8(module);
    else unknown[hex(be(number, 2))] = hex(module);
  }
  if (Object.keys(unknown).length > 0) values.modules = unknown;
}

export function unknown({ content, values }: Message): void {
  if (content.left > 0) values.raw = content.hex(content.left);
}
