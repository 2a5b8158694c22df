/*
 * M-Bus meters (EN 13757-2 and -3) behind a level converter.
 *
 *     E5                                          acknowledged
 *     10 C A SUM 16                               short: 40 reset, 5B or 7B ask for data, in turns
 *     68 L L 68  C A CI data  SUM 16              long: C 08 an answer
 *     CI 72      id (4, BCD) maker (2) version medium  access  status  signature (2)  records
 *     record     DIF [DIFE..] VIF [VIFE..] value   low byte first
 */
import {
  ascii,
  bcdle,
  be,
  type Context,
  concat,
  type Downlink,
  dateUTC,
  decrypt,
  f32le,
  fromHex,
  hex,
  le,
  type Request,
  type Result,
  sum8,
  toBcdle,
  u8,
  u16le,
  u32le,
  zoneMinutes,
} from 'fairlead:helpers';

type Values = Record<string, unknown>;

interface Row {
  readonly function: string;
  readonly storage: number;
  readonly tariff?: number;
  readonly device?: number;
  readonly quantity?: string;
  readonly unit?: string;
  readonly modifiers?: string;
  readonly value?: number | string;
  /** The value as text, numbers with six decimals. */
  readonly text: string;
}

/** Lines of a table, whose columns are two spaces or more apart. */
const table = (text: string): string[][] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s{2,}/));
const hexNumber = (digits = ''): number => Number.parseInt(digits, 16);

const MEDIA = new Map(
  table(`
    00  Other
    01  Oil
    02  Electricity
    03  Gas
    04  Heat: Outlet
    05  Steam
    06  Warm water (30-90°C)
    07  Water
    08  Heat Cost Allocator
    09  Compressed Air
    0a  Cooling load meter: Outlet
    0b  Cooling load meter: Inlet
    0c  Heat: Inlet
    0d  Heat / Cooling load meter
    0e  Bus/System
    0f  Unknown Medium
    10  Irrigation Water
    11  Water Logger
    12  Gas Logger
    13  Gas Converter
    14  Calorific value
    15  Hot water (>90°C)
    16  Cold water
    17  Dual water
    18  Pressure
    19  A/D Converter
    1a  Smoke Detector
    1b  Ambient Sensor
    1c  Gas Detector
    20  Breaker: Electricity
    21  Valve: Gas or Water
    25  Customer Unit: Display Device
    28  Waste Water
    29  Garbage
    30  Service Unit
    36  Radio Converter: System
    37  Radio Converter: Meter
  `).map(([digits, name = '']) => [hexNumber(digits), name]),
);
const FUNCTIONS = ['Instantaneous value', 'Maximum value', 'Minimum value', 'Value during error state'];
const ERRORS = [
  'unspecified error',
  'unimplemented CI field',
  'buffer too long',
  'too many records',
  'premature end of record',
  'more than 10 DIFE',
  'more than 10 VIFE',
  'reserved',
  'application too busy',
  'too many readouts',
];
const STATES = ['', '', 'power low', 'permanent error', 'temporary error'];

