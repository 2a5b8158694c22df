/*
 * IEC 60870-5-104: controlled stations, of which this side is the controlling one.
 *
 *     68  LENGTH  CONTROL (4)  ASDU            CONTROL  I: send and receive number, 15 bits each, shifted left by one
 *                                                       S: 01 00, receive number     U: 07 start 13 stop 43 test; their
 *                                                       confirmations 0B 23 83
 *     TYPE  SQ and COUNT  CAUSE (2)  ADDRESS (2)  objects: IOA (3), element, ..      integers little-endian
 *
 * Eight frames at most are left without an acknowledgement (w); a test is answered at once.
 */
import {
  be,
  type Context,
  concat,
  cp56time2a,
  type Downlink,
  f32le,
  f32leBytes,
  hex,
  i16le,
  i32le,
  le,
  type Request,
  type Result,
  u8,
  u16le,
  u24le,
  u32le,
  zoneMinutes,
} from 'fairlead:helpers';

type Values = Record<string, unknown>;
interface Link {
  started?: boolean;
  /** Numbers of the next frame to send and of the next to receive. */
  send?: number;
  receive?: number;
  unacknowledged?: number;
  /** Unix milliseconds of the last interrogation. */
  interrogated?: number;
  quiet?: boolean;
}

const FUNCTIONS: Record<number, string> = {
  7: 'STARTDT act',
  11: 'STARTDT con',
  19: 'STOPDT act',
  35: 'STOPDT con',
  67: 'TESTFR act',
  131: 'TESTFR con',
};
const WINDOW = 8;
const [INTERROGATION, COUNTERS, READ, CLOCK] = [100, 101, 102, 103];
const CAUSES: Record<number, string> = {
  1: 'periodic',
  2: 'background scan',
  3: 'spontaneous',
  4: 'initialized',
  5: 'request',
  6: 'activation',
  7: 'activation confirmed',
  8: 'deactivation',
  9: 'deactivation confirmed',
  10: 'activation terminated',
  11: 'remote command',
  12: 'local command',
  13: 'file transfer',
  20: 'interrogated',
  37: 'counters',
  44: 'unknown type',
  45: 'unknown cause',
  46: 'unknown common address',
  47: 'unknown object address',
};

/** Parts of an element: how many bytes, and what they say. */
type Part = readonly [size: number, read: (bytes: Uint8Array, at: number, ctx: Context) => Values];
const PARTS: Record<string, Part> = {
  siq: [1, (bytes, at) => ({ value: u8(bytes, at) & 1, ...quality(u8(bytes, at) & 0xf0) })],
  diq: [1, (bytes, at) => ({ value: u8(bytes, at) & 3, ...quality(u8(bytes, at) & 0xf0) })],
  vti: [
    1,
    (bytes, at) => ({
      value: ((u8(bytes, at) & 0x7f) << 25) >> 25,
      ...(u8(bytes, at) & 0x80 && { transient: true }),
    }),
  ],
  bsi: [4, (bytes, at) => ({ value: u32le(bytes, at) })],
  nva: [2, (bytes, at) => ({ normalizedRaw: i16le(bytes, at), value: i16le(bytes, at) / 32_768 })],
  sva: [2, (bytes, at) => ({ value: i16le(bytes, at) })],
  r32: [4, (bytes, at) => number(f32le(bytes, at))],
  bcr: [
    5,
    (bytes, at) => ({
      value: i32le(bytes, at),
      sequence: u8(bytes, at + 4) & 31,
      quality: u8(bytes, at + 4) & 0x80 ? 'invalid' : 'good',
    }),
  ],
  qds: [1, (bytes, at) => quality(u8(bytes, at))],
  sep: [1, (bytes, at) => ({ value: u8(bytes, at) & 3, ...quality(u8(bytes, at) & 0xf0) })],
  raw1: [1, (bytes, at) => ({ value: u8(bytes, at) })],
  scd: [4, (bytes, at) => ({ value: u16le(bytes, at), changed: u16le(bytes, at + 2) })],
  cp16: [2, (bytes, at) => ({ elapsed: u16le(bytes, at) })],
  cp24: [3, (bytes, at, ctx) => minuteTime(bytes, at, ctx)],
  cp56: [7, (bytes, at, ctx) => fullTime(bytes, at, ctx)],
  sco: [1, (bytes, at) => ({ value: u8(bytes, at) & 1, select: (u8(bytes, at) & 0x80) !== 0 })],
  dco: [1, (bytes, at) => ({ value: u8(bytes, at) & 3, select: (u8(bytes, at) & 0x80) !== 0 })],
  qos: [1, (bytes, at) => ({ select: (u8(bytes, at) & 0x80) !== 0 })],
  coi: [1, (bytes, at) => ({ value: u8(bytes, at) & 0x7f })],
  qoi: [1, (bytes, at) => ({ qoi: u8(bytes, at) })],
  qcc: [1, (bytes, at) => ({ qcc: u8(bytes, at) })],
  qrp: [1, (bytes, at) => ({ qrp: u8(bytes, at) })],
  qpm: [1, (bytes, at) => ({ qualifier: u8(bytes, at) })],
  fbp: [2, (bytes, at) => ({ value: u16le(bytes, at) })],
};

