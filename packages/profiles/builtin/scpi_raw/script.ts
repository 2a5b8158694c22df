/*
 * SCPI instruments (SCPI-1999; IEEE 488.2 chapter 8 says how answers are written).
 *
 *     +1.2E+00 LF    1,2,3 LF    a;b LF    "text" LF    -113,"Undefined header" LF    #15bytes LF    #HFF LF
 *
 * Answers name no question: they come in the order of the questions, one at a time.
 */
import {
  type Context,
  type Downlink,
  f32,
  f32le,
  f64,
  f64le,
  hex,
  i16,
  i16le,
  i32,
  i32le,
  type Request,
  type Result,
  u8,
  u16,
  u16le,
  utf8,
} from 'fairlead:helpers';

interface Query {
  readonly query: string;
  readonly name?: string;
  readonly as?: string;
  readonly scale?: number;
  readonly unit?: string;
  readonly every?: number;
}

const MAX_DATA = 8_192;
const ELEMENTS: Record<string, readonly [size: number, read: (bytes: Uint8Array, at: number) => number]> = {
  u8: [1, u8],
  i16: [2, i16],
  u16: [2, u16],
  i32: [4, i32],
  f32: [4, f32],
  f64: [8, f64],
  i16le: [2, i16le],
  u16le: [2, u16le],
  i32le: [4, i32le],
  f32le: [4, f32le],
  f64le: [8, f64le],
};
const RADIX: Record<string, number> = { H: 16, Q: 8, B: 2 };
/** SCPI-1999 volume 1, 7.2.1: numbers that stand for infinity and for no number. */
const INFINITY = 9.9e37;
const NOT_A_NUMBER = 9.91e37;

export function uplink(bytes: Uint8Array, ctx: Context): Result | undefined {
  const query = ctx.request as Query | undefined;
  const values =
    bytes[0] === 0x23 && (bytes[1] as number) >= 0x30 && (bytes[1] as number) <= 0x39
      ? block(bytes, query)
      : line(utf8(bytes).trim(), query);
  if (values === undefined) return undefined;
  if (query !== undefined) values.query = query.query;
  const { value } = values;
  if (query?.name !== undefined && value !== undefined) values[query.name] = value;
  if (query?.unit !== undefined) values.unit = query.unit;
  return { values };
}

// --- answers ----------------------------------------------------------------------------------------------------------

function line(text: string, query?: Query): Record<string, unknown> | undefined {
  if (text === '') return undefined;
  if (query?.as === 'text') return { value: unquoted(text), text: unquoted(text) };
  const answers = parts(text, ';');
  if (answers.length > 1) return { values: answers.map((part) => plain(part, query)) };
  const error = /^([-+]?\d+)\s*,\s*"((?:[^"]|"")*)"$/.exec(text);
  if (error) return { code: Number(error[1]), text: (error[2] as string).replaceAll('""', '"') };
  const fields = parts(text, ',');
  if (query?.query.toUpperCase() === '*IDN?' || (query === undefined && isIdentity(fields)))
    return identity(text, fields);
  if (fields.length > 1) return { value: fields.map((field) => plain(field, query)) };
  return single(text, query);
}

function single(text: string, query?: Query): Record<string, unknown> {
  const number = numberOf(text);
  if (number === undefined) {
    if (query?.as === 'number') throw new Error(`not a number: ${text.slice(0, 40)}`);
    const unit = /^([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:E[-+]?\d+)?)\s*([A-Z%][A-Z/%^0-9]*)$/i.exec(text);
    if (unit) return { value: scaled(Number(unit[1]), query), unit: unit[2] };
    return { value: unquoted(text), text: unquoted(text) };
  }
  if (number === NOT_A_NUMBER) return { valid: false };
  if (Math.abs(number) === INFINITY) return { overload: true };
  return { value: scaled(number, query) };
}

const plain = (text: string, query?: Query): number | string => {
  const number = numberOf(text);
  return number === undefined ? unquoted(text) : scaled(number, query);
};

const scaled = (value: number, query?: Query): number => value * (query?.scale ?? 1);