// Quantities by VIF: first and last code, quantity, unit, power of ten of the first code. 100 and 200: behind FD and FB.
const POWERS = table(`
  00 07  Energy  Wh  -3
  08 0f  Energy  J  0
  10 17  Volume  m^3  -6
  18 1f  Mass  kg  -3
  28 2f  Power  W  -3
  30 37  Power  J/h  0
  38 3f  Volume flow  m^3/h  -6
  40 47  Volume flow  m^3/min  -7
  48 4f  Volume flow  m^3/s  -9
  50 57  Mass flow  kg/h  -3
  58 5b  Flow temperature  °C  -3
  5c 5f  Return temperature  °C  -3
  60 63  Temperature difference  K  -3
  64 67  External temperature  °C  -3
  68 6b  Pressure  bar  -3
  100 103  Credit  Currency units  -3
  104 107  Debit  Currency units  -3
  140 14f  Voltage  V  -9
  150 15f  Current  A  -12
  200 201  Energy  Wh  5
  208 209  Energy  J  8
  210 211  Volume  m^3  2
  218 219  Mass  kg  5
  221 221  Volume  feet^3  -1
  222 223  Volume  American gallon  -1
  224 224  Volume flow  American gallon/min  -3
  225 225  Volume flow  American gallon/min  0
  226 226  Volume flow  American gallon/h  0
  228 229  Power  W  5
  230 231  Power  J/h  8
  258 25b  Flow temperature  °F  -3
  25c 25f  Return temperature  °F  -3
  260 263  Temperature difference  °F  -3
  264 267  External temperature  °F  -3
  270 273  Cold / Warm Temperature Limit  °F  -3
  274 277  Cold / Warm Temperature Limit  °C  -3
  278 27f  Cumul. count max power  W  -3
`).map(([range = '', quantity = '', unit = '', exponent]) => {
  const [from = 0, to = 0] = range.split(' ').map(hexNumber);
  return { from, to, quantity, unit, exponent: Number(exponent) };
});
/** CI 73: each of these units, ten and a hundred of it. */
const FIXED_UNITS = [
  'h,m,s',
  'D,M,Y',
  ...'Wh kWh MWh kJ MJ GJ W kW MW kJ/h MJ/h GJ/h ml l m^3 ml/h l/h m^3/h'
    .split(' ')
    .flatMap((unit) => [unit, `10 ${unit}`, `100 ${unit}`]),
  '1e-3 °C',
  'units for HCA',
  ...new Array<string>(4).fill('reserved'),
  'reserved but historic',
  'without units',
];
const FIXED_MEDIA =
  'Other|Oil|Electricity|Gas|Heat|Steam|Hot Water|Water|H.C.A.|Reserved|Gas Mode 2|Heat Mode 2|Hot Water Mode 2|Water Mode 2|H.C.A. Mode 2|Reserved'.split(
    '|',
  );
const FIXED_KEYS: Record<string, readonly [key: string, factor: number]> = {
  Wh: ['energy', 1e-3],
  kWh: ['energy', 1],
  MWh: ['energy', 1e3],
  MJ: ['energy', 1 / 3.6],
  GJ: ['energy', 1e3 / 3.6],
  W: ['power', 1],
  kW: ['power', 1e3],
  l: ['volume', 1e-3],
  'm^3': ['volume', 1],
  'l/h': ['flow', 1e-3],
  'm^3/h': ['flow', 1],
};
/** Seconds, minutes, hours, days, months, years; the third column is the first of them. */
const SECONDS = [1, 60, 3_600, 86_400, 2_629_743.83, 31_556_926];
const DURATIONS = table(`
  20 23  On time  0
  24 27  Operating time  0
  70 73  Averaging Duration  0
  74 77  Actuality Duration  0
  124 129  Storage interval  0
  12c 12f  Duration since last readout  0
  131 133  Duration of tariff  1
  134 139  Period of tariff  0
  168 16b  Duration since last cumulation  2
  16c 16f  Operating time battery  2
`).map(([range = '', quantity = '', first]) => {
  const [from = 0, to = 0] = range.split(' ').map(hexNumber);
  return { from, to, quantity, first: Number(first) };
});
const NAMES = new Map(
  table(`
    6c  Time point (date)
    6d  Time point (date & time)
    6e  H.C.A.
    78  Fabrication No
    79  (Enhanced) Identification
    7a  Bus Address
    7e  Any VIF
    7f  Manufacturer specific
    108  Access Number (transmission count)
    109  Medium
    10a  Manufacturer
    10b  Parameter set identification
    10c  Model / Version
    10d  Hardware version
    10e  Firmware version
    10f  Software version
    110  Customer location
    111  Customer
    112  Access Code User
    113  Access Code Operator
    114  Access Code System Operator
    115  Access Code Developer
    116  Password
    117  Error flags
    118  Error mask
    11a  Digital Output
    11b  Digital Input
    11c  Baudrate
    11d  Response delay time
    11e  Retry
    120  First storage # for cyclic storage
    121  Last storage # for cyclic storage
    122  Size of storage block
    130  Start of tariff
    13a  Dimensionless
    160  Reset counter
    161  Cumulation counter
    162  Control signal
    163  Day of week
    164  Week number
    165  Time point of day change
    166  State of parameter activation
    167  Special supplier information
    170  Date and time of battery change
  `).map(([digits, name = '']) => [hexNumber(digits), name]),
);
const NAMED_UNITS: Record<number, string> = { 108: '-', 109: '-', 110: 'Units for H.C.A.', 284: 'Baud' };
/** Modes of encryption in bits 8 to 12 of the signature: DES and AES. */
const ENCRYPTED = [2, 3, 4, 5, 7];
/** Stands between records, and at the start of what was deciphered. */
const FILLER = 0x2f;
/** VIFE: a counter of what flows in one direction only. */
const [POSITIVE, NEGATIVE] = ['3b', '3c'];
/** Bytes of a value by the low four bits of DIF: integers, a float, BCD. */
const SIZES = [0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, -1, 6];
/** Keys of the vocabulary by quantity and unit, with the factor to their unit. */
const KEYS: Record<string, readonly [key: string, factor: number]> = {
  'Energy Wh': ['energy', 1e-3],
  'Energy J': ['energy', 1 / 3.6e6],
  'Volume m^3': ['volume', 1],
  'Mass kg': ['mass', 1],
  'Power W': ['power', 1],
  'Power J/h': ['power', 1 / 3_600],
  'Volume flow m^3/h': ['flow', 1],
  'Volume flow m^3/min': ['flow', 60],
  'Volume flow m^3/s': ['flow', 3_600],
  'Flow temperature °C': ['flowTemperature', 1],
  'Return temperature °C': ['returnTemperature', 1],
  'Temperature difference K': ['temperatureDifference', 1],
  'External temperature °C': ['temperature', 1],
  'Pressure bar': ['pressure', 1_000],
  'Voltage V': ['voltage', 1],
  'Current A': ['current', 1],
  'On time s': ['onTime', 1],
  'Operating time s': ['operatingTime', 1],
};
const TEXTS: Record<string, string> = {
  'Fabrication No': 'serial',
  'Firmware version': 'firmware',
  'Hardware version': 'hardware',
  'Model / Version': 'model',
};

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  if (bytes[0] === 0xe5) return { values: { ack: true } };
  if (bytes[0] === 0x10) return { values: { control: u8(bytes, 1), address: u8(bytes, 2) } };
  if (bytes[1] !== bytes[2]) throw new Error(`two lengths, ${bytes[1]} and ${bytes[2]}`);
  const [control, address, ci] = [u8(bytes, 4), u8(bytes, 5), u8(bytes, 6)];
  const { time, values } = answer(ci, bytes.subarray(7, -2), ctx);
  const result: Result = { values: { control, address, ci, ...values }, ...(time !== undefined && { time }) };
  const asked = ctx.request as { address: number } | undefined;
  if (asked && values.more === true) result.reply = ask(asked.address, ctx);
  if (ctx.type === 'gateway') result.device = String(values.deviceId ?? address);
  return result;
}

