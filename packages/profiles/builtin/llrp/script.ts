/*
 * Low Level Reader Protocol (EPCglobal LLRP 1.0.1 and 1.1): RFID readers.
 *
 *     0 0 0 VERSION (3 bits) TYPE (10 bits)  LENGTH (4, of all)  ID (4)  fields  parameters        integers big-endian
 *     TLV    000000 TYPE (10 bits)  LENGTH (2, of all)  fields  parameters
 *     TV     1 TYPE (7 bits)  a value whose size the type tells
 *
 * A keepalive is acknowledged, or the reader closes the connection.
 */
import {
  be,
  bit,
  type Context,
  concat,
  type Downlink,
  hex,
  i8,
  i16,
  type Request,
  type Result,
  u8,
  u16,
  u32,
  u64,
  utf8,
} from 'fairlead:helpers';

type Values = Record<string, unknown>;

const NAMES: Record<number, string> = {
  1: 'GET_READER_CAPABILITIES',
  2: 'GET_READER_CONFIG',
  3: 'SET_READER_CONFIG',
  4: 'CLOSE_CONNECTION_RESPONSE',
  11: 'GET_READER_CAPABILITIES_RESPONSE',
  12: 'GET_READER_CONFIG_RESPONSE',
  13: 'SET_READER_CONFIG_RESPONSE',
  14: 'CLOSE_CONNECTION',
  30: 'ADD_ROSPEC_RESPONSE',
  31: 'DELETE_ROSPEC_RESPONSE',
  32: 'START_ROSPEC_RESPONSE',
  33: 'STOP_ROSPEC_RESPONSE',
  34: 'ENABLE_ROSPEC_RESPONSE',
  35: 'DISABLE_ROSPEC_RESPONSE',
  36: 'GET_ROSPECS_RESPONSE',
  50: 'ADD_ACCESSSPEC_RESPONSE',
  51: 'DELETE_ACCESSSPEC_RESPONSE',
  52: 'ENABLE_ACCESSSPEC_RESPONSE',
  53: 'DISABLE_ACCESSSPEC_RESPONSE',
  54: 'GET_ACCESSSPECS_RESPONSE',
  56: 'GET_SUPPORTED_VERSION_RESPONSE',
  57: 'SET_PROTOCOL_VERSION_RESPONSE',
  61: 'RO_ACCESS_REPORT',
  62: 'KEEPALIVE',
  63: 'READER_EVENT_NOTIFICATION',
  72: 'KEEPALIVE_ACK',
  100: 'ERROR_MESSAGE',
  1023: 'CUSTOM_MESSAGE',
};
const [REPORT, KEEPALIVE, KEEPALIVE_ACK, CUSTOM] = [61, 62, 72, 1023];
/** Bytes of the values of TV parameters. */
const SIZES: Record<number, number> = {
  1: 2,
  2: 8,
  3: 8,
  4: 8,
  5: 8,
  6: 1,
  7: 2,
  8: 2,
  9: 4,
  10: 2,
  11: 2,
  12: 2,
  13: 12,
  14: 2,
  15: 2,
  16: 4,
  17: 2,
  18: 4,
  19: 2,
  20: 2,
};
/** Parameters that hold only parameters. */
const FOLDERS = [240, 246];
const STATUSES: Record<number, string> = {
  0: 'success',
  100: 'parameter error',
  101: 'field error',
  102: 'unexpected parameter',
  103: 'missing parameter',
  104: 'duplicate parameter',
  105: 'overflow of parameters',
  106: 'overflow of fields',
  107: 'unknown parameter',
  108: 'unknown field',
  109: 'unsupported message',
  110: 'unsupported version',
  111: 'unsupported parameter',
  112: 'unexpected message',
  200: 'parameter error',
  201: 'field error',
  300: 'parameter error',
  301: 'field error',
  401: 'device error',
};
const RESULTS: Record<number, string> = {
  349: 'read',
  350: 'write',
  351: 'kill',
  352: 'lock',
  353: 'blockErase',
  354: 'blockWrite',
};
const MAX_DATA = 4_096;
const ROSPEC = 1;

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  const [version, type, id] = [(u8(bytes) >> 2) & 7, u16(bytes) & 0x3ff, u32(bytes, 6)];
  if (u32(bytes, 2) !== bytes.length)
    throw new Error(`a length of ${u32(bytes, 2)} in a frame of ${bytes.length} bytes`);
  const typeName = NAMES[type];
  const head = { version, type, ...(typeName && { typeName }), length: bytes.length, messageId: id };
  if (type === KEEPALIVE)
    return { values: head, reply: message(KEEPALIVE_ACK, id, new Uint8Array(0), version) };
  const { time, values } = content(type, bytes.subarray(10));
  const result: Result = {
    values: { ...head, ...values },
    ...(time !== undefined && { time: Math.floor(time / 1_000) }),
  };
  if (type === 4) delete ctx.state.started;
  return result;
}

