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

const MEDIA = [
  'Other',
  'Oil',
  'Electricity',
  'Gas',
  'Heat: Outlet',
  'Steam',
  'Warm water (30-90°C)',
  'Water',
  'Heat Cost Allocator',
  'Compressed Air',
  'Cooling load meter: Outlet',
  'Cooling load meter: Inlet',
  'Heat: Inlet',
  'Heat / Cooling load meter',
  'Bus/System',
  'Unknown Medium',
  'Irrigation Water',
  'Water Logger',
  'Gas Logger',
  'Gas Converter',
  'Calorific value',
  'Hot water (>90°C)',
  'Cold water',
  'Dual water',
  'Pressure',
  'A/D Converter',
  'Smoke Detector',
  'Ambient Sensor',
  'Gas Detector',
];
const MORE_MEDIA: Record<number, string> = {
  32: 'Breaker: Electricity',
  33: 'Valve: Gas or Water',
  37: 'Customer Unit: Display Device',
  40: 'Waste Water',
  41: 'Garbage',
  48: 'Service Unit',
  54: 'Radio Converter: System',
  55: 'Radio Converter: Meter',
};
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

// Quantities by VIF: first and last code, quantity, unit, power of ten of the first code. 0x100 and 0x200: behind FD and FB.
const POWERS: readonly (readonly [
  from: number,
  to: number,
  quantity: string,
  unit: string,
  exponent: number,
])[] = [
  [0x00, 0x07, 'Energy', 'Wh', -3],
  [0x08, 0x0f, 'Energy', 'J', 0],
  [0x10, 0x17, 'Volume', 'm^3', -6],
  [0x18, 0x1f, 'Mass', 'kg', -3],
  [0x28, 0x2f, 'Power', 'W', -3],
  [0x30, 0x37, 'Power', 'J/h', 0],
  [0x38, 0x3f, 'Volume flow', 'm^3/h', -6],
  [0x40, 0x47, 'Volume flow', 'm^3/min', -7],
  [0x48, 0x4f, 'Volume flow', 'm^3/s', -9],
  [0x50, 0x57, 'Mass flow', 'kg/h', -3],
  [0x58, 0x5b, 'Flow temperature', '°C', -3],
  [0x5c, 0x5f, 'Return temperature', '°C', -3],
  [0x60, 0x63, 'Temperature difference', 'K', -3],
  [0x64, 0x67, 'External temperature', '°C', -3],
  [0x68, 0x6b, 'Pressure', 'bar', -3],
  [0x100, 0x103, 'Credit', 'Currency units', -3],
  [0x104, 0x107, 'Debit', 'Currency units', -3],
  [0x140, 0x14f, 'Voltage', 'V', -9],
  [0x150, 0x15f, 'Current', 'A', -12],
  [0x200, 0x201, 'Energy', 'Wh', 5],
  [0x208, 0x209, 'Energy', 'J', 8],
  [0x210, 0x211, 'Volume', 'm^3', 2],
  [0x218, 0x219, 'Mass', 'kg', 5],
  [0x221, 0x221, 'Volume', 'feet^3', -1],
  [0x222, 0x223, 'Volume', 'American gallon', -1],
  [0x224, 0x224, 'Volume flow', 'American gallon/min', -3],
  [0x225, 0x225, 'Volume flow', 'American gallon/min', 0],
  [0x226, 0x226, 'Volume flow', 'American gallon/h', 0],
  [0x228, 0x229, 'Power', 'W', 5],
  [0x230, 0x231, 'Power', 'J/h', 8],
  [0x258, 0x25b, 'Flow temperature', '°F', -3],
  [0x25c, 0x25f, 'Return temperature', '°F', -3],
  [0x260, 0x263, 'Temperature difference', '°F', -3],
  [0x264, 0x267, 'External temperature', '°F', -3],
  [0x270, 0x273, 'Cold / Warm Temperature Limit', '°F', -3],
  [0x274, 0x277, 'Cold / Warm Temperature Limit', '°C', -3],
  [0x278, 0x27f, 'Cumul. count max power', 'W', -3],
];
/** Seconds, minutes, hours, days, months, years; the third column is the first of them. */
const SECONDS = [1, 60, 3_600, 86_400, 2_629_743.83, 31_556_926];
const DURATIONS: readonly (readonly [from: number, to: number, first: number, quantity: string])[] = [
  [0x20, 0x23, 0, 'On time'],
  [0x24, 0x27, 0, 'Operating time'],
  [0x70, 0x73, 0, 'Averaging Duration'],
  [0x74, 0x77, 0, 'Actuality Duration'],
  [0x124, 0x129, 0, 'Storage interval'],
  [0x12c, 0x12f, 0, 'Duration since last readout'],
  [0x131, 0x133, 1, 'Duration of tariff'],
  [0x134, 0x139, 0, 'Period of tariff'],
  [0x168, 0x16b, 2, 'Duration since last cumulation'],
  [0x16c, 0x16f, 2, 'Operating time battery'],
];
const NAMES: Record<number, string> = {
  108: 'Time point (date)',
  109: 'Time point (date & time)',
  110: 'H.C.A.',
  120: 'Fabrication No',
  121: '(Enhanced) Identification',
  122: 'Bus Address',
  126: 'Any VIF',
  127: 'Manufacturer specific',
  264: 'Access Number (transmission count)',
  265: 'Medium',
  266: 'Manufacturer',
  267: 'Parameter set identification',
  268: 'Model / Version',
  269: 'Hardware version',
  270: 'Firmware version',
  271: 'Software version',
  272: 'Customer location',
  273: 'Customer',
  274: 'Access Code User',
  275: 'Access Code Operator',
  276: 'Access Code System Operator',
  277: 'Access Code Developer',
  278: 'Password',
  279: 'Error flags',
  280: 'Error mask',
  282: 'Digital Output',
  283: 'Digital Input',
  284: 'Baudrate',
  285: 'Response delay time',
  286: 'Retry',
  288: 'First storage # for cyclic storage',
  289: 'Last storage # for cyclic storage',
  290: 'Size of storage block',
  304: 'Start of tariff',
  314: 'Dimensionless',
  352: 'Reset counter',
  353: 'Cumulation counter',
  354: 'Control signal',
  355: 'Day of week',
  356: 'Week number',
  357: 'Time point of day change',
  358: 'State of parameter activation',
  359: 'Special supplier information',
  368: 'Date and time of battery change',
};
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
  // Modes 5 and 7 in bits 8 to 12 encrypt the records.
  const mode = (signature >> 8) & 0x1f;
  if (mode !== 0 && data[size] !== 0x2f) return { values: { ...head, data: hex(data.subarray(size)) } };
  return contents(head, data.subarray(size), ctx);
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