function numberOf(text: string): number | undefined {
  if (/^[-+]?(\d+(\.\d*)?|\.\d+)(E[-+]?\d+)?$/i.test(text)) return Number(text);
  const [, radix, digits] = /^#([HQB])([0-9A-F]+)$/i.exec(text) ?? [];
  if (radix === undefined) return undefined;
  const value = Number.parseInt(digits as string, RADIX[radix.toUpperCase()]);
  if (Number.isNaN(value)) throw new Error(`not a number: ${text.slice(0, 40)}`);
  return value;
}

/** The text without its quotes, of which a doubled one stands for itself. */
function unquoted(text: string): string {
  const [, quote, inner] = /^(["'])([\s\S]*)\1$/.exec(text) ?? [];
  return quote === undefined ? text : (inner as string).replaceAll(quote + quote, quote);
}

/** The text cut at a separator that does not stand in quotes. */
function parts(text: string, separator: string): string[] {
  const list: string[] = [];
  let quote = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === separator) {
      list.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  list.push(text.slice(from).trim());
  return list;
}

/** Four fields that begin with a name are taken for the answer to *IDN?. */
const isIdentity = (fields: string[]): boolean => fields.length === 4 && /^[A-Z]/i.test(fields[0] as string);

function identity(text: string, fields: string[]): Record<string, unknown> {
  const [maker = '', model = '', serial = '', ...firmware] = fields.map(unquoted);
  return { text, maker, model, serial, firmware: firmware.join(',') };
}

/** # digits length data: with "as" a list of numbers. */
function block(bytes: Uint8Array, query?: Query): Record<string, unknown> {
  const digits = (bytes[1] as number) - 0x30;
  const length = digits === 0 ? bytes.length - 3 : Number(utf8(bytes.subarray(2, 2 + digits)));
  const data = bytes.subarray(2 + digits, 2 + digits + length);
  const [size, read] = ELEMENTS[query?.as ?? ''] ?? [];
  const values: Record<string, unknown> = { blockLength: data.length };
  if (size !== undefined && read !== undefined) {
    if (data.length % size !== 0)
      throw new Error(`a block of ${data.length} bytes has no whole number of ${query?.as}`);
    values.value = Array.from({ length: data.length / size }, (_, i) => scaled(read(data, i * size), query));
  } else {
    values.data = hex(data.subarray(0, MAX_DATA));
    if (data.length > MAX_DATA) values.truncated = true;
  }
  return values;
}

// --- questions and commands -------------------------------------------------------------------------------------------

export function poll(ctx: Context): Request[] {
  const { queries, identify, errors } = ctx.parameters as {
    queries?: Query[];
    identify?: boolean;
    errors?: boolean;
  };
  const list: Query[] = [];
  if (identify !== false && ctx.state.identified !== true) list.push({ query: '*IDN?' });
  ctx.state.identified = true;
  list.push(...(queries ?? []));
  if (errors === true) list.push({ query: 'SYST:ERR?' });
  return list.map((query) => ({
    send: one(String(query.query), ctx),
    data: query,
    ...(query.every !== undefined && { every: query.every }),
  }));
}

/** A command by name, or settings: { "SOUR:VOLT": 5 } sends `SOUR:VOLT 5`. */
export function downlink({ kind, values }: Downlink, ctx: Context): string[] | undefined {
  if (kind === 'attributes')
    return Object.entries(values).map(([header, value]) => one(`${header} ${setting(value)}`, ctx));
  const { method, params = {} } = values as { method?: string; params?: Record<string, unknown> };
  const command = commandOf(method ?? '', params);
  return command === undefined ? undefined : [one(command, ctx)];
}

const setting = (value: unknown): string =>
  typeof value === 'boolean' ? (value ? 'ON' : 'OFF') : String(value);

function commandOf(method: string, params: Record<string, unknown>): string | undefined {
  switch (method) {
    case 'send':
      return String(params.command ?? '');
    case 'reset':
      return '*RST';
    case 'clear':
      return '*CLS';
    case 'trigger':
      return '*TRG';
    case 'output':
      return `OUTP${params.channel ?? ''} ${params.on === true ? 'ON' : 'OFF'}`;
    default:
      return undefined;
  }
}

function one(command: string, ctx: Context): string {
  if (command.trim() === '' || /[\r\n]/.test(command)) throw new Error('a command is one line of text');
  return command + String(ctx.parameters.terminator ?? '\n');
}
