// H02 trackers, after "H02 GPS tracker protocol V1.0.5".
//
//   text    *MAKER,ID,TYPE,fields#            coordinates ddmm.mmmm, dates ddmmyy, speeds in knots
//   binary  $ or X  ID (BCD, 5)  hhmmss ddmmyy  latitude (4)  battery (1)  longitude and flags (5)  speed, course (3)  status (4)  ..
//
// In the status word a bit that is 0 is an alarm.
import { ascii, bcd, bit, dateText, hex, nmeaCoordinate, u8, u32 } from 'fairlead:helpers';

interface Context {
  time: number;
  identity?: string;
  parameters: { acknowledge: boolean };
}
type Values = Record<string, unknown>;
interface Result {
  values?: Values;
  time?: Date;
  reply?: string;
  /** The command that it answers, by its type. */
  answers?: string;
}

const TEXT = 0x2a;

export function identify(bytes: Uint8Array) {
  const id = bytes[0] === TEXT ? sentence(bytes).id : binaryId(bytes);
  return id === '' ? undefined : { id };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result | undefined {
  if (bytes[0] !== TEXT) return binary(bytes, ctx);
  const message = sentence(bytes);
  const { values = {}, time } = (DECODERS[message.type] ?? position)(message);
  const reply = answer(message, ctx);
  const full = { deviceId: message.id, messageType: message.type, ...values };
  return {
    ...(Object.keys(values).length > 0 && { values: full }),
    ...(time && { time }),
    ...(reply !== undefined && { reply }),
    // V4 confirms a command, whose type is its first field.
    ...(message.type === 'V4' && message.fields[0] && { answers: message.fields[0] }),
  };
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context) {
  const [type, ...fields] = command(values.method, values.params ?? {});
  const send = `*HQ,${[ctx.identity ?? '', type, clock(ctx.time).slice(8), ...fields].join(',')}#`;
  return { send, id: type };
}

function command(method: string, params: Values): [type: string, ...fields: string[]] {
  switch (method) {
    case 'relay':
      return ['S20', '1', params.on ? '1' : '0'];
    case 'arm':
      return params.on ? ['SCF', '0', '0'] : ['SCF', '1', '1'];
    case 'interval':
      return ['S71', '22', String(Number(params.seconds))];
    case 'reboot':
      return ['R1'];
    case 'text':
      return [String(params.type), ...((params.fields as string[] | undefined) ?? [])];
    default:
      throw new Error(`unknown command ${method}: use relay, arm, interval, reboot or text`);
  }
}

// --- sentences --------------------------------------------------------------------------------------------------------

interface Sentence {
  maker: string;
  id: string;
  type: string;
  fields: string[];
}

function sentence(bytes: Uint8Array): Sentence {
  const text = ascii(bytes.subarray(1, bytes.length - 1));
  const [maker = '', id = '', type = '', ...fields] = text.split(',').map((field) => field.trim());
  if (!/^\w{2}$/.test(maker) || !/^\d*$/.test(id) || type === '') throw new Error('not a sentence of H02');
  return { maker, id, type, fields };
}

/** YYYYMMDDhhmmss in UTC. */
const clock = (time: number): string => new Date(time).toISOString().replace(/\D/g, '').slice(0, 14);

function answer({ maker, id, type }: Sentence, ctx: Context): string | undefined {
  if (id === '') return undefined;
  if (type === 'HTBT' || type === 'V0') return `*${maker},${id},${type}#`;
  if (type === 'V1' || type === 'NBR') return `*HQ,${id},V4,${type},${clock(ctx.time)}#`;
  return ctx.parameters.acknowledge ? `*HQ,${id},R12,${clock(ctx.time).slice(8)}#` : undefined;
}

/** Bits that are 0, in order of weight. */
const ALARMS: [bit: number, name: string][] = [
  [0, 'vibration'],
  [1, 'sos'],
  [18, 'sos'],
  [2, 'overspeed'],
  [19, 'powerCut'],
];

function status(values: Values, word: number): void {
  values.status = word;
  values.ignition = bit(word, 10);
  const alarm = ALARMS.find(([n]) => !bit(word, n));
  if (alarm) values.alarm = alarm[1];
}

/** ddmm.mmmm, ddmmmmmm, -dd-mm.mmmm, or minutes alone. */
function coordinate(text: string, hemisphere: string): number {
  const parted = /^-(\d+)-(\d+\.\d+)$/.exec(text);
  if (parted) return nmeaCoordinate(parted[1] + parted[2]!.padStart(7, '0'), hemisphere);
  if (/^\d{7,}$/.test(text)) return nmeaCoordinate(`${text.slice(0, -4)}.${text.slice(-4)}`, hemisphere);
  return nmeaCoordinate(/^\d\d\./.test(text) ? `0${text}` : text, hemisphere);
}

const isDate = (text: string | undefined): boolean => /^\d{6}$/.test(text ?? '');
const isStatus = (text: string | undefined): boolean => /^[0-9a-f]{8}$/i.test(text ?? '');

function place(values: Values, fields: string[]): void {
  const [latitude = '', ns = '', longitude = '', ew = '', speed = '', course = ''] = fields;
  if (latitude === '' || longitude === '') return; // no fix yet
  values.latitude = coordinate(latitude, ns);
  values.longitude = coordinate(longitude, ew);
  if (Math.abs(values.latitude as number) > 90 || Math.abs(values.longitude as number) > 180)
    throw new RangeError('no such place');
  if (speed !== '') values.speed = Number(speed) * 1.852;
  if (course !== '') values.course = Number(course);
}

/** V1, V5, V6, V8, V19, VI1 and the answer V4: time, validity, place, speed, course, [battery,] date, [status, more]. */
function position({ type, fields }: Sentence): Result {
  const values: Values = {};
  const start = fields.findIndex((field) => /^[NS]$/.test(field)) - 3;
  if (start < 0) return { values: { raw: fields.join(',') } };
  if (type === 'V4') values.message = fields.slice(0, start).join(',');
  const [time = '', validity = ''] = fields.slice(start);
  values.valid = validity === 'A' || /^\d+$/.test(validity);
  place(values, fields.slice(start + 2));
  let next = start + 8;
  if (!isDate(fields[next]) && isDate(fields[next + 1])) values.batteryStep = Number(fields[next++]);
  const date = fields[next] ?? '';
  if (values.valid && values.latitude === undefined) throw new Error('a fix without a place');
  rest(values, fields.slice(next + 1));
  if (!isDate(date)) return { values };
  return { values, time: dateText(date, /^\d{6}$/.test(time) ? time : '000000', 'dmy') };
}

function rest(values: Values, fields: string[]): void {
  const at = fields.findIndex(isStatus);
  if (at >= 0) status(values, Number.parseInt(fields[at] as string, 16));
  const extras = at === 0 ? fields.slice(1) : fields.filter((_, n) => n !== at);
  if (extras.length === 6 && /^\d+\.\d+$/.test(extras[2] ?? '')) {
    sensors(values, extras);
    return;
  }
  const [mcc = '', mnc = ''] = extras;
  if (/^[2-7]\d\d$/.test(mcc) && /^\d{1,3}$/.test(mnc))
    Object.assign(values, { mcc: Number(mcc), mnc: Number(mnc) });
  const iccid = extras.find((field) => /^89\d{16,18}[\dF]?$/i.test(field));
  if (iccid !== undefined) values.iccid = iccid.replace(/F$/i, '');
  if (extras.some((field) => field !== '')) values.extras = extras;
}

/** Odometer in metres, temperature, fuel, altitude, area and cell in hex. */
function sensors(values: Values, fields: string[]): void {
  const [odometer, temperature, fuel, altitude, lac = '', cellId = ''] = fields;
  values.odometer = Number(odometer) / 1_000;
  values.temperature1 = Number(temperature);
  values.fuel = Number(fuel);
  values.altitude = Number(altitude);
  values.lac = Number.parseInt(lac, 16);
  values.cellId = Number.parseInt(cellId, 16);
}

function setCells(values: Values, cells: Values[]): void {
  if (!cells[0]) return;
  const { level: _, ...serving } = cells[0];
  Object.assign(values, serving, { cells });
}

/** Fields by threes: area, cell, level. */
function triples(mcc: number, mnc: number, fields: string[]): Values[] {
  const cells: Values[] = [];
  for (let i = 0; i + 2 < fields.length; i += 3) {
    const [lac, cellId, level] = fields.slice(i, i + 3).map(Number);
    cells.push({ mcc, mnc, lac, cellId, level });
  }
  return cells;
}

/** Time, country, network, delay, count, cells, date, status, battery. */
function neighbours({ fields }: Sentence): Result {
  const [time, mcc, mnc, , count] = fields;
  const end = 5 + 3 * Number(count);
  const [date = '', word = '', step] = fields.slice(end);
  if (!(Number(count) >= 0) || !isDate(date))
    throw new Error('NBR announces another number of cells than it has');
  const values: Values = {};
  setCells(values, triples(Number(mcc), Number(mnc), fields.slice(5, end)));
  if (isStatus(word)) status(values, Number.parseInt(word, 16));
  if (step) values.batteryStep = Number(step);
  return { values, time: dateText(date, time, 'dmy') };
}

function link({ fields }: Sentence): Result {
  const [time, signal, satellites, battery, steps, turnovers, date = '', word = ''] = fields;
  const values: Values = {
    signal: Number(signal),
    satellites: Number(satellites),
    battery: Number(battery),
    steps: Number(steps),
    turnovers: Number(turnovers),
  };
  if (isStatus(word)) status(values, Number.parseInt(word, 16));
  return { values, time: dateText(date, time, 'dmy') };
}

/** Time, country and network, count, cells by fours, battery, restarts, X, date, status. */
function cellReport({ fields }: Sentence): Result {
  const [time, operator = '', mncOrCount, ...more] = fields;
  const separate = operator.length === 3;
  const mnc = separate ? mncOrCount : operator.slice(3);
  const count = Number(separate ? more.shift() : mncOrCount);
  const list = more.slice(0, 4 * count);
  const [battery = '', , , date = '', word = ''] = more.slice(4 * count);
  if (!isDate(date)) throw new Error('V3 announces another number of cells than it has');
  const cells = Array.from({ length: count }, (_, i) => ({
    mcc: Number(operator.slice(0, 3)),
    mnc: Number(mnc),
    lac: Number(list[4 * i]),
    cellId: Number(list[4 * i + 1]),
    level: Number(list[4 * i + 3]),
  }));
  const values: Values = { batteryRaw: Number.parseInt(battery, 16) };
  setCells(values, cells);
  if (isStatus(word)) status(values, Number.parseInt(word, 16));
  return { values, time: dateText(date, time, 'dmy') };
}

/** A place, or V, country, network and cells that Y separates. */
function pet({ fields }: Sentence): Result {
  const values: Values = {};
  if (fields[0] === 'V') {
    const [, mcc, mnc, ...cells] = fields;
    const list = cells.join(',').replaceAll('Y', ',').split(',');
    setCells(values, triples(Number(mcc), Number(mnc), list));
    return { values };
  }
  values.valid = true;
  place(values, fields.slice(1));
  return { values, time: dateText(fields[7] ?? '', '000000', 'dmy') };
}

const DECODERS: Record<string, (message: Sentence) => Result> = {
  NBR: neighbours,
  LINK: link,
  V3: cellReport,
  VP1: pet,
  V0: ({ fields }) => ({ values: fields[0] ? { battery: Number(fields[0]) } : {} }),
  HTBT: ({ fields }) => ({ values: fields[0] ? { battery: Number(fields[0]) } : {} }),
  SMS: ({ fields }) => ({ values: { message: fields.join(',') } }),
};

// --- binary messages --------------------------------------------------------------------------------------------------

/** Ten digits; devices whose message has 42 bytes send 15 digits of an IMEI. */
function binaryId(bytes: Uint8Array): string {
  return bytes.length === 42 ? bcd(bytes, 1, 8).slice(0, 15) : bcd(bytes, 1, 5);
}

/** 1 to 6 are steps, up to 100 percent, f1 to f6 steps while charging. */
function battery(values: Values, value: number): void {
  if (value >= 0xf1 && value <= 0xf6) values.batteryStep = value - 0xf0;
  else if (value > 6 && value <= 100) values.battery = value;
  else if (value > 0 && value <= 6) values.battery = (value - 1) * (value <= 3 ? 10 : 20);
}

function binary(bytes: Uint8Array, ctx: Context): Result {
  const id = binaryId(bytes);
  const at = bytes.length === 42 ? 9 : 6;
  const time = bcd(bytes, at, 3);
  const date = bcd(bytes, at + 3, 3);
  const latitude = bcd(bytes, at + 6, 4);
  const longitude = hex(bytes.subarray(at + 11, at + 16));
  const flags = Number.parseInt(longitude[9] ?? '', 16);
  const motion = bcd(bytes, at + 16, 3);
  const values: Values = { deviceId: id, messageType: String.fromCharCode(u8(bytes)), valid: bit(flags, 1) };
  values.latitude = nmeaCoordinate(`${latitude.slice(0, 4)}.${latitude.slice(4)}`, bit(flags, 2) ? 'N' : 'S');
  values.longitude = nmeaCoordinate(
    `${longitude.slice(0, 5)}.${longitude.slice(5, 9)}`,
    bit(flags, 3) ? 'E' : 'W',
  );
  values.speed = Number(motion.slice(0, 3)) * 1.852;
  values.course = Number(motion.slice(3));
  battery(values, u8(bytes, at + 10));
  status(values, u32(bytes, at + 19));
  return {
    values,
    time: dateText(date, time, 'dmy'),
    ...(ctx.parameters.acknowledge && { reply: `*HQ,${id},R12,${clock(ctx.time).slice(8)}#` }),
  };
}
