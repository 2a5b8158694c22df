/*
 * DLMS/COSEM in the wrapper of IEC 62056-47; APDUs of IEC 62056-5-3 (Green Book), units of IEC 62056-6-2 (Blue Book).
 *
 *     00 01  SOURCE (2)  DESTINATION (2)  LENGTH (2)  APDU                        integers big-endian
 *     0F id (4) time values                  data notification               C4 01 id 00 value   answer to C0 01 id ..
 *     DB 08 TITLE (8) length SC COUNTER (4) ciphertext [TAG (12)]            ciphered: AES-GCM, security suite 0
 *
 * Values are A-XDR: a tag, then the value; 01 and 02 are lists.
 */
import {
  be,
  type Context,
  concat,
  type Downlink,
  dateUTC,
  decrypt,
  f32,
  f64,
  fromHex,
  hex,
  type Identity,
  i8,
  i16,
  i32,
  i64,
  latin1,
  type Request,
  type Result,
  u8,
  u16,
  u32,
  u64,
  utf8,
  zoneMinutes,
} from 'fairlead:helpers';

type Data = null | boolean | number | string | Uint8Array | Data[];
type Values = Record<string, unknown>;
interface Link {
  associated?: boolean;
  title?: string;
  block?: string;
}

const [NOTIFICATION, AARQ, AARE, EVENT, GET, GET_ANSWER, SET_ANSWER, ACTION_ANSWER, EXCEPTION] = [
  0x0f, 0x60, 0x61, 0xc2, 0xc0, 0xc4, 0xc5, 0xc7, 0xd8,
];
const [GENERAL_GLO, GENERAL_DED] = [0xdb, 0xdc];
/** APDUs that are ciphered as a whole and do not name their sender. */
const CIPHERED = [0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd7];
const MAX_DEPTH = 12;
const MAX_BLOCKS = 3_000;
const ACCESS = ['success', 'hardware fault', 'temporary failure', 'read-write denied', 'object undefined'];
const MORE_ACCESS: Record<number, string> = {
  9: 'object class inconsistent',
  11: 'object unavailable',
  12: 'type unmatched',
  13: 'scope of access violated',
  14: 'data block unavailable',
  250: 'other reason',
};
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
/** Keys by C.D.E, with the factor to their unit where the meter's unit is that of the Blue Book (W, Wh, V, A). */
const KEYS: Record<string, readonly [key: string, factor: number]> = {
  '1.8.0': ['energy', 1e-3],
  '1.8.1': ['energyTariff1', 1e-3],
  '1.8.2': ['energyTariff2', 1e-3],
  '2.8.0': ['energyExport', 1e-3],
  '3.8.0': ['reactiveEnergy', 1e-3],
  '1.7.0': ['power', 1],
  '16.7.0': ['power', 1],
  '2.7.0': ['powerFed', 1],
  '3.7.0': ['reactivePower', 1],
  '9.7.0': ['apparentPower', 1],
  '13.7.0': ['powerFactor', 1],
  '14.7.0': ['frequency', 1],
  '32.7.0': ['voltageL1', 1],
  '52.7.0': ['voltageL2', 1],
  '72.7.0': ['voltageL3', 1],
  '31.7.0': ['currentL1', 1],
  '51.7.0': ['currentL2', 1],
  '71.7.0': ['currentL3', 1],
};

/** The system title, or the number that a notification carries, or the port. */
export function identify(bytes: Uint8Array, ctx: Context): Identity {
  const { values } = content(bytes.subarray(8), {}, ctx, 0);
  return { id: String(values.deviceId ?? values.systemTitle ?? `port-${u16(bytes, 2)}`) };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  const apdu = bytes.subarray(8);
  if (apdu.length === 0) throw new Error('a wrapper without an APDU');
  const head = {
    version: u16(bytes),
    sourcePort: u16(bytes, 2),
    destinationPort: u16(bytes, 4),
    length: u16(bytes, 6),
    apduTag: u8(apdu),
    apdu: hex(apdu),
  };
  const link = ctx.state as Link;
  const { time, values, reply } = content(apdu, link, ctx, 0);
  if (link.title && values.systemTitle === undefined && apdu[0] === AARE) values.systemTitle = link.title;
  return {
    ...(time !== undefined && { time }),
    ...(reply !== undefined && { reply: wrapped(reply, ctx) }),
    values: { ...head, ...values },
  };
}

interface Content {
  time?: Date;
  values: Values;
  /** An APDU to answer with. */
  reply?: Uint8Array;
}

