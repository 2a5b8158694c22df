// Layouts of GT06 messages that hold a position: one function for each.

import { bcd, bit, bits, u8 } from 'fairlead:helpers';
import { type Decoder, type Message, textOf } from './message.ts';
import {
  ALARMS,
  battery,
  type CellForm,
  cell,
  countedCell,
  generationCell,
  gps,
  LARGE_ID,
  LTE,
  modules,
  setAlarm,
  status,
  statusGroup,
  tail,
  WIDE,
} from './parts.ts';

export const position = (form: CellForm): Decoder => {
  return (message) => {
    gps(message);
    if (message.content.left > 6) cell(message, form);
    tail(message);
  };
};

export const alarm = (extended = false, form?: CellForm): Decoder => {
  return (message) => {
    gps(message);
    countedCell(message, form);
    statusGroup(message, extended);
    if (extended && message.content.left > 0) message.values.geofence = message.content.u8();
    else tail(message);
  };
};

/** Cattle and card readers: another layout behind the position of type 12, told by the length. */
const POSITION_VARIANTS: Record<number, Decoder> = {
  33: ({ content, values }) => {
    const flags = content.u16();
    values.ignition = bit(flags, 15);
    values.input2 = bit(flags, 14);
    if (bit(flags, 12)) values.temperature1 = (flags & 0x1ff) * (bit(flags, 9) ? -1 : 1) + 0;
    else values.adc1 = bit(flags, 13) ? flags & 0x3ff : (flags & 0x3ff) / 10;
  },
  36: (message) => {
    status(message);
    message.values.voltage = message.content.u16() / 100;
    message.values.signal = message.content.u8();
  },
  41: ({ content, values }) => {
    values.odometer = content.u32() / 1_000;
    const driver = textOf(content, content.u8());
    if (driver) values.driver = driver;
    if (content.u8() > 0) values.alarm = 'general';
    content.skip(1);
    values.travelTime = content.u16();
  },
  43: (message) => {
    const { content, values } = message;
    status(message);
    values.voltage = content.u16() / 100;
    values.signal = content.u8();
    setAlarm(values, ALARMS[content.u8()]);
    values.fuelSensor = content.u16();
    const degrees = content.u8();
    values.temperature1 = bit(degrees, 7) ? -(degrees & 0x7f) : degrees;
    values.odometer = content.u32() / 100;
  },
};

export function position12(message: Message): void {
  gps(message);
  if (message.content.left > 6) cell(message);
  if (message.length >= 0x71) {
    const { content, values } = message;
    values.odometer = content.u32() / 1_000;
    values.driver = textOf(content, content.u8());
    return;
  }
  (POSITION_VARIANTS[message.length] ?? tail)(message);
}

export function positionClimate(message: Message): void {
  const { content, values } = message;
  gps(message);
  cell(message, LARGE_ID);
  values.ignition = content.u8() > 0;
  values.uploadMode = content.u8();
  values.archive = content.u8() > 0;
  values.odometer = content.u32() / 1_000;
  values.travelTime = content.u32();
  const degrees = content.u16();
  values.temperature1 = ((degrees & 0x7fff) * (bit(degrees, 15) ? -1 : 1)) / 100 + 0;
  values.humidity = content.u16() / 100;
}

export function positionAltitude(message: Message): void {
  gps(message);
  cell(message, LTE);
  const { content, values } = message;
  values.ignition = content.u8() > 0;
  values.event = content.u8();
  values.archive = content.u8() > 0;
  if (content.left > 2) values.odometer = content.u32() / 1_000;
  values.altitude = content.i16();
}

export function alarmAltitude(message: Message): void {
  gps(message);
  countedCell(message, LTE);
  statusGroup(message);
  if (message.content.left > 2) message.content.skip(message.content.left - 2);
  message.values.altitude = message.content.i16();
}

export function positionModules(message: Message): void {
  gps(message);
  cell(message);
  const { content, values } = message;
  values.ignition = content.u8() > 0;
  values.event = content.u8();
  values.archive = content.u8() > 0;
  modules(message);
}

export function positionGeneration(message: Message): void {
  gps(message);
  const { content, values } = message;
  values.uploadMode = content.u8();
  values.archive = content.u8() > 0;
  generationCell(message);
  modules(message);
}