/** Types of IEC 60870-5-101 chapter 7.3: number, name, parts of the element. */
const TYPES = new Map<number, readonly [name: string, parts: readonly string[]]>(
  `
  1 M_SP_NA_1 siq
  2 M_SP_TA_1 siq cp24
  3 M_DP_NA_1 diq
  4 M_DP_TA_1 diq cp24
  5 M_ST_NA_1 vti qds
  6 M_ST_TA_1 vti qds cp24
  7 M_BO_NA_1 bsi qds
  8 M_BO_TA_1 bsi qds cp24
  9 M_ME_NA_1 nva qds
  10 M_ME_TA_1 nva qds cp24
  11 M_ME_NB_1 sva qds
  12 M_ME_TB_1 sva qds cp24
  13 M_ME_NC_1 r32 qds
  14 M_ME_TC_1 r32 qds cp24
  15 M_IT_NA_1 bcr
  16 M_IT_TA_1 bcr cp24
  17 M_EP_TA_1 sep cp16 cp24
  18 M_EP_TB_1 raw1 qds cp16 cp24
  19 M_EP_TC_1 raw1 qds cp16 cp24
  20 M_PS_NA_1 scd qds
  21 M_ME_ND_1 nva
  30 M_SP_TB_1 siq cp56
  31 M_DP_TB_1 diq cp56
  32 M_ST_TB_1 vti qds cp56
  33 M_BO_TB_1 bsi qds cp56
  34 M_ME_TD_1 nva qds cp56
  35 M_ME_TE_1 sva qds cp56
  36 M_ME_TF_1 r32 qds cp56
  37 M_IT_TB_1 bcr cp56
  38 M_EP_TD_1 sep cp16 cp56
  39 M_EP_TE_1 raw1 qds cp16 cp56
  40 M_EP_TF_1 raw1 qds cp16 cp56
  45 C_SC_NA_1 sco
  46 C_DC_NA_1 dco
  47 C_RC_NA_1 dco
  48 C_SE_NA_1 nva qos
  49 C_SE_NB_1 sva qos
  50 C_SE_NC_1 r32 qos
  51 C_BO_NA_1 bsi
  58 C_SC_TA_1 sco cp56
  59 C_DC_TA_1 dco cp56
  60 C_RC_TA_1 dco cp56
  61 C_SE_TA_1 nva qos cp56
  62 C_SE_TB_1 sva qos cp56
  63 C_SE_TC_1 r32 qos cp56
  64 C_BO_TA_1 bsi cp56
  70 M_EI_NA_1 coi
  100 C_IC_NA_1 qoi
  101 C_CI_NA_1 qcc
  102 C_RD_NA_1
  103 C_CS_NA_1 cp56
  104 C_TS_NA_1 fbp
  105 C_RP_NA_1 qrp
  106 C_CD_NA_1 cp16
  107 C_TS_TA_1 fbp cp56
  110 P_ME_NA_1 nva qpm
  111 P_ME_NB_1 sva qpm
  112 P_ME_NC_1 r32 qpm
  113 P_AC_NA_1 qpm`
    .trim()
    .split('\n')
    .map((line) => line.trim().split(' '))
    .map(([type, name, ...parts]) => [Number(type), [name as string, parts]]),
);

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  const link = ctx.state as Link;
  delete link.quiet;
  const control = u8(bytes, 2);
  if ((control & 1) === 0) return information(bytes, link, ctx);
  if (bytes.length !== 6) throw new Error(`a frame without an ASDU has 6 bytes, not ${bytes.length}`);
  if ((control & 2) === 0) return { values: { format: 'S', recvSeq: u16le(bytes, 4) >> 1 } };
  const name = FUNCTIONS[control];
  if (name === undefined) throw new Error(`an unknown function ${control}`);
  const reply = answer(control, link, ctx);
  return { values: { format: 'U', function: name }, ...(reply !== undefined && { reply }) };
}

