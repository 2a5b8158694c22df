// Meitrack trackers, after "Meitrack GPRS protocol V1.9".
//
//   $$ FLAG LENGTH , IMEI , COMMAND , content * CHECK CR LF       LENGTH decimal, from the comma after it to the end
//
// Content of AAA is text; of CCC records of 52 bytes; of CCE records of parameters, by size. Numbers there are
// little-endian, times seconds since 2000.
import { ascii, concat, dateText, hex, Reader, sum8 } from 'fairlead:helpers';

interface Context {
  identity?: string;
  parameters: { model: string };
}
type Values = Record<string, unknown>;
interface Result {
  values?: Values;
  time?: Date;
  reply?: Uint8Array;
  /** The command that it answers, and why the device does not do it. */
  answers?: string;
  refused?: string;
}
interface Message {
  flag: string;
  id: string;
  command: string;
  content: Uint8Array;
}

export function identify(bytes: Uint8Array) {
  return { id: parse(bytes).id };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result | Result[] | undefined {
  const message = parse(bytes);
  const { id, command, content } = message;
  const results = (DECODERS[command] ?? report)(message, ctx);
  for (const { values } of results) if (values) Object.assign(values, { deviceId: id, messageType: command });
  Object.assign(results[0] ?? {}, answered(message));
  if (command === 'AAC') return [...results, { reply: packet('z', id, 'AAC,1') }];
  if (command === 'CCC') return [...results, { reply: packet(message.flag, id, `CCC,${results.length}`) }];
  if (command === 'D03') return [...results, { reply: packet('O', id, 'D00,camera_picture.jpg,0') }];
  const next = command === 'D00' ? nextPart(ascii(content)) : undefined;
  return next === undefined ? results : [...results, { reply: packet('O', id, next) }];
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context) {
  const content = command(values.method, values.params ?? {});
  return { send: packet('A', ctx.identity ?? '', content), id: content.slice(0, 3) };
}

/** An answer has the code of its command; the answer to A10 is a report with the event 34. Others are sent by the device itself. */
function answered({ command, content }: Message): Pick<Result, 'answers' | 'refused'> {
  const text = ascii(content.subarray(0, 40));
  if (command === 'AAA') return text.startsWith('34,') ? { answers: 'A10' } : {};
  if (['AAC', 'CCC', 'CCE', 'D00', 'D03'].includes(command)) return {};
  return { answers: command, ...(/^(err|fail)/i.test(text) && { refused: text }) };
}

function command(method: string, params: Values): string {
  switch (method) {
    case 'relay':
      return params.on ? 'C01,0,12222' : 'C01,0,02222';
    case 'locate':
      return 'A10';
    case 'interval':
      return `A12,${Math.round(Number(params.seconds) / 10)}`;
    case 'arm':
      return params.on ? 'C01,0,22122' : 'C01,0,22022';
    case 'reboot':
      return 'F02';
    case 'text':
      return String(params.text);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, interval, arm, reboot or text`);
  }
}

function parse(bytes: Uint8Array): Message {
  const [head, flag, id, command] =
    /^\$\$(.)\d+,(\d{10,16}),([\dA-F]{3})[,*]/.exec(ascii(bytes.subarray(0, 40))) ?? [];
  if (head === undefined || flag === undefined || id === undefined || command === undefined)
    throw new Error('not a message of Meitrack');
  return { flag, id, command, content: bytes.subarray(head.length, Math.max(head.length, bytes.length - 5)) };
}

function packet(flag: string, id: string, content: string): Uint8Array {
  const length = String(id.length + content.length + 7).padStart(2, '0');
  const text = `@@${flag}${length},${id},${content}*`;
  return concat(text, sum8(concat(text)).toString(16).toUpperCase().padStart(2, '0'), '\r\n');
}

const ALARMS: Record<number, string> = {
  1: 'sos',
  17: 'lowBattery',
  18: 'lowPower',
  19: 'overspeed',
  20: 'geofenceEnter',
  21: 'geofenceExit',
  22: 'powerRestored',
  23: 'powerCut',
  36: 'tow',
  44: 'jamming',
  78: 'accident',
  90: 'hardCornering',
  91: 'hardCornering',
  129: 'hardBraking',
  130: 'hardAcceleration',
  135: 'fatigue',
};

function setEvent(values: Values, event: number): void {
  values.event = event;
  if (ALARMS[event] !== undefined) values.alarm = ALARMS[event];
}

function place(values: Values, latitude: number, longitude: number): void {
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) throw new RangeError('no such place');
  values.latitude = latitude;
  values.longitude = longitude;
}

const since2000 = (seconds: number): Date => new Date(Date.UTC(2000, 0, 1) + seconds * 1_000);

// --- text reports -----------------------------------------------------------------------------------------------------

/** Volts of a step: battery and supply. */
const SCALES: Record<string, [battery: number, supply: number]> = {
  MVT340: [6 / 1024, 48 / 1024],
  MVT380: [6 / 1024, 48 / 1024],
  MT90: [6.6 / 4096, 1],
  MT90G: [6 / 4096, 1],
  T1: [6.6 / 4096, 52.8 / 4096],
  T3: [6.6 / 4096, 52.8 / 4096],
  MVT100: [6.6 / 4096, 52.8 / 4096],
  MVT600: [6.6 / 4096, 52.8 / 4096],
  MVT800: [6.6 / 4096, 52.8 / 4096],
  TC68: [6.6 / 4096, 52.8 / 4096],
  TC68S: [6.6 / 4096, 52.8 / 4096],
};

/**
 * Event, latitude, longitude, yymmddhhmmss, A, satellites, signal, speed, course, hdop, altitude, odometer, runtime,
 * mcc|mnc|area|cell, inputs and outputs, voltages[, event data, reserved, protocol, fuel, temperatures, count, data].
 */
function report({ content, command }: Message, ctx: Context): Result[] {
  let fields = ascii(content).replace(/\*$/, '').split(',');
  if (/^\d+$/.test(fields[0] ?? '') && /^\d+$/.test(fields[1] ?? '')) fields = fields.slice(1); // packets that wait
  const [event, latitude, longitude, stamp = '', validity, satellites, signal, speed, course, hdop, ...rest] =
    fields;
  if (!/^\d{12}$/.test(stamp) || !/^-?\d+\.\d+$/.test(latitude ?? ''))
    return [
      {
        values: {
          raw: ascii(content).replace(/\*$/, ''),
          ...(command === 'D82' && { message: fields.join(',') }),
        },
      },
    ];
  const values: Values = { valid: validity === 'A' };
  setEvent(values, Number(event));
  place(values, Number(latitude), Number(longitude));
  Object.assign(values, { satellites: Number(satellites), signal: Number(signal), speed: Number(speed) });
  Object.assign(values, { course: Number(course), hdop: Number(hdop) });
  states(values, rest, ctx.parameters.model.toUpperCase());
  more(values, rest.slice(6));
  return [{ values, time: dateText(stamp.slice(0, 6), stamp.slice(6)) }];
}

function states(values: Values, fields: string[], model: string): void {
  const [altitude, odometer, runtime, network = '', ports = '', voltages = ''] = fields;
  values.altitude = Number(altitude);
  values.odometer = Number(odometer) / 1_000;
  values.runtime = Number(runtime);
  const [mcc, mnc, lac, cellId] = network.split('|');
  if (Number(mcc) > 0) {
    Object.assign(values, { mcc: Number(mcc), mnc: Number(mnc) });
    Object.assign(values, {
      lac: Number.parseInt(lac || '0', 16),
      cellId: Number.parseInt(cellId || '0', 16),
    });
  }
  values.inputs = Number.parseInt(ports.slice(0, 2), 16);
  values.outputs = Number.parseInt(ports.slice(2), 16);
  const parts = voltages.split('|');
  if (voltages.includes('.')) {
    Object.assign(values, { batteryVoltage: Number(parts[0]), voltage: Number(parts[1]) });
    return;
  }
  const [adc1, adc2, adc3, battery, supply] = parts.map((part) => Number.parseInt(part || '0', 16));
  const [batteryScale, supplyScale] = SCALES[model] ?? [0.01, 0.01];
  Object.assign(values, { adc1, adc2, adc3 });
  values.batteryVoltage = (battery ?? 0) * batteryScale;
  values.voltage = (supply ?? 0) * supplyScale;
}

function more(values: Values, fields: string[]): void {
  const [data, , protocol, fuel = '', temperatures = '', , ...list] = fields;
  if (data && values.event === 37) values.driver = data;
  else if (data) values.eventData = data;
  if (/^[\da-f]{4}$/i.test(fuel))
    values.fuel = Number.parseInt(fuel.slice(0, 2), 16) + Number.parseInt(fuel.slice(2), 16) / 100;
  for (const [, index = '', digits = ''] of temperatures.matchAll(/([\da-f]{2})([\da-f]{4})/gi)) {
    const value = (Number.parseInt(digits, 16) << 16) >> 16;
    const whole = (Number.parseInt(digits.slice(0, 2), 16) << 24) >> 24;
    const part = (Number.parseInt(digits.slice(2), 16) / 100) * (whole < 0 ? -1 : 1);
    values[`temperature${Number.parseInt(index, 16)}`] = Number(protocol) >= 3 ? value / 100 : whole + part;
  }
  if (list[1]) values.tempData = list[1];
  if (list[5]) taximeter(values, list[5]);
}

function taximeter(values: Values, text: string): void {
  const [state = '', start, end, distance, fare, trip, wait] = text.split('|');
  values.taximeter = {
    on: state[1] === '0',
    start,
    end,
    distance: Number(distance),
    fare: Number(fare),
    trip,
    wait,
  };
}

// --- CCC: records of 52 bytes -----------------------------------------------------------------------------------------

function records({ content }: Message): Result[] {
  const reader = new Reader(content);
  reader.skip(8); // protocol, size of a record, records that wait
  const results: Result[] = [];
  while (reader.left >= 52) results.push(record(reader));
  if (reader.left > 0) throw new Error(`${reader.left} bytes behind the last record`);
  return results;
}

function record(reader: Reader): Result {
  const values: Values = {};
  setEvent(values, reader.u8());
  place(values, reader.i32le() / 1e6, reader.i32le() / 1e6);
  const time = since2000(reader.u32le());
  values.valid = reader.u8() === 1;
  values.satellites = reader.u8();
  values.signal = reader.u8();
  values.speed = reader.u16le();
  values.course = reader.u16le();
  values.hdop = reader.u16le() / 10;
  values.altitude = reader.i16le();
  values.odometer = reader.u32le() / 1_000;
  values.runtime = reader.u32le();
  Object.assign(values, {
    mcc: reader.u16le(),
    mnc: reader.u16le(),
    lac: reader.u16le(),
    cellId: reader.u16le(),
  });
  values.status = reader.u16le();
  values.adc1 = reader.u16le();
  values.batteryVoltage = reader.u16le() / 100;
  values.voltage = reader.u16le() / 100;
  reader.skip(4); // geofence
  return { values, time };
}

// --- CCE: records of parameters ---------------------------------------------------------------------------------------

function parameterRecords({ content }: Message): Result[] {
  const reader = new Reader(content);
  const waiting = reader.u32le();
  const count = reader.u16le();
  const results: Result[] = [];
  for (let i = 0; i < count; i++) {
    const values: Values = { waiting };
    const seconds = parameters(new Reader(reader.take(reader.u16le())), values);
    results.push({ values, ...(seconds !== undefined && { time: since2000(seconds) }) });
  }
  return results;
}

type Parameter = [key: string, divisor?: number];

const BYTES: Record<number, Parameter> = {
  1: ['event'],
  6: ['satellites'],
  7: ['signal'],
  20: ['outputs'],
  21: ['inputs'],
  151: ['throttle'],
  157: ['fuel'],
  65129: ['battery'],
};
const SHORTS: Record<number, Parameter> = {
  8: ['speed'],
  9: ['course'],
  10: ['hdop', 10],
  22: ['adc1', 100],
  23: ['adc2', 100],
  25: ['batteryVoltage', 100],
  26: ['voltage', 100],
  41: ['fuel', 100],
  64: ['event'],
  145: ['obdSpeed'],
  146: ['obdSpeed'],
  152: ['fuelUsed'],
  153: ['rpm'],
  156: ['coolantTemperature'],
  159: ['temperature1'],
  201: ['fuelConsumption'],
};
const WORDS: Record<number, Parameter> = {
  12: ['odometer', 1_000],
  13: ['runtime'],
  155: ['odometer', 1_000],
  160: ['fuelUsed', 1_000],
  162: ['fuelConsumption', 100],
  65268: ['engineHours', 60],
};

/** Parameters of 1, 2 and 4 bytes, then those with a length. The seconds of the record's time. */
function parameters(reader: Reader, values: Values): number | undefined {
  let seconds: number | undefined;
  const place: { latitude?: number; longitude?: number } = {};
  reader.skip(2); // number of the record
  each(reader, (id) => {
    const value = reader.u8();
    if (id === 5) values.valid = value > 0;
    else if (id === 71) values.locked = value === 2;
    else named(values, BYTES, id, value);
  });
  each(reader, (id) => {
    if (id === 11) values.altitude = reader.i16le();
    else named(values, SHORTS, id, reader.u16le());
  });
  each(reader, (id) => {
    if (id === 2) place.latitude = reader.i32le() / 1e6;
    else if (id === 3) place.longitude = reader.i32le() / 1e6;
    else if (id === 4) seconds = reader.u32le();
    else if (id === 37) values.driver = String(reader.u32le());
    else named(values, WORDS, id, reader.u32le());
  });
  each(reader, (id) => longParameter(values, id, new Reader(reader.take(reader.u8()))));
  if (place.latitude !== undefined && place.longitude !== undefined)
    located(values, place.latitude, place.longitude);
  if (typeof values.event === 'number') setEvent(values, values.event);
  return seconds;
}

const located = place;

function each(reader: Reader, read: (id: number) => void): void {
  for (let count = reader.u8(); count > 0; count--) {
    const id = reader.u8();
    read(id === 0xfe ? 0xfe00 + reader.u8() : id);
  }
}

function named(values: Values, table: Record<number, Parameter>, id: number, value: number): void {
  const [key, divisor = 1] = table[id] ?? [];
  if (key !== undefined) values[key] = value / divisor;
  else other(values, id, value);
}

function other(values: Values, id: number, value: unknown): void {
  values.params = { ...(values.params as Values | undefined), [id.toString(16)]: value };
}

function append(values: Values, key: string, item: Values): void {
  values[key] = [...((values[key] as Values[] | undefined) ?? []), item];
}

function longParameter(values: Values, id: number, part: Reader): void {
  if (id >= 0x1d && id <= 0x25 && part.left >= 8)
    append(values, 'wifi', { mac: hex(part.take(6), ':'), rssi: part.i16le() });
  else if (((id >= 0x0e && id <= 0x10) || id === 0x12 || id === 0x13) && part.left >= 12) cell(values, part);
  else if (id >= 0x2a && id <= 0x31 && part.left >= 3) {
    part.skip(1);
    values[`temperature${id - 0x29}`] = part.i16le() / 100;
  } else if (id === 0xfe73) tag(values, part);
  else if (id === 0xfea8 && part.left >= 6) {
    for (const key of ['battery', 'battery2', 'battery3']) {
      const present = part.u8() > 0;
      const level = part.u8();
      if (present) values[key] = level;
    }
  } else other(values, id, part.hex(part.left));
}

function cell(values: Values, part: Reader): void {
  const [mcc, mnc, lac, cellId, rssi] = [
    part.u16le(),
    part.u16le(),
    part.u16le(),
    part.u32le(),
    part.i16le(),
  ];
  if (values.cells === undefined) Object.assign(values, { mcc, mnc, lac, cellId, rssi });
  append(values, 'cells', { mcc, mnc, lac, cellId, rssi });
}

function tag(values: Values, part: Reader): void {
  part.skip(1); // version
  const name = part.ascii(part.u8());
  const mac = hex(part.take(6), ':');
  const battery = part.u8();
  values.tag = { name, mac, battery, temperature: part.i16le() / 256, humidity: part.i16le() / 256 };
}

// --- photographs ------------------------------------------------------------------------------------------------------

/** File, number of parts, part, bytes. */
function photo({ content }: Message): Result[] {
  const [file = '', count, index] = ascii(content).split(',', 3);
  const head = [file, count, index].join(',').length + 1;
  return [
    {
      values: {
        event: 'photo',
        file,
        count: Number(count),
        index: Number(index),
        size: content.length - head,
      },
    },
  ];
}

/** The device sends eight parts, then the next must be asked for. */
function nextPart(content: string): string | undefined {
  const [file, count, index] = content.split(',', 3);
  const next = Number(index) + 1;
  return next % 8 === 0 && next < Number(count) ? `D00,${file},${next}` : undefined;
}

const DECODERS: Record<string, (message: Message, ctx: Context) => Result[]> = {
  CCC: records,
  CCE: parameterRecords,
  D00: photo,
  D03: () => [],
  AAC: () => [],
};