/** Time in microseconds. */
function content(type: number, body: Uint8Array): { time?: number; values: Values } {
  if (type === REPORT) return report(body);
  if (type === CUSTOM)
    return { values: { manufacturer: u32(body), subtype: u8(body, 4), data: shown(body.subarray(5)) } };
  const values: Values = {};
  if (type === 63 || (type >= 4 && type <= 57) || type === 100) {
    // The versions of GET_SUPPORTED_VERSION_RESPONSE stand before its status.
    for (const parameter of parametersOf(type === 56 ? body.subarray(2) : body)) meaning(parameter, values);
    const time = values.utcMicroseconds;
    return { ...(typeof time === 'number' && { time }), values };
  }
  return { values: body.length > 0 ? { data: shown(body) } : {} };
}

const shown = (bytes: Uint8Array): string => hex(bytes.subarray(0, MAX_DATA));

// --- parameters -------------------------------------------------------------------------------------------------------

interface Parameter {
  readonly type: number;
  /** Fields and parameters in it. */
  readonly body: Uint8Array;
}

function parametersOf(bytes: Uint8Array): Parameter[] {
  const list: Parameter[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = u8(bytes, at);
    const isShort = first >= 0x80;
    const type = isShort ? first & 0x7f : u16(bytes, at) & 0x3ff;
    const header = isShort ? 1 : 4;
    const size = isShort ? SIZES[type] : u16(bytes, at + 2) - 4;
    if (size === undefined) throw new Error(`a parameter of the unknown type ${type}`);
    if (size < 0 || at + header + size > bytes.length)
      throw new Error(`parameter ${type} ends beyond the message`);
    list.push({ type, body: bytes.subarray(at + header, at + header + size) });
    at += header + size;
  }
  return list;
}

const microseconds = (bytes: Uint8Array): number => Number(u64(bytes));

/** A text behind its length in bytes. */
function textAt(bytes: Uint8Array, at: number): string {
  const end = at + 2 + u16(bytes, at);
  if (end > bytes.length) throw new Error('a text ends beyond its parameter');
  return utf8(bytes.subarray(at + 2, end));
}

const EVENTS: Record<number, readonly [name: string, read: (body: Uint8Array) => Values]> = {
  247: ['HoppingEvent', (body) => ({ index: u16(body, 2) })],
  248: ['GPIEvent', (body) => ({ port: u16(body), state: bit(u8(body, 2), 7) })],
  249: [
    'ROSpecEvent',
    (body) => ({ state: ['started', 'ended', 'preempted'][u8(body)] ?? u8(body), rospecId: u32(body, 1) }),
  ],
  250: ['ReportBufferLevelWarningEvent', (body) => ({ level: u8(body), alarm: 'general' })],
  251: ['ReportBufferOverflowErrorEvent', () => ({ alarm: 'fault' })],
  252: ['ReaderExceptionEvent', (body) => ({ text: textAt(body, 0), alarm: 'fault' })],
  253: [
    'RFSurveyEvent',
    (body) => ({ state: ['started', 'ended'][u8(body)] ?? u8(body), rospecId: u32(body, 1) }),
  ],
  254: ['AISpecEvent', (body) => ({ rospecId: u32(body, 1) })],
  255: ['AntennaEvent', (body) => ({ connected: u8(body) === 1, antenna: u16(body, 1) })],
  256: ['ConnectionAttemptEvent', (body) => ({ connectionAttemptStatus: u16(body) })],
  257: ['ConnectionCloseEvent', () => ({})],
};