/** A test is confirmed. After the start that this side asked for, the station is interrogated. */
function answer(control: number, link: Link, ctx: Context): Uint8Array | undefined {
  if (control === 0x43) return unnumbered(0x83);
  if (control === 0x23) delete link.started;
  if (control !== 0x0b) return undefined;
  Object.assign(link, { started: true, send: 0, receive: 0, unacknowledged: 0 });
  if (!ctx.request) return undefined;
  link.interrogated = ctx.time;
  return asdu(INTERROGATION, 6, 0, Uint8Array.of(20), {}, ctx);
}

function information(bytes: Uint8Array, link: Link, ctx: Context): Result {
  const sendSeq = u16le(bytes, 2) >> 1;
  link.receive = (sendSeq + 1) & 0x7fff;
  link.unacknowledged = (link.unacknowledged ?? 0) + 1;
  const { time, values } = asduOf(bytes.subarray(6), ctx);
  const result: Result = {
    values: { format: 'I', sendSeq, recvSeq: u16le(bytes, 4) >> 1, ...values },
    ...(time !== undefined && { time }),
  };
  return link.unacknowledged >= WINDOW ? { ...result, reply: acknowledgement(link) } : result;
}

// --- ASDU -------------------------------------------------------------------------------------------------------------

function asduOf(bytes: Uint8Array, ctx: Context): { time?: number; values: Values } {
  if (bytes.length < 6) return { values: { asdu: hex(bytes) } };
  const [type, sq, count] = [u8(bytes), u8(bytes, 1) >> 7, u8(bytes, 1) & 0x7f];
  const cause = u8(bytes, 2);
  const cot = cause & 0x3f;
  const [typeName, parts] = TYPES.get(type) ?? [];
  const head: Values = {
    type,
    ...(typeName && { typeName }),
    sq,
    count,
    cot,
    ...(CAUSES[cot] && { cause: CAUSES[cot] }),
    ...(cause & 0x40 && { negative: true }),
    ...(cause & 0x80 && { test: true }),
    originator: u8(bytes, 3),
    ca: u16le(bytes, 4),
  };
  if (parts === undefined) return { values: { ...head, asdu: hex(bytes.subarray(6)) } };
  const objects = objectsOf(bytes.subarray(6), parts, sq, count, ctx);
  const times = new Set(objects.map(({ time }) => time));
  const [time] = times;
  return {
    ...(times.size === 1 && time !== undefined && { time: Date.parse(String(time)) }),
    values: { ...head, ...named(objects, Number(head.ca), ctx), objects },
  };
}

function objectsOf(
  bytes: Uint8Array,
  parts: readonly string[],
  sq: number,
  count: number,
  ctx: Context,
): Values[] {
  const size = parts.reduce((sum, part) => sum + (PARTS[part] as Part)[0], 0);
  const expected = sq === 1 ? 3 + count * size : count * (3 + size);
  if (bytes.length !== expected)
    throw new Error(`${count} objects have ${expected} bytes, not ${bytes.length}`);
  const objects: Values[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const object: Values = { ioa: sq === 1 ? u24le(bytes) + i : u24le(bytes, at) };
    if (sq === 0 || i === 0) at += 3;
    for (const part of parts) {
      const [length, read] = PARTS[part] as Part;
      Object.assign(object, read(bytes, at, ctx));
      at += length;
    }
    objects.push(object);
  }
  return objects;
}