function content(apdu: Uint8Array, link: Link, ctx: Context, depth: number): Content {
  const tag = u8(apdu);
  if (tag === GENERAL_GLO || tag === GENERAL_DED || CIPHERED.includes(tag))
    return ciphered(apdu, link, ctx, depth);
  switch (tag) {
    case NOTIFICATION:
      return notification(apdu, ctx);
    case EVENT:
      return event(apdu, ctx);
    case GET_ANSWER:
      return getAnswer(apdu, link, ctx);
    case SET_ANSWER:
    case ACTION_ANSWER:
      return { values: { invokeId: u8(apdu, 2) & 15, ...outcome(u8(apdu, 3)) } };
    case AARE:
      return { values: association(apdu, link) };
    case EXCEPTION:
      delete link.associated;
      return { values: { result: u8(apdu, 2), meaning: 'exception' } };
    case GET:
      return {
        values:
          u8(apdu, 1) === 1 && apdu.length >= 12
            ? {
                invokeId: u8(apdu, 2) & 15,
                class: u16(apdu, 3),
                obis: obisOf(apdu.subarray(5, 11)),
                attribute: i8(apdu, 11),
              }
            : {},
      };
    default:
      return { values: {} };
  }
}

const outcome = (result: number): Values => ({
  result,
  meaning: ACCESS[result] ?? MORE_ACCESS[result] ?? 'unknown',
});

// --- ciphering --------------------------------------------------------------------------------------------------------

function ciphered(apdu: Uint8Array, link: Link, ctx: Context, depth: number): Content {
  if (depth > 1) throw new Error('ciphered more than twice');
  const reader = new Axdr(apdu, 1);
  const general = apdu[0] === GENERAL_GLO || apdu[0] === GENERAL_DED;
  const named = general ? hex(reader.take(reader.length())) : '';
  const title = named || link.title || String(ctx.parameters.systemTitle);
  const body = reader.take(reader.length());
  if (body.length < 5) throw new Error('a ciphered APDU without its header');
  const values: Values = {
    ...(named && { systemTitle: named, deviceId: named }),
    securityControl: u8(body),
    invocationCounter: u32(body, 1),
  };
  if (ctx.secret === undefined || title === '') return { values };
  const plain = deciphered(body, fromHex(title), ctx);
  const inner = content(plain, link, ctx, depth + 1);
  return {
    ...inner,
    values: { ...values, plain: hex(plain), ...inner.values, ...(named && { deviceId: named }) },
  };
}

/** SC says what is done: 10 authenticated with a tag of 12 bytes, 20 encrypted. The nonce is the title and the counter. */
function deciphered(body: Uint8Array, title: Uint8Array, ctx: Context): Uint8Array {
  const [control, counter, rest] = [u8(body), body.subarray(1, 5), body.subarray(5)];
  const key = fromHex(ctx.secret as string);
  const iv = concat(title, counter);
  if ((control & 0x80) !== 0) throw new Error('compressed APDUs are not decoded');
  // Without a tag GCM is counter mode, whose second block is the first of the data.
  if ((control & 0x30) === 0x20) return decrypt('aes-ctr', key, rest, { iv: concat(iv, be(2, 4)) });
  if ((control & 0x10) === 0) return rest;
  const authentication = fromHex(String(ctx.parameters.authenticationKey));
  if (authentication.length === 0) throw new Error('the parameter authenticationKey is missing');
  if (rest.length < 12) throw new Error('the tag is cut off');
  const [data, tag] = [rest.subarray(0, -12), rest.subarray(-12)];
  if ((control & 0x20) !== 0)
    return decrypt('aes-gcm', key, data, { iv, aad: concat(control, authentication), tag });
  decrypt('aes-gcm', key, new Uint8Array(0), { iv, aad: concat(control, authentication, data), tag });
  return data;
}

// --- APDUs ------------------------------------------------------------------------------------------------------------

function notification(apdu: Uint8Array, ctx: Context): Content {
  const reader = new Axdr(apdu, 5);
  const stamp = reader.take(reader.length());
  const { time, values } = meaning(reader.data(), ctx);
  const sent = stamp.length === 12 ? moment(stamp, ctx) : undefined;
  const moments = sent ?? time;
  return { ...(moments && { time: moments }), values: { invokeId: u32(apdu, 1) & 0xffffff, ...values } };
}