export function alarmModules(message: Message): void {
  gps(message);
  generationCell(message);
  statusGroup(message, true);
  modules(message);
}

export function statusModules(message: Message): void {
  statusGroup(message);
  modules(message);
}

/** Types 17 and 16 with a card. */
export function positionCard(message: Message): void {
  gps(message);
  cell(message);
  message.values.driver = message.content.hex(8);
}

export function alarmCard(message: Message): void {
  gps(message);
  countedCell(message);
  statusGroup(message);
  message.values.event = u8(message.bytes, message.content.at - 2);
  card(message);
}

function card({ content, values }: Message): void {
  const id = content.hex(8);
  if (!/^0+$/.test(id)) values.driver = id;
}

export function locationCard(message: Message): void {
  const { content, values } = message;
  gps(message);
  cell(message, LARGE_ID);
  values.ignition = content.u8() > 0;
  values.uploadMode = content.u8();
  values.archive = content.u8() > 0;
  values.odometer = content.u32() / 1_000;
  values.voltage = content.u16() / 100;
  values.batteryVoltage = content.u8() / 10;
  values.engineHours = content.u24() / 60;
  card(message);
}

/** Positions that begin with the IMEI. */
export function positionNamed(message: Message): void {
  message.values.deviceId = bcd(message.content.take(8)).slice(1);
  position({})(message);
}

export function positionDriver(message: Message): void {
  const { content, values, type } = message;
  content.skip(1); // source of the position
  values.deviceId = bcd(content.take(8)).slice(1);
  content.skip(6); // time of the report
  gps(message);
  countedCell(message);
  if (type === 0x25) content.skip(1); // network
  status(message);
  values.voltage = content.u16() / 100;
  values.batteryVoltage = content.u8() / 10;
  values.signal = content.u8();
  setAlarm(values, ALARMS[content.u8()]);
  content.skip(1); // language
  values.odometer = content.u24() / 1_000;
  values.engineHours = content.u24() / 60;
  const size = content.left > 0 ? content.u8() : 0;
  if (size < 2) return;
  content.skip(1); // kind of the driver's mark
  values.driver = content.hex(size - 1);
}

export function addressRequest(message: Message): void {
  gps(message);
  message.values.phone = textOf(message.content, 21);
  setAlarm(message.values, ALARMS[message.content.u8()]);
}

export function positionButton(message: Message): void {
  message.values.deviceId = bcd(message.content.take(8)).slice(1);
  gps(message);
  cell(message, LARGE_ID);
  message.values.driver = String(message.content.u16() * 2 ** 32 + message.content.u32());
}

export function positionBattery(message: Message): void {
  const { content, values } = message;
  gps(message);
  cell(message);
  values.ignition = content.u8() > 0;
  values.voltage = content.u16() / 100;
  values.batteryVoltage = content.u16() / 100;
}

export function positionLte(message: Message): void {
  const { content, values } = message;
  gps(message);
  cell(message, WIDE);
  content.skip(1); // network
  status(message);
  values.voltage = content.u16() / 100;
  battery(message);
  values.signal = content.u8();
  setAlarm(values, ALARMS[content.u8()]);
  content.skip(1); // language
  values.odometer = content.u32() / 1_000;
  values.engineHours = content.u32() / 3_600;
  values.deviceId = bcd(content.take(8)).slice(1);
  values.inputs = content.u16();
}

export function positionX1(message: Message): void {
  const { content, values } = message;
  content.skip(4);
  gps(message);
  content.skip(2);
  values.odometer = content.u32() / 1_000;
  cell(message, LARGE_ID);
  const driver = content.u32();
  if (driver > 0) values.driver = String(driver);
  values.batteryVoltage = content.u16() / 100;
  values.voltage = content.u16() / 100;
  const ports = content.u32();
  values.inputs = content.u8();
  values.outputs = content.u8();
  for (let i = 1; i <= bits(ports, 20, 4); i++) values[`adc${i}`] = content.u16() / 100;
}

/** Without a length before the cell, and with the supply's voltage. */
export function alarmVoltage(message: Message): void {
  const { content, values } = message;
  gps(message);
  cell(message);
  status(message);
  values.voltage = content.u16() / 100;
  values.signal = content.u8();
  setAlarm(values, ALARMS[content.u8()]);
}