function answer(ci: number, data: Uint8Array, ctx: Context): { time?: Date; values: Values } {
  switch (ci) {
    case 0x70:
      return { values: { error: data[0] ?? 0, meaning: ERRORS[data[0] ?? 0] ?? 'unknown error' } };
    case 0x71:
      return { values: { alarm: 'general', status: u8(data) } };
    case 0x72:
      return variable(data, 12, ctx);
    case 0x7a:
      return variable(data, 4, ctx);
    case 0x78:
      return contents({}, data, ctx);
    case 0x73:
      return { values: fixed(data) };
    default:
      return { values: { data: hex(data) } };
  }
}

/** The header has 12 bytes, or the last four of them. */
function variable(data: Uint8Array, size: number, ctx: Context): { time?: Date; values: Values } {
  if (data.length < size) throw new Error('the header is cut off');
  const [access, status, signature] = [u8(data, size - 4), u8(data, size - 3), u16le(data, size - 2)];
  const states = STATES.filter((state, bit) => state !== '' && (status >> bit) & 1);
  const head: Values = {
    ...(size === 12 && identity(data)),
    accessNumber: access,
    status: hex(data.slice(size - 3, size - 2)),
    ...(states.length > 0 && { states }),
    ...(signature !== 0 && { signature: signature.toString(16).padStart(4, '0') }),
  };
  const mode = (signature >> 8) & 0x1f;
  const rest = data.subarray(size);
  if (!ENCRYPTED.includes(mode) || rest[0] === FILLER) return contents(head, rest, ctx);
  if (mode !== 5 || ctx.secret === undefined || size !== 12) return { values: { ...head, data: hex(rest) } };
  return contents(head, deciphered(data, signature, ctx.secret), ctx);
}