const mediumOf = (code: number): string =>
  MEDIA[code] ?? MORE_MEDIA[code] ?? `Unknown medium (0x${code.toString(16).padStart(2, '0')})`;

/** CI 73: two counters behind a header of eight bytes. */
function fixed(data: Uint8Array): Values {
  if (data.length !== 16) throw new Error(`fixed data of ${data.length} bytes instead of 16`);
  const status = u8(data, 5);
  const deviceId = hex(data.slice(0, 4).reverse());
  const counter = (at: number) => ((status & 1) === 0 ? Number(bcdle(data, at, 4)) : u32le(data, at));
  const records = [8, 12].map((at, i) => ({
    function: status & 2 ? 'Stored value' : 'Actual value',
    unit: u8(data, 6 + i) & 0x3f,
    value: counter(at),
    text: String(counter(at)),
  }));
  return {
    deviceId,
    id: deviceId.replace(/^0+(?=.)/, ''),
    accessNumber: u8(data, 4),
    status: hex(data.slice(5, 6)),
    records,
  };
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
  const clock = plain.find(({ quantity, value }) => quantity === NAMES[0x6d] && value !== undefined);
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
    if (dif === 0x2f) continue;
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
    size = length < 0xc0 ? length : length < 0xe0 ? length & 15 : length < 0xf0 ? length - 0xe0 : -1;
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
  const table = vif === 0xfd ? 0x100 : vif === 0xfb ? 0x200 : 0;
  const code = table + ((table === 0 ? vif : (chain[1] ?? 0)) & 0x7f);
  const [, ...extensions] = table === 0 ? chain : chain.slice(1);
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

function meaningOf(code: number): { quantity: string; unit?: string; factor: number; scale: number } {
  const power = POWERS.find(([from, to]) => code >= from && code <= to);
  if (power !== undefined)
    return { quantity: power[2], unit: power[3], factor: power[4] + code - power[0], scale: 1 };
  const duration = DURATIONS.find(([from, to]) => code >= from && code <= to);
  if (duration !== undefined) {
    const [from, , first, quantity] = duration;
    return { quantity, unit: 's', factor: 0, scale: SECONDS[first + code - from] as number };
  }
  const unit = code === 0x6c || code === 0x6d ? '-' : code === 0x11c ? 'Baud' : undefined;
  const quantity = NAMES[code] ?? `Unknown (VIF 0x${code.toString(16)})`;
  return { quantity, factor: 0, scale: 1, ...(unit && { unit }) };
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
    return /^[ -~]*$/.test(text) ? { value: text, text } : { value: hex(content), text: hex(content) };
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

const INVALID = '1900-01-00';

function moment(
  content: Uint8Array,
  read: (content: Uint8Array) => string | undefined,
): { value?: string; text: string } {
  const value = read(content);
  return value === undefined
    ? { text: read === dateOf ? INVALID : `${INVALID}T00:00:00Z` }
    : { value, text: value };
}

/** Type G: day and year in one byte, month and year in the next. */
function dateOf(content: Uint8Array): string | undefined {
  const [low, high] = [u8(content), u8(content, 1)];
  const [day, month, year] = [low & 31, high & 15, ((low & 0xe0) >> 5) | ((high & 0xf0) >> 1)];
  if (day === 0 || month === 0 || month > 12) return undefined;
  return dateUTC(2_000 + year, month, day)
    .toISOString()
    .slice(0, 10);
}

/** Type F: minute, hour, then as type G; the highest bit of the minute says that it is invalid. Type I has seconds first. */
function dateTimeOf(content: Uint8Array): string | undefined {
  const at = content.length === 6 ? 1 : 0;
  const date = dateOf(content.subarray(at + 2));
  const [minute, hour] = [u8(content, at) & 0x3f, u8(content, at + 1) & 0x1f];
  if ((u8(content, at) & 0x80) !== 0 || date === undefined || hour > 23 || minute > 59) return undefined;
  const clock = [hour, minute, at === 1 ? Math.min(u8(content) & 0x3f, 59) : 0];
  return `${date}T${clock.map((part) => String(part).padStart(2, '0')).join(':')}Z`;
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