function event(apdu: Uint8Array, ctx: Context): Content {
  const reader = new Axdr(apdu, 1);
  const stamp = u8(reader.take(1)) === 1 ? reader.take(reader.length()) : new Uint8Array(0);
  const time = stamp.length === 12 ? moment(stamp, ctx) : undefined;
  const object = { class: u16(reader.take(2)), obis: obisOf(reader.take(6)), attribute: i8(reader.take(1)) };
  const value = shown(reader.data());
  return {
    ...(time && { time }),
    values: { ...object, event: object.obis, objects: [{ obis: object.obis, value }] },
  };
}

function getAnswer(apdu: Uint8Array, link: Link, ctx: Context): Content {
  const [kind, id] = [u8(apdu, 1), u8(apdu, 2) & 15];
  const head = { invokeId: id };
  if (kind === 2) return blockOf(apdu, link, ctx);
  if (kind !== 1) return { values: head };
  if (u8(apdu, 3) !== 0) return { values: { ...head, ...outcome(u8(apdu, 4)), ...asked(ctx) } };
  return answered(new Axdr(apdu, 4).data(), head, ctx);
}

/** A long answer: last, number, 00, bytes. The next block is asked for at once. */
function blockOf(apdu: Uint8Array, link: Link, ctx: Context): Content {
  const [id, last, number] = [u8(apdu, 2), u8(apdu, 3), u32(apdu, 4)];
  if (u8(apdu, 8) !== 0) return { values: { invokeId: id & 15, ...outcome(u8(apdu, 9)) } };
  const reader = new Axdr(apdu, 9);
  const all = (link.block ?? '') + hex(reader.take(reader.length()));
  if (last !== 0) {
    delete link.block;
    return answered(new Axdr(fromHex(all), 0).data(), { invokeId: id & 15 }, ctx);
  }
  if (all.length > MAX_BLOCKS) throw new Error(`an answer of more than ${MAX_BLOCKS / 2} bytes`);
  link.block = all;
  return { values: { invokeId: id & 15, index: number }, reply: concat(GET, 2, id, be(number, 4)) };
}

const asked = (ctx: Context): Values => {
  const request = ctx.request as { obis?: string } | undefined;
  return request?.obis ? { obis: request.obis } : {};
};

function answered(data: Data, head: Values, ctx: Context): Content {
  const { obis } = asked(ctx) as { obis?: string };
  if (obis === undefined) {
    const { time, values } = meaning(data, ctx);
    return { ...(time && { time }), values: { ...head, result: 0, ...values } };
  }
  const value =
    data instanceof Uint8Array && data.length === 12 ? moment(data, ctx)?.toISOString() : shown(data);
  const objects = [{ obis, value }];
  return { values: { ...head, result: 0, obis, ...keysOf(objects), objects } };
}

/** BER: the result in A2, the diagnosis in A3, the title of the meter in A4. */
function association(apdu: Uint8Array, link: Link): Values {
  const reader = new Axdr(apdu, 1);
  const fields = new Axdr(reader.take(reader.length()), 0);
  const values: Values = {};
  while (fields.left > 0) {
    const tag = u8(fields.take(1));
    const field = fields.take(fields.length());
    if (tag === 0xa2) values.result = u8(field, field.length - 1);
    if (tag === 0xa3) values.code = u8(field, field.length - 1);
    if (tag === 0xa4) link.title = hex(field.subarray(2));
  }
  link.associated = values.result === 0;
  return { ...values, meaning: link.associated ? 'accepted' : 'rejected' };
}

// --- A-XDR ------------------------------------------------------------------------------------------------------------

class Axdr {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(size: number): Uint8Array {
    if (size > this.left) throw new Error('a value ends beyond the APDU');
    this.#at += size;
    return this.#bytes.slice(this.#at - size, this.#at);
  }

  /** One byte, or 81 to 84 and as many bytes. */
  length(): number {
    const first = u8(this.take(1));
    if (first < 0x80) return first;
    if (first === 0x80 || first > 0x84) throw new Error(`no length: ${first}`);
    return this.take(first - 0x80).reduce((length, byte) => length * 256 + byte, 0);
  }

  data(depth = 0): Data {
    if (depth > MAX_DEPTH) throw new Error('values are nested too deep');
    const tag = u8(this.take(1));
    if (tag === 1 || tag === 2) return this.#items(depth);
    if (tag === 4) return hex(this.take(Math.ceil(this.length() / 8)));
    if (tag === 9) return this.take(this.length());
    if (tag === 10) return latin1(this.take(this.length()));
    if (tag === 12) return utf8(this.take(this.length()));
    const scalar = SCALARS[tag];
    if (scalar === undefined) throw new Error(`a value of the unknown type ${tag}`);
    const [size, read] = scalar;
    return read(this.take(size));
  }