/** Mode 5: AES-CBC over so many blocks; the vector is maker, id, version and medium, then eight times the access number. */
function deciphered(data: Uint8Array, signature: number, key: string): Uint8Array {
  const end = 12 + 16 * ((signature >> 4) & 15);
  if (end > data.length) throw new Error('the encrypted blocks end beyond the data');
  const access = new Uint8Array(8).fill(u8(data, 8));
  const iv = concat(data.subarray(4, 6), data.subarray(0, 4), data.subarray(6, 8), access);
  const plain = decrypt('aes-cbc', fromHex(key), data.subarray(12, end), { iv, padding: false });
  if (plain[0] !== FILLER || plain[1] !== FILLER) throw new Error('the key is wrong');
  return concat(plain, data.subarray(end));
}

function identity(data: Uint8Array): Values {
  const deviceId = hex(data.slice(0, 4).reverse());
  return {
    deviceId,
    id: deviceId.replace(/^0+(?=.)/, ''),
    manufacturer: maker(u16le(data, 4)),
    version: u8(data, 6),
    medium: mediumOf(u8(data, 7)),
  };
}

/** Three letters of five bits. */
const maker = (code: number): string =>
  String.fromCharCode(...[10, 5, 0].map((shift) => ((code >> shift) & 31) + 64));

const mediumOf = (medium: number): string =>
  MEDIA.get(medium) ?? `Unknown medium (0x${medium.toString(16).padStart(2, '0')})`;

/** CI 73: two counters behind a header of eight bytes; two bits of each unit tell the medium. */
function fixed(data: Uint8Array): Values {
  if (data.length !== 16) throw new Error(`fixed data of ${data.length} bytes instead of 16`);
  const [status, first, second] = [u8(data, 5), u8(data, 6), u8(data, 7)];
  const deviceId = hex(data.slice(0, 4).reverse());
  const records = [first, second].map((unit, i) => {
    const at = 8 + 4 * i;
    const value = (status & 1) === 0 ? Number(bcdle(data, at, 4)) : u32le(data, at);
    const kind = status & 2 ? 'Stored value' : 'Actual value';
    return { function: kind, unit: FIXED_UNITS[unit & 0x3f] as string, value, text: String(value) };
  });
  return {
    deviceId,
    id: deviceId.replace(/^0+(?=.)/, ''),
    medium: FIXED_MEDIA[(first >> 6) | ((second >> 6) << 2)],
    accessNumber: u8(data, 4),
    status: hex(data.slice(5, 6)),
    ...fixedKeys(records),
    records,
  };
}

function fixedKeys(records: { unit: string; value: number }[]): Values {
  const values: Values = {};
  for (const { unit, value } of records) {
    const [, tens = '1', base = ''] = /^(?:(10|100) )?(\S+)$/.exec(unit) ?? [];
    const [key, factor] = FIXED_KEYS[base] ?? [];
    if (key !== undefined && factor !== undefined) values[key] ??= tidy(value * Number(tens) * factor);
  }
  return values;
}

// --- records ----------------------------------------------------------------------------------------------------------

function contents(head: Values, data: Uint8Array, ctx: Context): { time?: Date; values: Values } {
  const { rows, more } = recordsOf(data);
  const values: Values = { ...head };
  // Those of a phase or of another kind stand in only where there is no plain one.
  const plain = rows.filter(({ function: kind, storage }) => kind === FUNCTIONS[0] && storage === 0);
  for (const row of plain.filter(({ modifiers = POSITIVE }) => modifiers === POSITIVE)) name(values, row);
  for (const row of plain.filter(({ modifiers = '' }) => modifiers.startsWith('ff'))) name(values, row);
  const fed = plain.find(
    ({ quantity, unit, modifiers }) => quantity === 'Energy' && unit === 'Wh' && modifiers === NEGATIVE,
  );
  if (fed !== undefined) values.energyExport = tidy(Number(fed.value) / 1_000);
  const tariffs = plain.filter(
    ({ quantity, unit, tariff, modifiers }) => quantity === 'Energy' && unit === 'Wh' && tariff && !modifiers,
  );
  if (values.energy === undefined && tariffs.length > 0)
    values.energy = tidy(tariffs.reduce((sum, { value }) => sum + Number(value), 0) / 1_000);
  const clock = plain.find(({ quantity, value }) => quantity === NAMES.get(0x6d) && value !== undefined);
  const time =
    clock &&
    new Date(Date.parse(String(clock.value)) - zoneMinutes(String(ctx.parameters.timezone)) * 60_000);
  return { ...(time && { time }), values: { ...values, ...(more && { more }), records: rows } };
}