/** Adds what a parameter of an answer or an event says. */
function meaning({ type, body }: Parameter, values: Values): void {
  if (FOLDERS.includes(type)) {
    for (const parameter of parametersOf(body)) meaning(parameter, values);
    return;
  }
  const event = EVENTS[type];
  if (event !== undefined) Object.assign(values, { event: event[0], ...event[1](body) });
  else if (type === 128) values.utcMicroseconds = microseconds(body);
  else if (type === 129) values.uptimeMicroseconds = microseconds(body);
  else if (type === 287) Object.assign(values, status(body));
  else if (type === 137) Object.assign(values, capabilities(body));
  else if (type === 218)
    Object.assign(values, { readerId: hex(body.subarray(3)), serial: hex(body.subarray(3)) });
  else if (type === 221)
    push(values, 'antennas', { id: u16(body, 1), connected: bit(u8(body), 7), gain: i16(body, 3) / 100 });
  else if (type === 225)
    push(values, 'ports', { port: u16(body), state: ['low', 'high', 'unknown'][u8(body, 3)] ?? u8(body, 3) });
}

function push(values: Values, key: string, item: Values): void {
  const list = (values[key] ?? []) as Values[];
  list.push(item);
  values[key] = list;
}

function status(body: Uint8Array): Values {
  const code = u16(body);
  const text = textAt(body, 2);
  return { status: code, meaning: STATUSES[code] ?? `status ${code}`, ...(text && { statusText: text }) };
}

const capabilities = (body: Uint8Array): Values => ({
  maxAntennas: u16(body),
  manufacturer: u32(body, 4),
  modelCode: u32(body, 8),
  firmware: textAt(body, 12),
});

// --- tags -------------------------------------------------------------------------------------------------------------

/** Values of TV parameters and of what access operations gave, by type. */
const TAG: Record<number, (body: Uint8Array) => Values> = {
  1: (body) => ({ antenna: u16(body) }),
  2: (body) => ({ firstSeenUTC: microseconds(body) }),
  3: (body) => ({ firstSeenUptime: microseconds(body) }),
  4: (body) => ({ lastSeenUTC: microseconds(body) }),
  5: (body) => ({ lastSeenUptime: microseconds(body) }),
  6: (body) => ({ peakRSSI: i8(body) }),
  7: (body) => ({ channel: u16(body) }),
  8: (body) => ({ count: u16(body) }),
  9: (body) => ({ rospecId: u32(body) }),
  10: (body) => ({ inventoryId: u16(body) }),
  11: (body) => ({ crc: hex(body) }),
  12: (body) => ({ pc: hex(body) }),
  13: (body) => ({ epc: hex(body) }),
  14: (body) => ({ specIndex: u16(body) }),
  16: (body) => ({ accessSpecId: u32(body) }),
  19: (body) => ({ xpc1: hex(body) }),
  20: (body) => ({ xpc2: hex(body) }),
  241: (body) => ({ epc: epcOf(body) }),
  1023: (body) => ({ custom: hex(body) }),
};

/** A count of bits, then as many bits, filled up to bytes. */
function epcOf(body: Uint8Array): string {
  const size = Math.ceil(u16(body) / 8);
  if (size !== body.length - 2) throw new Error(`an EPC of ${u16(body)} bits in ${body.length - 2} bytes`);
  return hex(body.subarray(2));
}

function report(body: Uint8Array): { time?: number; values: Values } {
  const parameters = parametersOf(body);
  const tags = parameters.filter(({ type }) => type === 240).map((parameter) => tagOf(parameter.body));
  const seen = tags.flatMap(({ lastSeenUTC, firstSeenUTC }) => Number(lastSeenUTC ?? firstSeenUTC ?? 0));
  const time = seen.reduce((latest, moment) => Math.max(latest, moment), 0);
  return { ...(time > 0 && { time }), values: { count: tags.length, tags } };
}

