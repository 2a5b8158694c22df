/*
 * Smart Message Language (BSI TR-03109-1, SML 1.04): what German meters send through their optical head.
 *
 *     file     messages, then zeros that fill it up; the framing takes escapes, padding and the checksum of the file away
 *     message  list of 6: transaction, group, abort, [tag, body], CRC, 00
 *     TL       bit 7 more length | bits 6 to 4 type: 0 bytes, 4 boolean, 5 signed, 6 unsigned, 7 list | length with TL, or items
 *
 * 0701 is a list of values: [client, server, name, sensor time, entries, ..]; an entry is [OBIS, status, time, unit, scaler,
 * value, signature]. The number is value * 10^scaler in the unit of that code.
 */
import { ascii, hex, type Result, u8 } from 'fairlead:helpers';

type Node = Uint8Array | number | bigint | boolean | undefined | Node[];
type Values = Record<string, unknown>;

const [OPEN, LIST, PROFILE_LIST, ATTENTION] = [0x0101, 0x0701, 0x0401, 0xff01];
const MAX_DEPTH = 16;
/** Codes of units (DLMS Blue Book). */
const UNITS: Record<number, string> = {
  8: 'degrees',
  9: '°C',
  13: 'm³',
  14: 'm³',
  27: 'W',
  28: 'VA',
  29: 'var',
  30: 'Wh',
  31: 'VAh',
  32: 'varh',
  33: 'A',
  35: 'V',
  44: 'Hz',
};
/** Keys by C.D.E of the OBIS code, with the factor to their unit. Earlier ones come first. */
const KEYS: readonly (readonly [code: string, key: string, factor?: number])[] = [
  ['1.8.0', 'energy', 1e-3],
  ['1.8.1', 'energyTariff1', 1e-3],
  ['1.8.2', 'energyTariff2', 1e-3],
  ['2.8.0', 'energyExport', 1e-3],
  ['2.8.1', 'energyExportTariff1', 1e-3],
  ['2.8.2', 'energyExportTariff2', 1e-3],
  ['3.8.0', 'reactiveEnergy', 1e-3],
  ['16.7.0', 'power'],
  ['1.7.0', 'power'],
  ['15.7.0', 'power'],
  ['1.7.1', 'power'],
  ['3.7.0', 'reactivePower'],
  ['9.7.0', 'apparentPower'],
  ['13.7.0', 'powerFactor'],
  ['14.7.0', 'frequency'],
  ['36.7.0', 'powerL1'],
  ['56.7.0', 'powerL2'],
  ['76.7.0', 'powerL3'],
  ['21.7.0', 'powerL1'],
  ['41.7.0', 'powerL2'],
  ['61.7.0', 'powerL3'],
  ['32.7.0', 'voltageL1'],
  ['52.7.0', 'voltageL2'],
  ['72.7.0', 'voltageL3'],
  ['31.7.0', 'currentL1'],
  ['51.7.0', 'currentL2'],
  ['71.7.0', 'currentL3'],
];

export function uplink(bytes: Uint8Array): Result[] {
  const results: Result[] = [];
  let server = '';
  for (const { tag, body } of messagesOf(bytes)) {
    if (tag === OPEN) server = text(body[3]) || server;
    const result = tag === LIST ? list(body, server) : tag === PROFILE_LIST ? profile(body) : undefined;
    if (result !== undefined) results.push(result);
    else if (tag === ATTENTION)
      results.push({
        values: { deviceId: text(body[0]), serverId: text(body[0]), attention: text(body[1]) },
      });
  }
  return results;
}

// --- messages ---------------------------------------------------------------------------------------------------------

interface Message {
  readonly tag: number;
  readonly body: Node[];
}

function messagesOf(bytes: Uint8Array): Message[] {
  const messages: Message[] = [];
  const reader = new TreeReader(bytes);
  while (reader.skipZeros()) {
    const message = reader.node();
    if (!Array.isArray(message) || message.length !== 6 || !Array.isArray(message[3]))
      throw new Error('not a message');
    const [tag, body] = message[3];
    if (typeof tag !== 'number' || !Array.isArray(body))
      throw new Error('a message without a tag and a body');
    messages.push({ tag, body });
  }
  return messages;
}