function name(values: Values, { quantity = '', unit, tariff, device, value }: Row): void {
  if (value === undefined || tariff || device) return;
  const [key, factor] = KEYS[`${quantity} ${unit}`] ?? [];
  if (key !== undefined && factor !== undefined && typeof value === 'number')
    values[key] ??= tidy(value * factor);
  const text = TEXTS[quantity];
  if (text !== undefined) values[text] ??= String(value);
}

function recordsOf(data: Uint8Array): { rows: Row[]; more: boolean } {
  const rows: Row[] = [];
  for (let at = 0; at < data.length; ) {
    const dif = u8(data, at++);
    if (dif === FILLER) continue;
    if (dif === 0x0f || dif === 0x1f) {
      const rest = hex(data.subarray(at), ' ').toUpperCase();
      const kind = dif === 0x1f ? 'More records follow' : 'Manufacturer specific';
      rows.push({ function: kind, storage: 0, text: rest, ...(rest !== '' && { value: rest }) });
      return { rows, more: dif === 0x1f };
    }
    const record = recordAt(data, at, dif);
    rows.push(record.row);
    at = record.end;
  }
  return { rows, more: false };
}

function recordAt(data: Uint8Array, start: number, dif: number): { row: Row; end: number } {
  let at = start;
  let [storage, tariff, device] = [(dif >> 6) & 1, 0, 0];
  let extended = dif;
  let count = 0;
  for (; (extended & 0x80) !== 0; count++) {
    extended = u8(data, at++);
    if (count === 10) throw new Error('more than 10 DIFE');
    storage += (extended & 15) * 2 ** (1 + 4 * count);
    tariff += ((extended >> 4) & 3) * 4 ** count;
    device += ((extended >> 6) & 1) * 2 ** count;
  }
  const vib = vibAt(data, at);
  at = vib.end;
  let size = SIZES[dif & 15] as number;
  if (size < 0) {
    const length = u8(data, at++);
    size = length < 0xc0 ? length : length < 0xf0 ? length & 15 : length < 0xfb ? 4 * (length - 0xec) : -1;
    if (size < 0) throw new Error(`a value of the unknown length ${length}`);
  }
  if (at + size > data.length) throw new Error('a record ends beyond the data');
  const content = data.subarray(at, at + size);
  const head = {
    function: FUNCTIONS[(dif >> 4) & 3] as string,
    storage,
    ...(count > 0 && { tariff, device }),
  };
  return { row: { ...head, ...vib.about, ...valueOfRecord(dif & 15, vib, content) }, end: at + size };
}

interface Vib {
  readonly code: number;
  readonly about: { quantity: string; unit?: string; modifiers?: string };
  readonly factor: string;
  readonly scale: number;
  readonly add: number;
  readonly end: number;
}

/** VIF, its extensions, and for 7C and FC the text of a unit. */
function vibAt(data: Uint8Array, start: number): Vib {
  let at = start;
  const vif = u8(data, at++);
  const chain: number[] = [vif];
  let custom: string | undefined;
  if ((vif & 0x7f) === 0x7c) {
    const length = u8(data, at++);
    custom = ascii(data.slice(at, at + length).reverse());
    at += length;
  }
  for (let last = vif; (last & 0x80) !== 0; chain.push(last)) {
    if (chain.length > 10) throw new Error('more than 10 VIFE');
    last = u8(data, at++);
  }
  const page = vif === 0xfd ? 0x100 : vif === 0xfb ? 0x200 : 0;
  const code = page + ((page === 0 ? vif : (chain[1] ?? 0)) & 0x7f);
  const [, ...extensions] = page === 0 ? chain : chain.slice(1);
  const { correction, add, modifiers } = corrections(extensions);
  const { quantity, unit, factor, scale } =
    custom === undefined ? meaningOf(code) : { quantity: custom, unit: '-', factor: 0, scale: 1 };
  const about = { quantity, ...(unit && { unit }), ...(modifiers && { modifiers }) };
  return {
    code: custom === undefined ? code : -1,
    about,
    factor: `e${factor + correction}`,
    scale,
    add,
    end: at,
  };
}

