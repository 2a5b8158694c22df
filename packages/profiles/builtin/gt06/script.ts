// GT06 trackers, after "Concox GPS tracker communication protocol V1.02" and the messages of later devices of the family.
//
//   78 78  LENGTH (1)  TYPE  content  SERIAL (2)  CRC (2)  0d 0a
//   79 79  LENGTH (2)  TYPE  content  SERIAL (2)  CRC (2)  0d 0a        integers big-endian
//
// A message of a type is laid out by type and length: makers reuse numbers for other contents.
import {
  ascii,
  bcd,
  be,
  bit,
  bits,
  concat,
  crc16x25,
  dateUnix,
  dateUTC,
  decodeText,
  hex,
  i16,
  Reader,
  u8,
  u16,
  u32,
  zoneMinutes,
} from 'fairlead:helpers';

interface Context {
  time: number;
  state: { zone?: number; serial?: number };
  parameters: { timezone: string; model: string };
}
type Values = Record<string, unknown>;
interface Result {
  values?: Values;
  time?: Date;
  reply?: Uint8Array;
  answers?: number;
}

/** Text of some bytes, without the zeros that fill it up. */
const textOf = (content: Reader, size: number): string => content.ascii(size).replaceAll('\0', '').trim();

interface Message {
  bytes: Uint8Array;
  type: number;
  long: boolean;
  length: number;
  serial: number;
  zone: number;
  model: string;
  content: Reader;
  values: Values;
  time?: Date | undefined;
  /** The server's flag of the command that it answers. */
  answers?: number;
}