const QUALITIES: readonly (readonly [bit: number, name: string])[] = [
  [0x01, 'overflow'],
  [0x10, 'blocked'],
  [0x20, 'substituted'],
  [0x40, 'notTopical'],
  [0x80, 'invalid'],
];

const quality = (bits: number): Values => ({
  quality:
    QUALITIES.filter(([bit]) => (bits & bit) !== 0)
      .map(([, name]) => name)
      .join(',') || 'good',
});

const number = (value: number): Values => (Number.isFinite(value) ? { value } : {});

/** Seven bytes; where the highest bit of the minute is set, the time is invalid. */
function fullTime(bytes: Uint8Array, at: number, ctx: Context): Values {
  if ((u8(bytes, at + 2) & 0x80) !== 0) return { timeValid: false };
  const summer = (u8(bytes, at + 3) & 0x80) !== 0 ? 60 : 0;
  const offset = zoneMinutes(String(ctx.parameters.timezone)) + summer;
  return { time: new Date(cp56time2a(bytes, at).getTime() - offset * 60_000).toISOString() };
}

/** Milliseconds and a minute: the time of this kind that is nearest to now. */
function minuteTime(bytes: Uint8Array, at: number, ctx: Context): Values {
  if ((u8(bytes, at + 2) & 0x80) !== 0) return { timeValid: false };
  const hour = 3_600_000;
  const inHour = (u8(bytes, at + 2) & 0x3f) * 60_000 + u16le(bytes, at);
  if (inHour >= hour || u16le(bytes, at) >= 60_000) throw new Error('no such time within an hour');
  const near = Math.round((ctx.time - inHour) / hour) * hour + inHour;
  return { time: new Date(near).toISOString() };
}

interface Point {
  readonly ioa: number;
  readonly name: string;
  readonly ca?: number;
  readonly scale?: number;
  readonly type?: number;
}

const pointsOf = ({ parameters }: Context): Point[] => (parameters.points ?? []) as Point[];

function named(objects: Values[], ca: number, ctx: Context): Values {
  const values: Values = {};
  for (const { ioa, name, ca: own = ca, scale = 1 } of pointsOf(ctx)) {
    const found = own === ca ? objects.find((object) => object.ioa === ioa) : undefined;
    if (typeof found?.value === 'number') values[name] = Number((found.value * scale).toPrecision(12));
  }
  return values;
}

// --- what is sent -----------------------------------------------------------------------------------------------------

export function poll(ctx: Context): Request[] {
  const link = ctx.state as Link;
  if (!link.started)
    return [
      { send: unnumbered(0x07), expect: [{ at: 0, bytes: Uint8Array.of(0x68, 4, 0x0b) }], data: 'start' },
    ];
  const requests: Request[] = [];
  if ((link.unacknowledged ?? 0) > 0) requests.push({ send: acknowledgement(link), answer: false });
  if (link.quiet)
    requests.push({
      send: unnumbered(0x43),
      expect: [{ at: 0, bytes: Uint8Array.of(0x68, 4, 0x83) }],
      data: 'test',
    });
  link.quiet = true;
  const every = Number(ctx.parameters.interrogate) * 1_000;
  if (link.interrogated === undefined || (every > 0 && ctx.time - link.interrogated >= every)) {
    link.interrogated = ctx.time;
    requests.push({ send: asdu(INTERROGATION, 6, 0, Uint8Array.of(20), {}, ctx), answer: false });
  }
  return requests;
}

const unnumbered = (control: number): Uint8Array => Uint8Array.of(0x68, 4, control, 0, 0, 0);

function acknowledgement(link: Link): Uint8Array {
  link.unacknowledged = 0;
  return concat(0x68, 4, 1, 0, le((link.receive ?? 0) * 2, 2));
}