/** VIFE 70 to 77 multiply, 78 to 7B add, 7D multiplies by 1000; others only say more of the quantity. */
function corrections(extensions: number[]): { correction: number; add: number; modifiers: string } {
  let [correction, add] = [0, 0];
  const modifiers: number[] = [];
  for (const extension of extensions) {
    const code = extension & 0x7f;
    if (modifiers[0] === 0xff) modifiers.push(code);
    else if (code >= 0x70 && code <= 0x77) correction += (code & 7) - 6;
    else if (code >= 0x78 && code <= 0x7b) add += 10 ** ((code & 3) - 3);
    else if (code === 0x7d) correction += 3;
    else modifiers.push(code === 0x7f ? 0xff : code);
  }
  return { correction, add, modifiers: hex(Uint8Array.from(modifiers)) };
}

function meaningOf(vif: number): { quantity: string; unit?: string; factor: number; scale: number } {
  const covers = ({ from, to }: { from: number; to: number }): boolean => vif >= from && vif <= to;
  const power = POWERS.find(covers);
  if (power !== undefined) {
    const { quantity, unit, exponent, from } = power;
    return { quantity, unit, factor: exponent + vif - from, scale: 1 };
  }
  const duration = DURATIONS.find(covers);
  if (duration !== undefined) {
    const { quantity, first, from } = duration;
    return { quantity, unit: 's', factor: 0, scale: SECONDS[first + vif - from] as number };
  }
  const quantity = NAMES.get(vif);
  const unit = quantity === undefined ? 'Reserved' : NAMED_UNITS[vif];
  return { quantity: quantity ?? 'Reserved', factor: 0, scale: 1, ...(unit && { unit }) };
}

function valueOfRecord(
  coding: number,
  { code, factor, scale, add }: Vib,
  content: Uint8Array,
): { value?: number | string; text: string } {
  if (coding === 0 || coding === 8) return { text: '' };
  if (coding === 2 && code === 0x6c) return moment(content, dateOf);
  if ((coding === 4 || coding === 6) && (code === 0x6d || code === 0x130 || code === 0x170))
    return moment(content, dateTimeOf);
  if (coding === 13) {
    const text = ascii(content.slice().reverse());
    const digits = hex(content.slice().reverse(), ' ').toUpperCase();
    return /^[ -~]*$/.test(text) ? { value: text, text } : { value: digits, text: digits };
  }
  const { raw, valid } =
    coding === 5
      ? { raw: f32le(content), valid: true }
      : coding >= 9
        ? bcdOf(content)
        : { raw: integer(content), valid: true };
  const value = Number(`${raw}${factor}`) * scale + add;
  if (!Number.isFinite(value)) return { text: String(raw) };
  return { ...(valid && { value: tidy(value) }), text: value.toFixed(6) };
}

function integer(content: Uint8Array): number {
  return Number(BigInt.asIntN(8 * content.length, BigInt(`0x${hex(content.slice().reverse())}`)));
}

/** F in the highest digit is a minus. Other letters are what a display shows in place of a value. */
function bcdOf(content: Uint8Array): { raw: number; valid: boolean } {
  const digits = hex(content.slice().reverse());
  const value = [...digits].reduce((sum, digit, i) => {
    const number = Number.parseInt(digit, 16);
    return sum * 10 + (i % 2 === 0 && number > 9 ? 0 : number);
  }, 0);
  return { raw: digits.startsWith('f') ? -value : value, valid: /^f?\d+$/.test(digits) };
}

const digits = (value: number): string => String(value).padStart(2, '0');

/** A moment as text; a value only where it is one. */
function moment(
  content: Uint8Array,
  read: (content: Uint8Array) => { date: string; clock: string; valid: boolean },
): { value?: string; text: string } {
  const { date, clock, valid } = read(content);
  const text = date + clock;
  if (!valid) return { text };
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  dateUTC(year, month, day);
  return { value: text, text };
}