function tagOf(body: Uint8Array): Values {
  const tag: Values = {};
  for (const { type, body: value } of parametersOf(body)) {
    const result = RESULTS[type];
    if (result !== undefined) push(tag, 'results', resultOf(type, result, value));
    else Object.assign(tag, TAG[type]?.(value));
  }
  return tag;
}

function resultOf(type: number, operation: string, body: Uint8Array): Values {
  const base = { operation, result: u8(body), opSpecId: u16(body, 1) };
  if (type === 349) return { ...base, data: hex(body.subarray(5, 5 + 2 * u16(body, 3))) };
  return type === 350 || type === 354 ? { ...base, words: u16(body, 3) } : base;
}

// --- what is sent -----------------------------------------------------------------------------------------------------

export function poll(ctx: Context): Request[] {
  if (ctx.state.started === true) return [];
  ctx.state.started = true;
  const { inventory, keepalive } = ctx.parameters as { inventory: boolean; keepalive: number };
  const requests = [ask(1, Uint8Array.of(1), ctx), ask(3, keepaliveSpec(keepalive), ctx)];
  if (!inventory) return requests;
  return [...requests, ask(21, be(ROSPEC, 4), ctx), ask(20, rospec(ctx), ctx), ask(24, be(ROSPEC, 4), ctx)];
}

/** A request, whose answer has its type plus ten and its id. */
function ask(type: number, body: Uint8Array, ctx: Context): Request {
  const id = nextId(ctx);
  return {
    send: message(type, id, body),
    expect: [
      { at: 1, bytes: Uint8Array.of(type + 10) },
      { at: 6, bytes: be(id, 4) },
    ],
    data: { type },
  };
}

function nextId({ state }: Context): number {
  const id = (Number(state.id ?? 0) % 0x7fffffff) + 1;
  state.id = id;
  return id;
}

const message = (type: number, id: number, body: Uint8Array, version = 1): Uint8Array =>
  concat(be((version << 10) | type, 2), be(10 + body.length, 4), be(id, 4), body);

const parameter = (type: number, ...parts: (Uint8Array | number)[]): Uint8Array => {
  const body = concat(...parts);
  return concat(be(type, 2), be(4 + body.length, 2), body);
};

/** SET_READER_CONFIG: nothing is reset; keepalives by time, or none. */
const keepaliveSpec = (seconds: number): Uint8Array =>
  concat(0, parameter(220, seconds > 0 ? 1 : 0, be(Math.round(seconds * 1_000), 4)));

/** Starts at once and goes on; reports each tag with antenna, channel, RSSI, times and count. */
function rospec({ parameters }: Context): Uint8Array {
  const antennas = (parameters.antennas as number[]).map((antenna) => be(antenna, 2));
  const boundary = parameter(178, parameter(179, 1), parameter(182, 0, be(0, 4)));
  const inventory = parameter(
    183,
    be(antennas.length, 2),
    ...antennas,
    parameter(184, 0, be(0, 4)),
    parameter(186, be(1, 2), 1),
  );
  const reporting = parameter(237, 1, be(1, 2), parameter(238, be(0x1f80, 2)));
  return parameter(177, be(ROSPEC, 4), 0, 0, boundary, inventory, reporting);
}

export function downlink({ values }: Downlink, ctx: Context): Uint8Array | undefined {
  const { method, params = {} } = values as { method?: string; params?: Record<string, unknown> };
  const send = (type: number, body: Uint8Array | number[] = []) => message(type, nextId(ctx), concat(body));
  switch (method) {
    case 'start':
      return concat(send(24, be(ROSPEC, 4)), send(22, be(ROSPEC, 4)));
    case 'stop':
      return send(25, be(ROSPEC, 4));
    case 'output':
      return send(3, concat(0, parameter(219, be(Number(params.port), 2), params.on === true ? 0x80 : 0)));
    case 'keepalive':
      return send(3, keepaliveSpec(Number(params.seconds)));
    case 'report':
      return send(60);
    case 'capabilities':
      return send(1, [0]);
    case 'config':
      return send(2, concat(be(0, 2), 0, be(0, 2), be(0, 2)));
    case 'close':
      return send(14);
    default:
      return undefined;
  }
}