export function identify(bytes: Uint8Array, ctx: Context) {
  const message = parse(bytes, ctx);
  if (message.type !== 0x01 || message.long) return undefined;
  return { id: login(message, ctx), reply: answer(message), consumed: true };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result | undefined {
  const message = parse(bytes, ctx);
  if (message.type === 0x01 && !message.long) {
    login(message, ctx);
    return { reply: answer(message) };
  }
  if (message.type === 0x8a) return { reply: packet(0x8a, clock(ctx.time), 0) };
  if (isWifi(bytes)) return wifi(bytes);
  decoder(message)(message);
  const { values, time, answers } = message;
  const owed = replies(message);
  return {
    ...(Object.keys(values).length > 0 && { values: { messageType: message.type, ...values } }),
    ...(time && { time }),
    ...(owed && { reply: owed }),
    ...(answers !== undefined && { answers }),
  };
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context) {
  const serial = ctx.state.serial ?? 0;
  ctx.state.serial = (serial + 1) & 0xffff;
  const text = command(values.method, values.params ?? {});
  // The answer repeats the server's flag: it tells which command it answers.
  return { send: packet(0x80, concat(4 + text.length, be(serial, 4), text), serial), id: serial };
}

function command(method: string, params: Values): string {
  switch (method) {
    case 'relay':
      return `Relay,${params.on ? 1 : 0}#`;
    case 'locate':
      return 'WHERE#';
    case 'interval':
      return `TIMER,${Number(params.seconds)}#`;
    case 'reboot':
      return 'RESET#';
    case 'text':
      return String(params.text).slice(0, 240);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, interval, reboot or text`);
  }
}

// --- messages and replies ---------------------------------------------------------------------------------------------

function parse(bytes: Uint8Array, ctx: Context): Message {
  const long = bytes[0] === 0x79;
  const { timezone, model } = ctx.parameters;
  return {
    bytes,
    type: u8(bytes, long ? 4 : 3),
    long,
    length: long ? u16(bytes, 2) : u8(bytes, 2),
    serial: u16(bytes, bytes.length - 6),
    zone: timezone === 'login' ? (ctx.state.zone ?? 0) : zoneMinutes(timezone),
    model,
    content: new Reader(bytes, long ? 5 : 4, bytes.length - 6),
    values: {},
  };
}

function packet(type: number, content: Uint8Array, serial: number): Uint8Array {
  const body = concat(content.length + 5, type, content, be(serial, 2));
  return concat(0x78, 0x78, body, be(crc16x25(body), 2), '\r\n');
}

const answer = (message: Message): Uint8Array => packet(message.type, new Uint8Array(0), message.serial);

/** Types that the server does not answer; it answers none of the long ones that it does not know. */
const UNANSWERED = new Set([0x21, 0x34, 0x35, 0x36, 0x38, 0x61, 0x80, 0x81, 0x82, 0x8c, 0x94, 0x9b]);
const LONG_ANSWERED = new Set([0x40, 0x41, 0x70, 0xf1, 0xf2]);

function replies(message: Message): Uint8Array | undefined {
  const { type, long, length } = message;
  if (type === 0x2a) {
    const text = 'NA&&NA&&0##';
    const body = concat(be(text.length + 10, 2), 0x97, text.length, be(0, 4), text, be(0, 2));
    return concat(0x79, 0x79, body, be(crc16x25(body), 2), '\r\n');
  }
  if (type === 0x36 && length === 0x17) return answer(message);
  if (type === 0x24 && length === 0x2e) return undefined;
  if (type === 0x61) return answer(message);
  return (long ? LONG_ANSWERED.has(type) : !UNANSWERED.has(type)) ? answer(message) : undefined;
}

/** The IMEI; the state of the link gets the zone that the device states. */
function login({ content }: Message, ctx: Context): string {
  const imei = bcd(content.take(8)).slice(1);
  if (content.left < 4) return imei;
  content.skip(2); // model
  const zone = content.u16();
  const minutes = Math.floor((zone >> 4) / 100) * 60 + ((zone >> 4) % 100);
  if (minutes <= 14 * 60) ctx.state.zone = bit(zone, 3) ? -minutes : minutes;
  return imei;
}

function clock(time: number): Uint8Array {
  const now = new Date(time);
  return Uint8Array.of(
    now.getUTCFullYear() - 2000,
    now.getUTCMonth() + 1,
    now.getUTCDate(),
    now.getUTCHours(),
    now.getUTCMinutes(),
    now.getUTCSeconds(),
  );
}

// --- parts of messages ------------------------------------------------------------------------------------------------

/** YY MM DD hh mm ss; a device that has no time yet sends zeros. */
function date({ content, zone }: Message): Date | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = content.take(6);
  if (year + month + day + hour + minute + second === 0) return undefined;
  return new Date(dateUTC(2000 + year, month, day, hour, minute, second).getTime() - zone * 60_000);
}

function place(values: Values, latitude: number, longitude: number, flags: number): void {
  if (latitude > 90 * 1_800_000 || longitude > 180 * 1_800_000) throw new RangeError('no such place');
  values.valid = bit(flags, 12);
  values.latitude = (bit(flags, 10) ? latitude : -latitude) / 1_800_000 + 0;
  values.longitude = (bit(flags, 11) ? -longitude : longitude) / 1_800_000 + 0;
  values.course = bits(flags, 0, 10);
  if (bit(flags, 14)) values.ignition = bit(flags, 15);
}

/** Date, satellites, latitude and longitude in 1/30000 minute, speed, flags with the course. */
function gps(message: Message): void {
  message.time = date(message);
  fix(message);
}

function fix({ content, values }: Message): void {
  values.satellites = content.u8() & 15;
  const latitude = content.u32();
  const longitude = content.u32();
  values.speed = content.u8();
  place(values, latitude, longitude, content.u16());
}

interface CellForm {
  mnc?: 1 | 2;
  lac?: 2 | 4;
  id?: 3 | 4 | 8;
}
const WIDE: CellForm = { lac: 4, id: 8 };
const LARGE_ID: CellForm = { id: 4 };
const LTE: CellForm = { mnc: 2, id: 4 };

function network(content: Reader, form: CellForm): Values {
  const mcc = content.u16();
  const mnc = form.mnc === 2 || bit(mcc, 15) ? content.u16() : content.u8();
  return { mcc: mcc & 0x7fff, mnc };
}

const areaAndCell = (content: Reader, { lac = 2, id = 3 }: CellForm): Values => ({
  lac: lac === 2 ? content.u16() : content.u32(),
  cellId: id === 3 ? content.u24() : id === 4 ? content.u32() : Number(content.u64()),
});

function cell({ content, values }: Message, form: CellForm = {}): void {
  Object.assign(values, network(content, form), areaAndCell(content, form));
}

/** A cell after its length, which counts itself; 0: there is none. */
function countedCell(message: Message, form?: CellForm): void {
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
function generationCell(message: Message): void {
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

function status({ content, values }: Message): void {
  const flags = content.u8();
  values.status = flags;
  values.ignition = bit(flags, 1);
  values.charging = bit(flags, 2);
  values.blocked = bit(flags, 7);
  setAlarm(values, STATUS_ALARMS[bits(flags, 3, 3)]);
}

function setAlarm(values: Values, name: string | undefined): void {
  if (name !== undefined) values.alarm = name;
}

/** One byte: steps of 0 to 6, or percent. */
function battery({ content, values }: Message): void {
  const level = content.u8();
  if (level <= 6) values.voltageLevel = level;
  if (level <= 100) values.battery = level <= 6 ? Math.floor((level * 100) / 6) : level;
}

const ALARMS: Record<number, string> = {
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
function statusGroup(message: Message, extended = false): void {
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
function tail({ content, values }: Message): void {
  if (content.left < 3) return;
  values.ignition = content.u8() > 0;
  values.event = content.u8();
  values.archive = content.u8() > 0;
  if (content.left === 4) values.odometer = content.u32() / 1_000;
}

/** Modules of number, length and content. */
function modules({ content, values }: Message): void {
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

// --- one function for each layout -------------------------------------------------------------------------------------

type Decoder = (message: Message) => void;

const position = (form: CellForm): Decoder => {
  return (message) => {
    gps(message);
    if (message.content.left > 6) cell(message, form);
    tail(message);
  };
};

const alarm = (extended = false, form?: CellForm): Decoder => {
  return (message) => {
    gps(message);
    countedCell(message, form);
    statusGroup(message, extended);
    if (extended && message.content.left > 0) message.values.geofence = message.content.u8();
    else tail(message);
  };
};

function heartbeat(message: Message): void {
  const { content, values, length } = message;
  if (length < 0x13 && message.model === '') {
    statusGroup(message);
    return;
  }
  status(message);
  if (length < 0x13) {
    heartbeatOf(message);
    return;
  }
  const signal = content.u16();
  values.satellites = bits(signal, 10, 5) + bits(signal, 5, 5);
  values.signal = bits(signal, 0, 5);
  setAlarm(values, ALARMS[content.u8()]);
  content.skip(1); // language
  values.battery = content.u8();
  values.workingMode = content.u8();
  values.voltage = content.u16() / 100;
  content.skip(length === 0x13 ? 3 : 5); // reserved, times and time of work
  const temperature = content.u16();
  // The longer form has the sign in the top bit, 1 for above zero.
  const degrees =
    length === 0x13 ? i16(be(temperature, 2)) : (temperature & 0x7fff) * (bit(temperature, 15) ? 1 : -1);
  values.temperature1 = degrees / 10 + 0;
}

/** Models that send the supply's voltage in place of the battery's level or of the alarm. */
function heartbeatOf(message: Message): void {
  const { content, values, model } = message;
  if (model === 'R11') values.voltage = content.u16() / 100;
  else battery(message);
  values.signal = content.u8();
  if (model.startsWith('LW')) values.voltage = (content.u16() & 0xfff) / 10;
  else if (model === 'SEEWORLD') values.voltage = content.u8();
  else setAlarm(values, ALARMS[content.u8()]);
}

function shortHeartbeat({ content, values }: Message): void {
  const flags = content.u8();
  values.status = flags;
  values.armed = bit(flags, 0);
  values.ignition = bit(flags, 1);
  values.charging = bit(flags, 2);
  if (content.left >= 2) values.batteryVoltage = content.u16() / 100;
  if (content.left >= 1) values.signal = content.u8();
}

/** Heartbeat of pet and cattle trackers. */
function stepHeartbeat(message: Message): void {
  const { content, values } = message;
  status(message);
  content.skip(2);
  values.voltageLevel = content.u8();
  values.signal = content.u8();
  values.voltage = content.u8();
  content.skip(1); // language
  if (content.left < 9) return;
  content.skip(2); // sound, light
  values.steps = content.u32();
  values.battery = content.u8();
  values.charging = content.u8() === 1;
  values.motion = content.u8() === 1;
}

interface CellList {
  count?: number;
  form?: CellForm;
  wifi?: boolean;
  advanceFirst?: boolean;
}

/** Cells (and access points) around a device that has no fix. */
const cells = ({ count = 7, form = {}, wifi = false, advanceFirst = false }: CellList): Decoder => {
  return (message) => {
    const { content, values } = message;
    message.time = date(message);
    if (advanceFirst) content.skip(1);
    const operator = network(content, form);
    cellList(message, operator, advanceFirst ? content.u8() : count, form);
    if (!advanceFirst && content.left > 0) content.skip(1); // timing advance
    if (wifi && content.left > 0) values.wifi = accessPoints(content, content.u8());
  };
};

function cellList({ content, values }: Message, operator: Values, count: number, form: CellForm): void {
  const list: Values[] = [];
  for (let i = 0; i < count; i++) {
    const place = areaAndCell(content, form);
    const level = content.u8();
    if (place.lac !== 0) list.push({ ...operator, ...place, level });
  }
  if (list[0]) {
    const { level, ...serving } = list[0];
    Object.assign(values, serving, { cells: list, rssi: -Number(level) });
  }
}

function accessPoints(content: Reader, count: number): Values[] {
  return Array.from({ length: count }, () => ({ mac: hex(content.take(6), ':'), level: content.u8() }));
}

function wifiAlarm(message: Message): void {
  const { content, values } = message;
  message.time = date(message);
  const operator = network(content, {});
  const form = content.u8() > 0 ? WIDE : {};
  cellList(message, operator, content.u8(), form);
  content.skip(1); // timing advance
  values.wifi = accessPoints(content, content.u8());
  const code = content.u8();
  setAlarm(values, ALARMS[((content.u8() >> 4) << 8) | code]);
}

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

function position12(message: Message): void {
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

function positionClimate(message: Message): void {
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

function positionAltitude(message: Message): void {
  gps(message);
  cell(message, LTE);
  const { content, values } = message;
  values.ignition = content.u8() > 0;
  values.event = content.u8();
  values.archive = content.u8() > 0;
  if (content.left > 2) values.odometer = content.u32() / 1_000;
  values.altitude = content.i16();
}

function alarmAltitude(message: Message): void {
  gps(message);
  countedCell(message, LTE);
  statusGroup(message);
  if (message.content.left > 2) message.content.skip(message.content.left - 2);
  message.values.altitude = message.content.i16();
}

function positionModules(message: Message): void {
  gps(message);
  cell(message);
  const { content, values } = message;
  values.ignition = content.u8() > 0;
  values.event = content.u8();
  values.archive = content.u8() > 0;
  modules(message);
}

function positionGeneration(message: Message): void {
  gps(message);
  const { content, values } = message;
  values.uploadMode = content.u8();
  values.archive = content.u8() > 0;
  generationCell(message);
  modules(message);
}

function alarmModules(message: Message): void {
  gps(message);
  generationCell(message);
  statusGroup(message, true);
  modules(message);
}

function statusModules(message: Message): void {
  statusGroup(message);
  modules(message);
}

/** Types 17 and 16 with a card. */
function positionCard(message: Message): void {
  gps(message);
  cell(message);
  message.values.driver = message.content.hex(8);
}

function alarmCard(message: Message): void {
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

function locationCard(message: Message): void {
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
function positionNamed(message: Message): void {
  message.values.deviceId = bcd(message.content.take(8)).slice(1);
  position({})(message);
}

function positionDriver(message: Message): void {
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

function addressRequest(message: Message): void {
  gps(message);
  message.values.phone = textOf(message.content, 21);
  setAlarm(message.values, ALARMS[message.content.u8()]);
}

function accessPointList(message: Message): void {
  const { content, values } = message;
  message.time = date(message);
  values.wifi = Array.from({ length: content.u8() }, () => {
    content.skip(2);
    return { mac: hex(content.take(6), ':') };
  });
}

function positionButton(message: Message): void {
  message.values.deviceId = bcd(message.content.take(8)).slice(1);
  gps(message);
  cell(message, LARGE_ID);
  message.values.driver = String(message.content.u16() * 2 ** 32 + message.content.u32());
}

function positionBattery(message: Message): void {
  const { content, values } = message;
  gps(message);
  cell(message);
  values.ignition = content.u8() > 0;
  values.voltage = content.u16() / 100;
  values.batteryVoltage = content.u16() / 100;
}

function positionLte(message: Message): void {
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

function positionX1(message: Message): void {
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

/** Long type 32 and 33: each part has its length. */
function countedParts(message: Message): void {
  const { content, values } = message;
  message.time = date(message);
  if (content.u8() > 0) fix(message);
  const before = content.at;
  countedCell(message, {});
  if (content.at > before + 1) values.signal = content.u8();
  content.skip(content.u8()); // further cells
  content.skip(content.u8()); // access points
  const code = content.u8();
  values.status = code;
  if (message.type !== 0x33) return;
  if (code === 0xa0 || code === 0xa1) values.armed = code === 0xa0;
  setAlarm(values, COUNTED_ALARMS[code]);
}
const COUNTED_ALARMS: Record<number, string> = {
  162: 'lowBattery',
  163: 'lowBattery',
  164: 'general',
  165: 'door',
};

const EVENTS: Record<number, string> = {
  14: 'lowPower',
  118: 'temperature',
  128: 'vibration',
  135: 'overspeed',
  136: 'powerCut',
  144: 'hardAcceleration',
  145: 'hardBraking',
  146: 'hardCornering',
  147: 'accident',
};

/** Type 95 of dashboard cameras, in two forms. */
function cameraEvent(message: Message): void {
  const { content, values } = message;
  const marked = u16(message.bytes, content.at) === 0xffff;
  if (marked) content.skip(3);
  message.time = date(message);
  const located = marked || content.left > 3;
  if (located) {
    if (marked) values.satellites = content.u8() & 15;
    const latitude = content.u32();
    const longitude = content.u32();
    const flags = content.u16();
    place(values, latitude, longitude, flags);
    if (marked) values.speed = content.u16();
  }
  if (marked) values.voltage = content.u16() / 10;
  const event = content.u8();
  values.event = event;
  if (content.left >= 2) values.eventData = content.u16();
  setAlarm(values, event === 1 ? (located ? 'sos' : 'general') : EVENTS[event]);
  if (content.left > 0) values.eventFiles = textOf(content, content.left);
}

function text(message: Message): void {
  const { content, values } = message;
  const size = content.u8();
  if (size < 4 && content.left < 6) return;
  message.answers = content.u32();
  const reply = textOf(content, size < 4 ? content.left - 2 : size - 4); // some leave the size 0; the language follows
  const iccid = /^<ICCID:(\w+)/.exec(reply);
  if (iccid) values.iccid = iccid[1];
  else values.message = reply;
}

const PLACE =
  /^Current position!Lat:([NS])([\d.]+),Lon:([EW])([\d.]+),Course:([\d.]+),Speed:([\d.]+),DateTime:(\d+)-(\d+)-(\d+) +(\d+):(\d+):(\d+)/;

function commandReply(message: Message): void {
  const { content, values } = message;
  message.answers = content.u32();
  const latin = content.u8() === 1;
  const rest = content.take(content.left);
  const reply = latin ? ascii(rest) : decodeText(rest, 'utf-16be');
  const place = PLACE.exec(reply);
  if (!place) {
    values.message = reply;
    return;
  }
  values.valid = true;
  values.latitude = Number(place[2]) * (place[1] === 'S' ? -1 : 1);
  values.longitude = Number(place[4]) * (place[3] === 'W' ? -1 : 1);
  values.course = Number(place[5]);
  values.speed = Number(place[6]);
  const [y = 0, mo = 0, d = 0, h = 0, m = 0, s = 0] = place.slice(7).map(Number);
  message.time = dateUTC(y, mo, d, h, m, s);
}

function cellAddress(message: Message): void {
  cell(message, WIDE);
  message.values.phone = textOf(message.content, 21);
}

function cellAlarm(message: Message): void {
  cell(message, WIDE);
  statusGroup(message, true);
}

function cellStatus(message: Message): void {
  cell(message);
  statusGroup(message);
}

/** Type 94: a part of information by its own number. */
function information(message: Message): void {
  const { content, values, long } = message;
  if (!long) {
    values.voltage = content.i16() / 100;
    return;
  }
  const part = content.u8();
  (INFORMATION[part] ?? unknown)(message);
}

const INFORMATION: Record<number, Decoder> = {
  0: ({ content, values }) => {
    values.voltage = content.u16() / 100;
  },
  4: ({ content, values }) => {
    const pairs = textOf(content, content.left)
      .split(';')
      .map((pair) => pair.split('='));
    values.status2 = Object.fromEntries(
      pairs.filter(([name]) => name).map(([name, value]) => [name, value ?? '']),
    );
  },
  5: (message) => {
    const { content, values } = message;
    if (content.left >= 7) message.time = date(message);
    const flags = content.u8();
    values.door = bit(flags, 0);
    values.input1 = bit(flags, 2);
  },
  10: ({ content, values }) => {
    values.imei = content.hex(8).slice(1);
    values.imsi = content.hex(8).slice(1);
    values.iccid = content.hex(10).replace(/f+$/, '');
  },
  11: ({ content, values }) => {
    if (content.left === 1) values.networkTechnology = content.u8() > 0 ? '4G' : '2G';
    else if (content.left === 2) values.voltage = content.u16() / 100;
  },
  13: (message) => {
    const { content, values } = message;
    if (content.left > 6 && message.bytes[content.at] !== 0x21) content.skip(6);
    const reading = /^!AIOIL,\d+,[\d.]+,([\d.]+),[^,]+,\d{4},([\d.]+),/.exec(textOf(content, content.left));
    if (!reading) throw new Error('not the text of a fuel sensor');
    values.temperature1 = Number(reading[1]);
    values.fuelSensor = Number(reading[2]);
  },
  27: ({ bytes, content, values }) => {
    if (/[A-Za-z]/.test(String.fromCharCode(u8(bytes, content.at)))) {
      values.serial = textOf(content, content.left);
      return;
    }
    content.skip(2);
    values.driver = content.hex(4);
  },
  30: ({ content, values }) => {
    values.temperature1 = content.i32() / 10;
    values.humidity = content.i32() / 10;
  },
};

function serialData({ content, values }: Message): void {
  content.skip(1); // kind of the connected device
  const data = content.take(content.left);
  const printable = data.every(
    (byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127),
  );
  values.message = printable ? ascii(data).trim() : hex(data);
}

function clockTag(message: Message): void {
  const { content, values } = message;
  message.time = date(message);
  values.rssi = (content.u8() << 24) >> 24;
  values.tag = {
    mac: content.hex(6),
    uuid: content.hex(16),
    major: content.u16(),
    minor: content.u16(),
    voltage: content.u16() / 100,
  };
  values.eventData = bits(content.u8(), 2, 4);
}

function batteryPack(message: Message): void {
  const { content, values } = message;
  values.serial = content.hex(8);
  message.time = dateUnix(content.u32());
  values.battery = content.u8();
  const remaining = content.u16();
  const absolute = content.u8();
  const full = content.u16();
  const health = content.u8();
  values.temperature = Math.round(content.u16() - 2_731) / 10;
  values.current = content.u16() / 1_000;
  values.batteryVoltage = content.u16() / 1_000;
  const cycles = content.u16();
  const cellVoltages = Array.from({ length: 14 }, () => content.u16() / 1_000);
  content.skip(4); // intervals of charging
  const barcode = textOf(content, 16);
  const version = content.u16();
  const maker = textOf(content, 16);
  values.batteryPack = { remaining, absolute, full, health, cycles, cellVoltages, barcode, version, maker };
  values.status2 = { battery: content.u32(), controller: content.u32(), fault: content.u32() };
}

function engine(message: Message): void {
  const { content, values } = message;
  message.time = date(message);
  values.ignition = content.u8() > 0;
  const obd: Record<string, string> = {};
  for (const pair of textOf(content, Math.max(0, content.left - 12)).split(',')) {
    const [name = '', value] = pair.split('=');
    if (value === undefined) continue;
    const number = Number.parseInt(value, 16) / 100;
    if (name.startsWith('28')) values.odometer = number;
    else if (name.startsWith('2b')) values.fuel = number;
    else if (name.startsWith('2d')) values.coolantTemperature = number;
    else if (name.startsWith('36')) values.rpm = number;
    else if (name.startsWith('4a')) values.vin = value;
    obd[name] = value;
  }
  if (Object.keys(obd).length > 0) values.obd = obd;
}

// --- type 70: modules with a length of two bytes ----------------------------------------------------------------------

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

function modular(message: Message): void {
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
function statusList(message: Message): void {
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

// --- frames of type 17 and 69 whose length byte is a count ------------------------------------------------------------

function isWifi(bytes: Uint8Array): boolean {
  const at = 10 + 7 * u8(bytes, 2);
  return (bytes[3] === 0x17 || bytes[3] === 0x69) && bytes.length === at + 6 + 5 * (bytes[at] ?? 256);
}

function wifi(bytes: Uint8Array): Result {
  const content = new Reader(bytes, 4, bytes.length - 2);
  const clockDigits = bcd(content.take(6)).match(/../g)?.map(Number) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = clockDigits;
  const accessPointList = accessPoints(content, u8(bytes, 2));
  const count = content.u8();
  const operator = network(content, {});
  const list = Array.from({ length: count }, () => ({
    ...operator,
    lac: content.u16(),
    cellId: content.u16(),
    level: content.u8(),
  }));
  const { level: _, ...serving } = list[0] ?? { level: 0 };
  return {
    values: { messageType: u8(bytes, 3), ...serving, cells: list, wifi: accessPointList },
    time: dateUTC(2000 + year, month, day, hour, minute, second),
    reply: concat(0x78, 0x78, 0, u8(bytes, 3), bytes.subarray(4, 10), '\r\n'),
  };
}

// --- which layout -----------------------------------------------------------------------------------------------------

function unknown({ content, values }: Message): void {
  if (content.left > 0) values.raw = content.hex(content.left);
}

const DECODERS: Record<number, Decoder> = {
  16: gps,
  17: position({ mnc: 2, id: 4 }),
  18: position12,
  19: heartbeat,
  21: text,
  22: alarm(),
  23: positionCard,
  24: cells({ wifi: true }),
  25: cellStatus,
  26: gps,
  30: position({}),
  33: commandReply,
  34: position({}),
  35: shortHeartbeat,
  36: cells({}),
  37: position(LARGE_ID),
  38: alarm(),
  39: alarm(true),
  40: cells({}),
  42: addressRequest,
  44: cells({ wifi: true }),
  45: position({}),
  46: cells({}),
  49: position({}),
  50: alarm(),
  51: cells({ count: 6, form: LARGE_ID, wifi: true }),
  52: positionX1,
  54: statusModules,
  55: positionModules,
  56: positionGeneration,
  57: alarmModules,
  64: batteryPack,
  97: positionButton,
  112: modular,
  140: engine,
  148: information,
  149: cameraEvent,
  155: serialData,
  160: position(WIDE),
  161: cells({ form: WIDE }),
  162: cells({ form: WIDE, wifi: true }),
  163: alarm(true),
  164: alarm(true),
  165: cellAlarm,
  167: cellAddress,
  169: wifiAlarm,
  178: clockTag,
  241: statusList,
  242: statusList,
  243: accessPointList,
};

/** By type and length: contents that differ from the usual one of their type. */
const VARIANTS: Record<number, Record<number, Decoder>> = {
  22: { 36: alarmVoltage, 38: alarm(false, LARGE_ID), 45: alarmCard },
  18: { 39: positionNamed },
  34: { 47: positionClimate, 60: positionDriver },
  36: { 46: positionBattery, 49: cells({ advanceFirst: true }) },
  49: { 42: positionAltitude },
  37: { 78: positionDriver },
  50: { 39: alarm(false, LTE), 41: alarmAltitude },
  54: { 53: locationCard },
  162: { 64: positionLte },
  163: { 12: stepHeartbeat, 24: stepHeartbeat },
};

/** Without a length before the cell, and with the supply's voltage. */
function alarmVoltage(message: Message): void {
  const { content, values } = message;
  gps(message);
  cell(message);
  status(message);
  values.voltage = content.u16() / 100;
  values.signal = content.u8();
  setAlarm(values, ALARMS[content.u8()]);
}

function decoder({ type, length, long }: Message): Decoder {
  if (long && (type === 0x32 || type === 0x33)) return countedParts;
  return (long ? undefined : VARIANTS[type]?.[length]) ?? DECODERS[type] ?? unknown;
}