/** An I frame with one object; it acknowledges what was received, too. */
function asdu(
  type: number,
  cot: number,
  ioa: number,
  element: Uint8Array,
  params: Record<string, unknown>,
  ctx: Context,
): Uint8Array {
  const link = ctx.state as Link;
  const send = link.send ?? 0;
  link.send = (send + 1) & 0x7fff;
  link.unacknowledged = 0;
  const address = Number(params.ca ?? ctx.parameters.commonAddress);
  const cause = concat(be(cot, 1), be(Number(ctx.parameters.originator), 1));
  const body = concat(
    le(send * 2, 2),
    le((link.receive ?? 0) * 2, 2),
    type,
    1,
    cause,
    le(address, 2),
    le(ioa, 3),
    element,
  );
  return concat(0x68, body.length, body);
}

/** Attributes write the named points that have the type of a command. */
export function downlink({ kind, values }: Downlink, ctx: Context): Uint8Array[] | undefined {
  if (kind === 'attributes') return Object.entries(values).map(([name, value]) => write(name, value, ctx));
  const { method, params = {} } = values as { method?: string; params?: Record<string, unknown> };
  const ioa = Number(params.ioa ?? 0);
  const select = params.select === true ? 0x80 : 0;
  const send = (type: number, element: Uint8Array, cot = 6): Uint8Array[] => [
    asdu(type, cot, ioa, element, params, ctx),
  ];
  switch (method) {
    case 'interrogate':
      return send(INTERROGATION, be(Number(params.qoi ?? 20), 1));
    case 'counters':
      return send(COUNTERS, be(Number(params.qcc ?? 5), 1));
    case 'read':
      return send(READ, new Uint8Array(0), 5);
    case 'setTime':
      return send(CLOCK, timeBytes(params.time, ctx));
    case 'single':
      return send(45, Uint8Array.of((params.on === true ? 1 : 0) | select));
    case 'double':
      return send(46, Uint8Array.of((params.on === true ? 2 : 1) | select));
    case 'step':
      return send(47, Uint8Array.of((params.up === true ? 2 : 1) | select));
    case 'setpoint':
      return setpoint(String(params.kind ?? 'float'), params.value, select, send);
    case 'stop':
      return [unnumbered(0x13)];
    default:
      return undefined;
  }
}

function setpoint(
  kind: string,
  value: unknown,
  select: number,
  send: (type: number, element: Uint8Array) => Uint8Array[],
): Uint8Array[] {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error('value: expected a number');
  if (kind === 'float') return send(50, concat(f32leBytes(value), select));
  if (kind === 'scaled') return send(49, concat(le(Math.round(value), 2), select));
  if (kind !== 'normalized') throw new Error('kind is normalized, scaled or float');
  if (value < -1 || value >= 1) throw new Error('a normalized value is from -1 to below 1');
  return send(48, concat(le(Math.min(Math.round(value * 32_768), 32_767), 2), select));
}

const KINDS: Record<number, string> = { 48: 'normalized', 49: 'scaled', 50: 'float' };

function write(name: string, value: unknown, ctx: Context): Uint8Array {
  const point = pointsOf(ctx).find((each) => each.name === name);
  if (point?.type === undefined)
    throw new Error(`no point is named ${name.slice(0, 64)}, or it has no type of a command`);
  const { ioa, ca, type, scale = 1 } = point;
  const params = {
    ioa,
    ...(ca !== undefined && { ca }),
    on: value === true || value === 1,
    kind: KINDS[type],
    value: typeof value === 'number' ? value / scale : value,
  };
  const method = type === 45 ? 'single' : type === 46 ? 'double' : 'setpoint';
  return downlink({ kind: 'command', values: { method, params } } as Downlink, ctx)?.[0] as Uint8Array;
}

function timeBytes(time: unknown, ctx: Context): Uint8Array {
  const moment = time === undefined ? ctx.time : Date.parse(String(time));
  if (Number.isNaN(moment)) throw new Error(`not a time: ${String(time).slice(0, 40)}`);
  const date = new Date(moment + zoneMinutes(String(ctx.parameters.timezone)) * 60_000);
  const ms = date.getUTCSeconds() * 1_000 + date.getUTCMilliseconds();
  const day = date.getUTCDate() + ((date.getUTCDay() || 7) << 5);
  return concat(
    le(ms, 2),
    date.getUTCMinutes(),
    date.getUTCHours(),
    day,
    date.getUTCMonth() + 1,
    date.getUTCFullYear() % 100,
  );
}