  #items(depth: number): Data[] {
    const items: Data[] = [];
    for (let left = this.length(); left > 0; left--) items.push(this.data(depth + 1));
    return items;
  }
}

const SCALARS: Record<number, readonly [size: number, read: (bytes: Uint8Array) => Data]> = {
  0: [0, () => null],
  3: [1, (bytes) => u8(bytes) !== 0],
  5: [4, (bytes) => i32(bytes)],
  6: [4, (bytes) => u32(bytes)],
  13: [1, (bytes) => hex(bytes)],
  15: [1, (bytes) => i8(bytes)],
  16: [2, (bytes) => i16(bytes)],
  17: [1, (bytes) => u8(bytes)],
  18: [2, (bytes) => u16(bytes)],
  20: [8, (bytes) => Number(i64(bytes))],
  21: [8, (bytes) => Number(u64(bytes))],
  22: [1, (bytes) => u8(bytes)],
  23: [4, (bytes) => f32(bytes)],
  24: [8, (bytes) => f64(bytes)],
  25: [12, (bytes) => bytes],
  26: [5, (bytes) => hex(bytes)],
  27: [4, (bytes) => hex(bytes)],
};

// --- meaning ----------------------------------------------------------------------------------------------------------

interface Item {
  obis: string;
  value: unknown;
  scaler?: number;
  unit?: number;
  unitName?: string;
}

const obisOf = (bytes: Uint8Array): string => [...bytes].join('.');
const isObis = (data: Data | undefined): data is Uint8Array =>
  data instanceof Uint8Array && data.length === 6;

function meaning(data: Data, ctx: Context): Content {
  const items = Array.isArray(data) ? (described(data) ?? paired(data)) : [];
  if (items.length === 0) return { values: { body: shown(data) } };
  const clock = items.find(({ obis }) => obis === '0.0.1.0.0.255')?.value;
  const time = clock instanceof Uint8Array && clock.length === 12 ? moment(clock, ctx) : undefined;
  const objects = items.map((item) => ({ ...item, value: shown(item.value as Data) }));
  return { ...(time && { time }), values: { ...keysOf(objects), objects } };
}

/** The first item may list the objects, as [class, OBIS, attribute, index]; then values follow in that order. */
function described(data: Data[]): Item[] | undefined {
  const [first] = data;
  if (!Array.isArray(first) || first.length === 0) return undefined;
  const codes = first.map((entry) =>
    Array.isArray(entry) && entry.length === 4 && isObis(entry[1]) ? entry[1] : undefined,
  );
  if (codes.includes(undefined)) return undefined;
  const skipped = codes.length === data.length ? 1 : 0;
  return data.slice(1).map((value, i) => {
    const code = codes[i + skipped];
    if (code === undefined) throw new Error('more values than objects');
    return { obis: obisOf(code), value };
  });
}

/** OBIS codes, each with its value behind it, and perhaps [scaler, unit]; all in one list or one list each. */
function paired(data: Data[], items: Item[] = []): Item[] {
  for (let i = 0; i < data.length; i++) {
    const code = data[i];
    if (Array.isArray(code)) paired(code, items);
    if (!isObis(code) || i + 1 === data.length) continue;
    const item: Item = { obis: obisOf(code), value: data[++i] };
    const [scaler, unit] = Array.isArray(data[i + 1]) ? (data[i + 1] as Data[]) : [];
    if (typeof scaler === 'number' && typeof unit === 'number') {
      Object.assign(item, { scaler, unit, ...(UNITS[unit] && { unitName: UNITS[unit] }) });
      if (typeof item.value === 'number') item.value = Number(`${item.value}e${scaler}`);
      i++;
    }
    items.push(item);
  }
  return items;
}

function keysOf(items: Item[]): Values {
  const values: Values = {};
  for (const { obis, value } of items) {
    const [a, , ...rest] = obis.split('.');
    const [key, factor] = KEYS[rest.slice(0, 3).join('.')] ?? [];
    if (a === '1' && key !== undefined && factor !== undefined && typeof value === 'number')
      values[key] ??= tidy(value * factor);
    if (
      /^(0\.0\.(42\.0\.0|96\.1\.[01])|1\.[01]\.0\.0\.[05])\.255$/.test(obis) &&
      typeof value === 'string' &&
      /^[!-~]+$/.test(value)
    )
      Object.assign(values, { deviceId: value, serial: value });
  }
  if (values.voltageL1 !== undefined) values.voltage = values.voltageL1;
  if (values.currentL1 !== undefined) values.current = values.currentL1;
  return values;
}

