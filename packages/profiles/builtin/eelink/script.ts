// Eelink trackers, after "Eelink GPS tracker communication protocol", versions 1.8 and 2.0.
//
//   67 67  TYPE  LENGTH (2)  SERIAL (2)  content        LENGTH counts SERIAL and content; integers big-endian; no check
//
// Places are in 1/30,000 of a minute. Content that a device of an earlier version leaves out is missing from its end.
import { ascii, be, bit, concat, dateText, dateUnix, decodeText, Reader, u8 } from 'fairlead:helpers';

interface Context {
  time: number;
  state: { serial?: number };
}
type Values = Record<string, unknown>;
interface Result {
  values?: Values;
  time?: Date;
  reply?: Uint8Array;
  /** The command that it answers, by the number that it repeats. */
  answers?: string;
}

const LOGIN = 0x01;
const GPS = 0x02;
const HEARTBEAT = 0x03;
const ALARM = 0x04;
const STATE = 0x05;
const SMS = 0x06;
const OBD = 0x07;
const NORMAL = 0x12;
const WARNING = 0x14;
const REPORT = 0x15;
const COMMAND = 0x80;
const DATA = 0x81;

export function identify(bytes: Uint8Array, ctx: Context) {
  if (u8(bytes, 2) !== LOGIN) return undefined;
  return { id: imei(new Reader(bytes, 7)), reply: reply(bytes, ctx), consumed: true };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result[] {
  const content = new Reader(bytes, 7);
  const type = u8(bytes, 2);
  const { values, time } = decode(type, content);
  const index = new Reader(bytes, 5).u16();
  const results: Result[] = [{ values: { messageType: type, index, ...values }, ...(time && { time }) }];
  if (type === COMMAND && values?.server !== undefined)
    Object.assign(results[0] as Result, { answers: String(values.server) });
  if (type !== GPS && type !== DATA) results.push({ reply: reply(bytes, ctx) });
  return results;
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context) {
  const text = command(values.method, values.params ?? {});
  const serial = ctx.state.serial ?? 0;
  ctx.state.serial = (serial + 1) % 0x10000;
  return { send: packet(COMMAND, be(serial, 2), concat(1, be(serial, 4), text)), id: String(serial) };
}

function command(method: string, params: Values): string {
  switch (method) {
    case 'relay':
      return `RELAY,${params.on ? 1 : 0}#`;
    case 'locate':
      return 'WHERE#';
    case 'reboot':
      return 'RESET#';
    case 'text':
      return String(params.text).slice(0, 1000);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, reboot or text`);
  }
}

/** To a login: time, version of the protocol and no actions. */
function reply(bytes: Uint8Array, { time }: Context): Uint8Array {
  const content = bytes[2] === LOGIN ? concat(be(Math.floor(time / 1000), 4), be(1, 2), 0) : new Uint8Array();
  return packet(u8(bytes, 2), bytes.slice(5, 7), content);
}

function packet(type: number, serial: Uint8Array, content: Uint8Array): Uint8Array {
  return concat(0x67, 0x67, type, be(2 + content.length, 2), serial, content);
}

function imei(content: Reader): string {
  const digits = content.hex(8).slice(1);
  if (!/^\d{15}$/.test(digits)) throw new Error('the IMEI is not 15 digits');
  return digits;
}

// --- messages ---------------------------------------------------------------------------------------------------------

function decode(type: number, content: Reader): Result {
  if (type === LOGIN) return login(content);
  if (type === HEARTBEAT || (type === OBD && content.left === 4)) return heartbeat(content);
  if (type === OBD) return engine(content);
  if (type === GPS || type === ALARM || type === STATE || type === SMS) return first(type, content);
  if (type >= NORMAL && type <= 0x19) return second(type, content);
  if (type === COMMAND) return answer(content);
  return { values: { raw: content.hex(content.left) } };
}

/** IMEI, language, time zone in quarters of an hour. */
function login(content: Reader): Result {
  const values: Values = { deviceId: imei(content) };
  if (content.left > 0) values.language = content.u8();
  if (content.left > 0) values.timezone = content.i8() * 15;
  return { values };
}

function heartbeat(content: Reader): Result {
  return { values: content.left < 2 ? {} : status(content.u16(), false) };
}

/** Version 1: position and cell, then what the type adds. */
function first(type: number, content: Reader): Result {
  const time = dateUnix(content.u32());
  const values: Values = place(content);
  values.speed = content.u8();
  values.course = content.u16();
  Object.assign(values, {
    mcc: content.u16(),
    mnc: content.u16(),
    lac: content.u16(),
    cellId: content.u24(),
  });
  values.valid = bit(content.u8(), 0);
  if (type === ALARM) alarm(values, content.u8());
  else if (type === STATE) state(values, content);
  else if (type === GPS) power(values, content);
  else if (content.left > 0) values.raw = content.hex(content.left);
  return { values, time };
}

function state(values: Values, content: Reader): void {
  const event = content.u8();
  values.event = event;
  if (event < 1 || event > 3) return;
  const clock = content.left >= 4 && dateUnix(content.u32());
  if (clock) values.deviceTime = clock.toISOString();
  if (content.left >= 2) Object.assign(values, status(content.u16(), false));
}

function power(values: Values, content: Reader): void {
  if (content.left >= 2) Object.assign(values, status(content.u16(), false));
  if (content.left < 8) return;
  values.batteryVoltage = content.u16() / 1000;
  values.signal = content.u16();
  values.adc1 = content.u16() / 1000;
  values.adc2 = content.u16() / 1000;
}

/** Version 2: time, what is there, position, cells, access points; then what the type adds. */
function second(type: number, content: Reader): Result {
  const time = dateUnix(content.u32());
  const flags = content.u8();
  const values: Values = {};
  if (bit(flags, 0)) {
    Object.assign(values, place(content));
    values.altitude = content.i16();
    values.speed = content.u16();
    values.course = content.u16();
    values.satellites = content.u8();
  }
  surroundings(values, flags, content);
  if (type === WARNING) alarm(values, content.u8());
  if (type === REPORT) values.report = content.u8();
  if (type === NORMAL || type === WARNING || type === REPORT) {
    const { valid, ...rest } = status(content.u16(), true);
    Object.assign(values, rest, bit(flags, 0) && { valid });
  } else values.raw = content.hex(content.left);
  if (type === NORMAL) extras(values, content);
  return { values, time };
}

function place(content: Reader): Values {
  const latitude = content.i32() / 1_800_000;
  const longitude = content.i32() / 1_800_000;
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) throw new RangeError('no such place');
  return { latitude, longitude };
}

function surroundings(values: Values, flags: number, content: Reader): void {
  const cells: Values[] = [];
  const cell = () => ({ lac: content.u16(), cellId: content.u32(), level: content.u8() });
  const network = bit(flags, 1) ? { mcc: content.u16(), mnc: content.u16() } : undefined;
  for (const n of [1, 2, 3]) if (bit(flags, n)) cells.push({ ...network, ...cell() });
  const points: Values[] = [];
  for (const n of [4, 5, 6]) if (bit(flags, n)) points.push({ mac: mac(content), level: content.u8() });
  if (bit(flags, 7)) cells.push(...longTerm(content));
  if (cells[0]) {
    const { mcc, mnc, lac, cellId } = cells[0];
    Object.assign(values, { mcc, mnc, lac, cellId, cells });
  }
  if (points.length > 0) values.wifi = points;
}

/** Cells of LTE: the serving one, then physical numbers, channels and levels. */
function longTerm(content: Reader): Values[] {
  content.skip(1); // radio
  const count = content.u8();
  if (count === 0) return [];
  const network = { mcc: content.u16(), mnc: content.u16(), lac: content.u16() };
  const serving = { ...network, tac: content.u16(), cellId: content.u32(), advance: content.u16() };
  const near = Array.from({ length: count }, () => ({
    physicalId: content.u16(),
    channel: content.u16(),
    level: content.u8(),
  }));
  return [{ ...serving, ...near[0] }, ...near.slice(1).map((one) => ({ ...network, ...one }))];
}

function mac(content: Reader): string {
  return content.hex(6).replace(/(..)(?!$)/g, '$1:');
}

/** Pairs of bits: whether the device knows, and what. Bit 6 changed its sense between the versions. */
function status(bits: number, second: boolean): Values {
  const values: Values = { status: bits };
  if (bit(bits, 1)) values.ignition = bit(bits, 2);
  if (bit(bits, 3)) values.armed = bit(bits, 4);
  if (bit(bits, 5)) values.blocked = bit(bits, 6) === second;
  if (bit(bits, 7)) values.charging = bit(bits, 8);
  if (!second) return values;
  if (bit(bits, 3)) values.motion = bit(bits, 9);
  return { ...values, valid: bit(bits, 0), gps: bit(bits, 10) };
}

const ALARMS: Record<number, string> = {
  1: 'powerOff',
  2: 'sos',
  3: 'lowBattery',
  4: 'vibration',
  8: 'antennaCut',
  9: 'antennaCut',
  37: 'removing',
  129: 'lowSpeed',
  130: 'overspeed',
  131: 'geofenceEnter',
  132: 'geofenceExit',
  133: 'accident',
  134: 'fall',
};

function alarm(values: Values, code: number): void {
  values.alarmCode = code;
  values.alarm = ALARMS[code] ?? 'general';
}

/** Each group only where the message still holds it. */
function extras(values: Values, content: Reader): void {
  const group = (size: number, read: () => void) => content.left >= size && read();
  group(2, () => {
    values.batteryVoltage = content.u16() / 1000;
  });
  group(4, () => Object.assign(values, { adc0: content.u16() / 1000, adc1: content.u16() / 1000 }));
  group(4, () => {
    values.odometer = content.u32() / 1000;
  });
  group(4, () => Object.assign(values, { gsmCount: content.u16(), gpsCount: content.u16() }));
  group(4, () => Object.assign(values, { steps: content.u16(), walking: content.u16() }));
  group(12, () => environment(values, content));
  group(2, () => {
    values.temperature2 = content.i16() / 16;
  });
  group(2, () => {
    const count = content.u8();
    content.skip(1); // number of the list
    if (count > 0) values.tags = Array.from({ length: count }, () => tag(content));
  });
}

function environment(values: Values, content: Reader): void {
  values.temperature1 = content.i16() / 256;
  values.humidity = content.u16() / 10;
  values.illuminance = content.u32() / 256;
  values.co2 = content.u32();
}

function tag(content: Reader): Values {
  const values: Values = { mac: mac(content), level: content.u8() };
  content.skip(1);
  values.model = content.u8();
  values.version = content.u8();
  values.battery = content.u16() / 1000;
  values.temperature = content.i16() / 256;
  values.data = content.u16();
  return values;
}

// --- values of the engine, answers ------------------------------------------------------------------------------------

/** By number of the standard (SAE J1979); 0x89 and up are the maker's. Unused bytes hold 55 or aa. */
const PIDS: Record<number, (values: Values, value: Reader) => void> = {
  4: (values, value) => put(values, 'engineLoad', (value.u8() * 100) / 255),
  5: (values, value) => put(values, 'coolantTemperature', value.u8() - 40),
  11: (values, value) => put(values, 'intakePressure', value.u8() * 10),
  12: (values, value) => put(values, 'rpm', value.u16() / 4),
  13: (values, value) => put(values, 'obdSpeed', value.u8()),
  15: (values, value) => put(values, 'intakeTemperature', value.u8() - 40),
  16: (values, value) => put(values, 'airFlow', value.u16() / 100),
  17: (values, value) => put(values, 'throttle', (value.u8() * 100) / 255),
  31: (values, value) => put(values, 'runTime', value.u16()),
  47: (values, value) => put(values, 'fuel', (value.u8() * 100) / 255),
  66: (values, value) => put(values, 'voltage', value.u16() / 1000),
  92: (values, value) => put(values, 'oilTemperature', value.u8() - 40),
  137: (values, value) => put(values, 'fuelConsumption', value.i32()),
  138: (values, value) => put(values, 'odometer', value.i32()),
  139: (values, value) => put(values, 'fuel', value.i32() / 10),
};

function put(values: Values, key: string, value: number): void {
  values[key] = value;
}

function engine(content: Reader): Result {
  const time = dateUnix(content.u32());
  const values: Values = {};
  const further: Values = {};
  while (content.left > 0) {
    const pid = content.u8();
    const value = content.take(4);
    const known = PIDS[pid];
    if (known) known(values, new Reader(value));
    else further[pid.toString(16).padStart(2, '0')] = new Reader(value).hex(4);
  }
  if (Object.keys(further).length > 0) values.obd = further;
  return { values, time };
}

const PLACE =
  /^Lat:([NS])([\d.]+)\s*,?\s*Lon:([EW])([\d.]+)\s*,?\s*Course:([\d.]+)\s*,?\s*Speed:([\d.]+) ?km\/h\s*,?\s*Date ?Time:([\d-]+) ([\d:]+)/i;

/** Type, number of the server, text: some answers are places, and some devices write the server as text. */
function answer(content: Reader): Result {
  content.skip(1);
  const server = content.u32();
  const bytes = content.take(content.left);
  const [, ns, latitude, ew, longitude, course, speed, date, clock] = PLACE.exec(ascii(bytes)) ?? [];
  if (date === undefined || clock === undefined) {
    return { values: { server, message: decodeText(bytes, 'utf-8').replace(/\0+$/, '') } };
  }
  const values: Values = {
    server,
    valid: true,
    latitude: degrees(latitude, ns === 'S', 90),
    longitude: degrees(longitude, ew === 'W', 180),
    course: Number(course),
    speed: Number(speed),
  };
  return { values, time: dateText(date.replaceAll('-', ''), clock.replaceAll(':', ''), 'ymd') };
}

function degrees(text: string | undefined, negative: boolean, most: number): number {
  const value = Number(text);
  if (!(value <= most)) throw new RangeError('no such place');
  return (negative ? -value : value) + 0;
}