/** Reads the tree of a message. */
class TreeReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Passes over the zeros behind a message; whether anything follows. */
  skipZeros(): boolean {
    while (this.#at < this.#bytes.length && this.#bytes[this.#at] === 0) this.#at++;
    return this.#at < this.#bytes.length;
  }

  node(depth = 0): Node {
    if (depth > MAX_DEPTH) throw new Error('lists are nested too deep');
    const start = this.#at;
    let tl = u8(this.#bytes, this.#at++);
    const type = (tl >> 4) & 7;
    let length = tl & 15;
    while ((tl & 0x80) !== 0) {
      tl = u8(this.#bytes, this.#at++);
      length = length * 16 + (tl & 15);
      if (length > this.#bytes.length) throw new Error('a length beyond the end');
    }
    if (type === 7) return this.#items(length, depth);
    // The end of a message has no length; an optional value that is absent has one of 1.
    const size = Math.max(0, start + length - this.#at);
    if (this.#at + size > this.#bytes.length) throw new Error('a value ends beyond the file');
    const content = this.#bytes.subarray(this.#at, this.#at + size);
    this.#at += size;
    if (type === 0) return size === 0 ? undefined : content;
    return scalar(type, content);
  }

  #items(count: number, depth: number): Node[] {
    const items: Node[] = [];
    for (let i = 0; i < count; i++) items.push(this.node(depth + 1));
    return items;
  }
}

/** Integers may have any number of bytes. */
function scalar(type: number, content: Uint8Array): Node {
  if (content.length === 0 || content.length > 8) throw new Error(`a number of ${content.length} bytes`);
  const bits = content.length * 8;
  const unsigned = BigInt(`0x${hex(content)}`);
  if (type === 4) return unsigned !== 0n;
  if (type !== 5 && type !== 6) throw new Error(`a value of the unknown type ${type}`);
  const value = type === 5 ? BigInt.asIntN(bits, unsigned) : unsigned;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

// --- values -----------------------------------------------------------------------------------------------------------

const text = (node: Node): string => (node instanceof Uint8Array ? hex(node) : '');

function list(body: Node[], opened: string): Result {
  const [, server, name, sensorTime, entries] = body;
  if (!Array.isArray(entries)) throw new Error('a list without entries');
  const id = text(server) || opened;
  const values: Values = { ...(id && { deviceId: id, serverId: id }), ...named(entries.map(entryOf)) };
  if (name instanceof Uint8Array) values.listName = hex(name);
  return timed(values, sensorTime);
}

/** 0401: [server, time, period, path, time of the values, status, entries]; an entry is [OBIS, unit, scaler, value, signature]. */
function profile(body: Node[]): Result {
  const [server, , , , time, status, entries] = body;
  if (!Array.isArray(entries)) throw new Error('a profile without entries');
  const items = entries.map((entry) => {
    const [obis, unit, scaler, value] = entry as Node[];
    return entryOf([obis, status, undefined, unit, scaler, value]);
  });
  return timed({ deviceId: text(server), serverId: text(server), ...named(items) }, time);
}

/** A time is [1, seconds since the start], [2, Unix seconds] or [3, [Unix seconds, zone, summer time]]. */
function timed(values: Values, time: Node): Result {
  const [kind, moment] = Array.isArray(time) ? time : [typeof time === 'number' ? 1 : 0, time];
  const seconds = Array.isArray(moment) ? moment[0] : moment;
  if (typeof seconds !== 'number') return { values };
  return kind === 1 ? { values: { ...values, sensorTime: seconds } } : { time: seconds * 1_000, values };
}

function entryOf(entry: Node): Values {
  if (!Array.isArray(entry) || entry.length < 6) throw new Error('not an entry');
  const [name, status, time, unit, scaler, value] = entry;
  if (!(name instanceof Uint8Array) || name.length !== 6) throw new Error('an entry without an OBIS code');
  const [a, b, c, d, e, f] = name;
  const item: Values = { obis: `${a}-${b}:${c}.${d}.${e}*${f}` };
  if (typeof unit === 'number') item.unit = unit;
  if (typeof unit === 'number' && UNITS[unit] !== undefined) item.unitName = UNITS[unit];
  if (typeof scaler === 'number') item.scaler = scaler;
  if (typeof value === 'number' || typeof value === 'bigint') {
    item.raw = Number(value);
    item.value = Number(`${value}e${typeof scaler === 'number' ? scaler : 0}`);
  } else if (value instanceof Uint8Array) item.bytes = hex(value);
  else if (typeof value === 'boolean') item.value = value;
  if (status !== undefined && !Array.isArray(status))
    item.status = typeof status === 'number' ? status : String(status);
  const seconds = Array.isArray(time) ? time[1] : undefined;
  if (typeof seconds === 'number') item.time = seconds;
  return item;
}

/** The entries, and under the keys of the vocabulary what they mean. */
function named(entries: Values[]): Values {
  const values: Values = {};
  const byCode = new Map<string, Values>();
  for (const entry of entries) {
    const obis = String(entry.obis);
    if (obis.startsWith('1-0:')) byCode.set(obis.slice(4).split('*')[0] as string, entry);
    if (obis === '129-129:199.130.3*255' || obis === '1-0:96.50.1*1') values.maker = letters(entry.bytes);
    if (/^[01]-0:(96\.1\.(0|255)|0\.0\.[09])\*255$/.test(obis) && entry.bytes !== undefined)
      values.serial = letters(entry.bytes);
  }
  for (const [code, key, factor = 1] of KEYS) {
    const value = byCode.get(code)?.value;
    if (typeof value === 'number' && values[key] === undefined) values[key] = tidy(value * factor);
  }
  for (const key of ['energy', 'energyExport']) {
    const tariffs = [values[`${key}Tariff1`], values[`${key}Tariff2`]].filter(
      (value) => typeof value === 'number',
    );
    if (values[key] === undefined && tariffs.length > 0)
      values[key] = tidy(tariffs.reduce((a, b) => a + b, 0));
  }
  if (values.voltageL1 !== undefined) values.voltage = values.voltageL1;
  if (values.currentL1 !== undefined) values.current = values.currentL1;
  const status = byCode.get('1.8.0')?.status;
  return { ...values, ...(status !== undefined && { status }), values: entries };
}

const tidy = (value: number): number => Number(value.toPrecision(12));

/** ASCII where all of it is printable, else hex. */
function letters(digits: unknown): string {
  const text = String(digits ?? '');
  const bytes = Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f) ? ascii(bytes) : text;
}