/** Type G: day and year in one byte, month and year in the next. */
function dateOf(content: Uint8Array): { date: string; clock: string; valid: boolean } {
  const [low, high] = [u8(content), u8(content, 1)];
  const [day, month, year] = [low & 31, high & 15, ((low & 0xe0) >> 5) | ((high & 0xf0) >> 1)];
  return { date: `${2_000 + year}-${digits(month)}-${digits(day)}`, clock: '', valid: day > 0 && month > 0 };
}

/**
 * Type F: minute, hour, then as type G; the highest bit of the minute says that it is invalid, two bits of the hour count
 * hundreds of years from 1900. Type I has seconds first.
 */
function dateTimeOf(content: Uint8Array): { date: string; clock: string; valid: boolean } {
  const at = content.length === 6 ? 1 : 0;
  const [minutes, hours] = [u8(content, at), u8(content, at + 1)];
  if ((minutes & 0x80) !== 0) return { date: '1900-01-00', clock: 'T00:00:00Z', valid: false };
  const { date, valid } = dateOf(content.subarray(at + 2));
  const short = Number(date.slice(0, 4)) - 2_000;
  const hundreds = at === 0 ? (hours >> 5) & 3 : 1;
  const year = 1_900 + 100 * (hundreds === 0 && short <= 80 ? 1 : hundreds) + short;
  const [hour, minute, second] = [hours & 31, minutes & 63, at === 1 ? u8(content) & 63 : 0];
  return {
    date: `${year}${date.slice(4)}`,
    clock: `T${[hour, minute, second].map(digits).join(':')}Z`,
    valid: valid && hour < 24 && minute < 60 && second < 60,
  };
}

const tidy = (value: number): number => Number(value.toPrecision(12));

// --- what is sent -----------------------------------------------------------------------------------------------------

export function poll(ctx: Context): Request[] {
  return (ctx.parameters.addresses as (number | string)[]).flatMap((address) => {
    const expectAck = [{ at: 0, bytes: Uint8Array.of(0xe5) }];
    const primary = typeof address === 'number' ? address : 253;
    const first =
      primary === 253
        ? select(String(address))
        : ctx.state[`known${primary}`]
          ? undefined
          : short(0x40, primary);
    ctx.state[`known${primary}`] = true;
    return [
      ...(first ? [{ send: first, expect: expectAck, data: { address: primary } }] : []),
      {
        send: ask(primary, ctx),
        expect: [{ at: 0, bytes: Uint8Array.of(0x68) }],
        data: { address: primary },
      },
    ];
  });
}

/** The bit that tells a new request from a repeated one changes each time. */
function ask(address: number, ctx: Context): Uint8Array {
  const key = `toggle${address}`;
  ctx.state[key] = !ctx.state[key];
  return short(ctx.state[key] ? 0x7b : 0x5b, address);
}

export function downlink({ values }: Downlink, ctx: Context): Uint8Array | undefined {
  const { method, params = {} } = values as { method?: string; params?: Record<string, unknown> };
  const address = Number(params.address ?? (ctx.parameters.addresses as unknown[])[0]);
  switch (method) {
    case 'read':
      return ask(address, ctx);
    case 'init':
      return short(0x40, address);
    case 'select':
      return select(String(params.id));
    case 'setAddress':
      return long(0x53, address, concat(0x51, 0x01, 0x7a, be(Number(params.to), 1)));
    case 'resetApplication':
      return long(0x53, address, Uint8Array.of(0x50));
    case 'send':
      return long(0x53, address, fromHex(String(params.data)));
    default:
      return undefined;
  }
}

function short(control: number, address: number): Uint8Array {
  const body = concat(control, be(address, 1));
  return concat(0x10, body, sum8(body), 0x16);
}

function long(control: number, address: number, data: Uint8Array): Uint8Array {
  const body = concat(control, be(address, 1), data);
  return concat(0x68, le(body.length, 1), le(body.length, 1), 0x68, body, sum8(body), 0x16);
}

/** Selects by the secondary address: the id, any maker, version and medium. F stands for any digit. */
function select(id: string): Uint8Array {
  if (!/^[\dF]{8}$/i.test(id)) throw new Error(`not a secondary address of 8 digits: ${id.slice(0, 20)}`);
  const digits = /^\d+$/.test(id) ? toBcdle(id, 4) : fromHex(id).reverse();
  return long(0x53, 253, concat(0x52, digits, fromHex('ffffffff')));
}