const tidy = (value: number): number => Number(value.toPrecision(12));

/** Bytes as text where all are printable, else as hex. */
function shown(data: Data): unknown {
  if (Array.isArray(data)) return data.map(shown);
  if (!(data instanceof Uint8Array)) return data;
  return data.length > 0 && data.every((byte) => byte >= 0x20 && byte < 0x7f) ? latin1(data) : hex(data);
}

/** year (2) month day weekday hour minute second hundredths deviation (2) status. UTC is the local time plus the deviation. */
function moment(bytes: Uint8Array, ctx: Context): Date | undefined {
  const [month, day, hour, minute] = [u8(bytes, 2), u8(bytes, 3), u8(bytes, 5), u8(bytes, 6)];
  if (u16(bytes) === 0xffff || [month, day, hour, minute].includes(0xff)) return undefined;
  const second = u8(bytes, 7) === 0xff ? 0 : u8(bytes, 7);
  const hundredths = u8(bytes, 8) === 0xff ? 0 : u8(bytes, 8);
  const deviation = i16(bytes, 9) === -0x8000 ? -zoneMinutes(String(ctx.parameters.timezone)) : i16(bytes, 9);
  const local = dateUTC(u16(bytes), month, day, hour, minute, second);
  return new Date(local.getTime() + hundredths * 10 + deviation * 60_000);
}

// --- what is sent -----------------------------------------------------------------------------------------------------

interface Wanted {
  readonly obis: string;
  readonly class?: number;
  readonly attribute?: number;
}

export function poll(ctx: Context): Request[] {
  const objects = ctx.parameters.objects as Wanted[];
  if (objects.length === 0) return [];
  const open = {
    send: wrapped(associate(ctx), ctx),
    expect: [{ at: 8, bytes: Uint8Array.of(AARE) }],
    data: {},
  };
  const gets = objects.map((wanted) => ({
    send: wrapped(concat(GET, 1, 0xc1, object(wanted), 0), ctx),
    expect: [{ at: 8, bytes: Uint8Array.of(GET_ANSWER) }],
    data: { obis: wanted.obis },
  }));
  return (ctx.state as Link).associated ? gets : [open, ...gets];
}

export function downlink({ values }: Downlink, ctx: Context): Uint8Array | undefined {
  const { method, params = {} } = values as { method?: string; params?: Record<string, unknown> };
  const apdu = apduOf(String(method), params, ctx);
  return apdu === undefined ? undefined : wrapped(apdu, ctx);
}

function apduOf(method: string, params: Record<string, unknown>, ctx: Context): Uint8Array | undefined {
  const wanted = params as unknown as Wanted;
  const supply = { obis: '0.0.96.3.10.255', class: 70 };
  switch (method) {
    case 'associate':
      return associate(ctx);
    case 'release':
      return fromHex('6203800100');
    case 'get':
      return concat(GET, 1, 0xc1, object(wanted), 0);
    case 'set':
      return concat(0xc1, 1, 0xc1, object(wanted), 0, fromHex(String(params.data)));
    case 'disconnect':
      return concat(0xc3, 1, 0xc1, object({ ...supply, attribute: 1 }), 1, 0x0f, 0);
    case 'reconnect':
      return concat(0xc3, 1, 0xc1, object({ ...supply, attribute: 2 }), 1, 0x0f, 0);
    default:
      return undefined;
  }
}

function object({ obis, class: kind = 3, attribute = 2 }: Wanted): Uint8Array {
  const parts = String(obis).split('.').map(Number);
  if (parts.length !== 6 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
    throw new Error(`not an OBIS code such as 1.0.1.8.0.255: ${String(obis).slice(0, 40)}`);
  return concat(be(kind, 2), parts, be(attribute, 1));
}

/** AARQ with logical names: without security, or with a password (low level security). */
function associate({ parameters }: Context): Uint8Array {
  const password = String(parameters.password);
  const secret =
    password === ''
      ? []
      : concat(fromHex('8a0207808b0760857405080201ac'), password.length + 2, 0x80, password.length, password);
  const body = concat(
    fromHex('a109060760857405080101'),
    secret,
    fromHex('be10040e01000000065f1f0400001e1dffff'),
  );
  return concat(AARQ, body.length, body);
}

const wrapped = (apdu: Uint8Array, { parameters }: Context): Uint8Array =>
  concat(
    be(1, 2),
    be(Number(parameters.client), 2),
    be(Number(parameters.server), 2),
    be(apdu.length, 2),
    apdu,
  );
