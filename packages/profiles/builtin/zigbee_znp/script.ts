/**
 * The Monitor and Test API of TI's Z-Stack; integers are little-endian.
 *
 *     fe  LENGTH of content  KIND and SUBSYSTEM  COMMAND  content  XOR          kind: 20 question, 40 message, 60 answer
 *
 * Messages of devices come in AF_INCOMING_MSG, with a frame of the Zigbee Cluster Library (ZCL). Sources: SWRA198 (Z-Stack
 * Monitor and Test API) and the ZCL specification, revision 8.
 */
import {
  concat,
  f32le,
  f64le,
  fromHex,
  hex,
  i8,
  i16le,
  i32le,
  le,
  u8,
  u16le,
  u24le,
  u32le,
  utf8,
  xor8,
} from 'fairlead:helpers';

type Values = Record<string, unknown>;
interface Context {
  type?: string;
  state: { known?: boolean; transaction?: number };
}

const subsystems: Record<number, string> = {
  0: 'RPC',
  1: 'SYS',
  2: 'MAC',
  3: 'NWK',
  4: 'AF',
  5: 'ZDO',
  6: 'SAPI',
  7: 'UTIL',
  8: 'DEBUG',
  9: 'APP',
  15: 'APP_CNF',
};
const kinds: Record<number, string> = { 0: 'POLL', 1: 'SREQ', 2: 'AREQ', 3: 'SRSP' };

// --- layouts --------------------------------------------------------------------------------------------------------------
// name:type with u1 u2 u3 u4 (unsigned), ieee (eight bytes, shown highest first), list1 and list2 (a count, then so many numbers
// of one or two bytes), bytes1 and bytes2 (a length of one or two bytes, then so many), rest; "?" marks what may be missing.

const status = 'status:u1';
const incoming = 'broadcast:u1 linkQuality:u1 security:u1 timestamp:u4 transaction:u1';
const layouts: Record<string, [name: string, layout: string]> = {
  '6000': ['RPC_ERROR', 'errorCode:u1 rejected:u2'],
  '4180': ['SYS_RESET_IND', 'reason:u1 transportRev:u1 productId:u1 major:u1 minor:u1 maintenance:u1'],
  '6101': ['SYS_PING', 'capabilities:u2'],
  '6102': ['SYS_VERSION', 'transportRev:u1 productId:u1 major:u1 minor:u1 maintenance:u1 ?revision:u4'],
  '6104': ['SYS_GET_EXTADDR', 'ieee:ieee'],
  '6108': ['SYS_OSAL_NV_READ', `${status} data:bytes1`],
  '6109': ['SYS_OSAL_NV_WRITE', status],
  '6400': ['AF_REGISTER', status],
  '6401': ['AF_DATA_REQUEST', status],
  '4480': ['AF_DATA_CONFIRM', `${status} endpoint:u1 transaction:u1`],
  '4481': [
    'AF_INCOMING_MSG',
    `group:u2 cluster:u2 source:u2 endpoint:u1 targetEndpoint:u1 ${incoming} data:bytes1`,
  ],
  '4482': [
    'AF_INCOMING_MSG_EXT',
    `group:u2 cluster:u2 addressMode:u1 source:u2 _:u2 _:u4 endpoint:u1 panId:u2 targetEndpoint:u1 ${incoming} data:bytes2`,
  ],
  '4483': ['AF_REFLECT_ERROR', `${status} endpoint:u1 transaction:u1 addressMode:u1 nwk:u2`],
  '4580': ['ZDO_NWK_ADDR_RSP', `${status} ieee:ieee nwk:u2 ?start:u1 associated:list2`],
  '4581': ['ZDO_IEEE_ADDR_RSP', `${status} ieee:ieee nwk:u2 ?start:u1 associated:list2`],
  '4582': ['ZDO_NODE_DESC_RSP', `source:u2 ${status} nwk:u2 ?descriptor:rest`],
  '4584': [
    'ZDO_SIMPLE_DESC_RSP',
    `source:u2 ${status} nwk:u2 length:u1 ?endpoint:u1 profileId:u2 applicationId:u2 applicationVersion:u1 clustersIn:list2 clustersOut:list2`,
  ],
  '4585': ['ZDO_ACTIVE_EP_RSP', `source:u2 ${status} nwk:u2 ?endpoints:list1`],
  '45b6': ['ZDO_MGMT_PERMIT_JOIN_RSP', `source:u2 ${status}`],
  '45b4': ['ZDO_MGMT_LEAVE_RSP', `source:u2 ${status}`],
  '45c0': ['ZDO_STATE_CHANGE_IND', 'deviceState:u1'],
  '45c1': ['ZDO_END_DEVICE_ANNCE_IND', 'source:u2 nwk:u2 ieee:ieee capabilities:u1'],
  '45c4': ['ZDO_SRC_RTG_IND', 'nwk:u2 relays:list2'],
  '45c9': ['ZDO_LEAVE_IND', 'nwk:u2 ieee:ieee left:u1 remove:u1 rejoin:u1'],
  '45ca': ['ZDO_TC_DEV_IND', 'nwk:u2 ieee:ieee parent:u2'],
  '45cb': ['ZDO_PERMIT_JOIN_IND', 'duration:u1'],
  '6534': ['ZDO_MGMT_LEAVE_REQ', status],
  '6536': ['ZDO_MGMT_PERMIT_JOIN_REQ', status],
  '6540': ['ZDO_STARTUP_FROM_APP', status],
  '6700': [
    'UTIL_GET_DEVICE_INFO',
    `${status} ieee:ieee nwk:u2 deviceType:u1 deviceState:u1 associated:list2`,
  ],
  '4f80': ['APP_CNF_BDB_COMMISSIONING_NOTIFICATION', `${status} mode:u1 remaining:u1`],
  '6f05': ['APP_CNF_BDB_START_COMMISSIONING', status],
};

const integers: Record<string, (bytes: Uint8Array, at: number) => number> = {
  u1: u8,
  u2: u16le,
  u3: u24le,
  u4: u32le,
};

/** Highest byte first, as it is printed on devices. */
const address64 = (bytes: Uint8Array, at: number): string => hex(bytes.slice(at, at + 8).reverse());

function part(bytes: Uint8Array, from: number, size: number): Uint8Array {
  if (from + size > bytes.length)
    throw new RangeError(`${size} bytes are announced, ${bytes.length - from} are there`);
  return bytes.subarray(from, from + size);
}

/** One field: its value and where it ends. */
function readField(type: string, bytes: Uint8Array, at: number): [value: unknown, end: number] {
  const integer = integers[type];
  if (integer !== undefined) return [integer(bytes, at), at + Number(type[1])];
  if (type === 'ieee') return [address64(part(bytes, at, 8), 0), at + 8];
  if (type === 'rest') return [hex(bytes.subarray(at)), bytes.length];
  const wide = Number(type.at(-1));
  if (type.startsWith('list')) {
    const count = u8(bytes, at);
    const content = part(bytes, at + 1, count * wide);
    const list = Array.from({ length: count }, (_, i) =>
      wide === 1 ? u8(content, i) : u16le(content, i * 2),
    );
    return [list, at + 1 + content.length];
  }
  const size = wide === 1 ? u8(bytes, at) : u16le(bytes, at);
  return [part(bytes, at + wide, size), at + wide + size];
}

function readLayout(layout: string, bytes: Uint8Array): Values {
  const values: Values = {};
  let at = 0;
  for (const entry of layout.split(' ')) {
    if (entry.startsWith('?') && at >= bytes.length) break;
    const [name = '', type = ''] = entry.replace('?', '').split(':');
    const [value, end] = readField(type, bytes, at);
    if (name !== '_') values[name] = value;
    at = end;
  }
  return values;
}

// --- the cluster library --------------------------------------------------------------------------------------------------

/** Sizes and readers of ZCL types; text and bytes have a length in front. */
const types: Record<number, [size: number, read: (bytes: Uint8Array, at: number) => unknown]> = {
  16: [1, (bytes, at) => u8(bytes, at) === 1],
  24: [1, u8],
  25: [2, u16le],
  26: [3, u24le],
  27: [4, u32le],
  32: [1, u8],
  33: [2, u16le],
  34: [3, u24le],
  35: [4, u32le],
  36: [5, (bytes, at) => u32le(bytes, at) + u8(bytes, at + 4) * 2 ** 32],
  37: [6, (bytes, at) => u32le(bytes, at) + u16le(bytes, at + 4) * 2 ** 32],
  40: [1, i8],
  41: [2, i16le],
  42: [3, (bytes, at) => (u24le(bytes, at) << 8) >> 8],
  43: [4, i32le],
  48: [1, u8],
  49: [2, u16le],
  57: [4, f32le],
  58: [8, f64le],
  226: [4, u32le],
  240: [8, address64],
};

function zclValue(type: number, bytes: Uint8Array, at: number): [value: unknown, end: number] | undefined {
  const known = types[type];
  if (known !== undefined) return [known[1](part(bytes, at, known[0]), 0), at + known[0]];
  if (type !== 0x41 && type !== 0x42) return undefined;
  const size = u8(bytes, at);
  // 255: no text.
  const content = size === 0xff ? new Uint8Array() : part(bytes, at + 1, size);
  return [type === 0x42 ? utf8(content).replace(/\0+$/, '') : hex(content), at + 1 + content.length];
}

/** Attributes of a report (without a status) or of an answer to a question. A type that is not known ends the list. */
function zclAttributes(bytes: Uint8Array, from: number, withStatus: boolean): Values {
  const attributes: Values = {};
  for (let at = from; at < bytes.length; ) {
    const key = u16le(bytes, at).toString(16).padStart(4, '0');
    at += 2;
    if (withStatus && u8(bytes, at++) !== 0) continue;
    const read = zclValue(u8(bytes, at), bytes, at + 1);
    if (read === undefined) {
      attributes[key] = hex(bytes.subarray(at));
      break;
    }
    [attributes[key], at] = read;
  }
  return attributes;
}

const globals: Record<number, string> = {
  0: 'read',
  1: 'readResponse',
  2: 'write',
  4: 'writeResponse',
  7: 'configureReportingResponse',
  10: 'report',
  11: 'defaultResponse',
};

function zclFrame(bytes: Uint8Array): Values {
  const control = u8(bytes);
  const manufacturer = control & 4 ? { manufacturer: u16le(bytes, 1) } : {};
  const at = control & 4 ? 3 : 1;
  const [sequence, command] = [u8(bytes, at), u8(bytes, at + 1)];
  const head = { ...manufacturer, sequence, command };
  if ((control & 3) !== 0) return { ...head, specific: true, data: hex(bytes.subarray(at + 2)) };
  const named = { ...head, ...(globals[command] && { commandName: globals[command] }) };
  if (command === 1 || command === 10)
    return { ...named, attributes: zclAttributes(bytes, at + 2, command === 1) };
  return { ...named, data: hex(bytes.subarray(at + 2)) };
}

/** Attributes with a name in the vocabulary, by cluster and attribute. Values that mean "not known" are left out. */
const measured: Record<string, [key: string, scale: number, unknown?: number]> = {
  '0001 0020': ['batteryVoltage', 0.1, 255],
  '0001 0021': ['battery', 0.5, 255],
  '0008 0000': ['level', 100 / 254, 255],
  '0402 0000': ['temperature', 0.01, -32_768],
  '0403 0000': ['pressure', 1, -32_768],
  '0405 0000': ['humidity', 0.01, 65_535],
};

function vocabulary(cluster: number, attributes: Values): Values {
  const values: Values = {};
  const place = cluster.toString(16).padStart(4, '0');
  for (const [attribute, value] of Object.entries(attributes)) {
    const [key, scale, unknown] = measured[`${place} ${attribute}`] ?? [];
    if (key !== undefined && typeof value === 'number' && value !== unknown)
      values[key] = value * (scale as number);
  }
  const [zero, four, five] = [attributes['0000'], attributes['0004'], attributes['0005']];
  // The measured value of illuminance is a logarithm.
  if (place === '0400' && typeof zero === 'number' && zero > 0 && zero < 65_535)
    values.illuminance = 10 ** ((zero - 1) / 10_000);
  if (place === '0006' && typeof zero === 'boolean') values.output1 = zero;
  if (place === '0406' && typeof zero === 'number') values.motion = zero % 2 === 1;
  if (place === '0000' && typeof four === 'string') values.manufacturer = four;
  if (place === '0000' && typeof five === 'string') values.model = five;
  return values;
}

/** The zone status of intruder alarm sensors: bits of alarm, tampering and battery. */
function zoneStatus({ command, data }: Values): Values {
  if (command !== 0 || String(data).length < 4) return {};
  const bits = u16le(fromHex(String(data)));
  const alarm = bits & 3 ? 'general' : bits & 4 ? 'tampering' : bits & 8 ? 'lowBattery' : undefined;
  return { status: bits, ...(alarm && { alarm }) };
}

function incomingMessage(read: Values): Values {
  const { cluster, data, broadcast, security, timestamp, addressMode, panId, ...head } = read;
  const content = data as Uint8Array;
  const common = { ...head, cluster, broadcast: broadcast !== 0 };
  if (content.length < 3) return { ...common, data: hex(content) };
  const zcl = zclFrame(content);
  return {
    ...common,
    data: hex(content),
    zcl,
    ...vocabulary(Number(cluster), (zcl.attributes ?? {}) as Values),
    ...(cluster === 0x0500 && zcl.specific === true && zoneStatus(zcl)),
  };
}

// --- frames ---------------------------------------------------------------------------------------------------------------

function meaning(command: string, content: Uint8Array): Values {
  const layout = layouts[command]?.[1];
  // An answer of one byte is a status.
  if (layout === undefined && command.startsWith('6') && content.length === 1) return statusOf(u8(content));
  if (layout === undefined) return { data: hex(content) };
  const read = readLayout(layout, content);
  if (command === '4481' || command === '4482') return incomingMessage(read);
  const { major, minor, maintenance, revision, rejected, left, data, descriptor, status } = read;
  const plain = Object.entries(read).filter(([key]) => !inner.has(key));
  return {
    ...Object.fromEntries(plain),
    ...(major !== undefined && { version: `${major}.${minor}.${maintenance}` }),
    ...(revision !== undefined && { firmware: String(revision) }),
    ...(rejected !== undefined && { rejected: hex(le(Number(rejected), 2)) }),
    ...(left !== undefined && { left: left === 1 }),
    ...(data instanceof Uint8Array && { data: hex(data) }),
    ...(descriptor !== undefined && { data: descriptor }),
    ...(status !== undefined && statusOf(Number(status))),
  };
}

/** Fields that go into others, or say nothing on their own. */
const inner = new Set(
  'major minor maintenance revision rejected left data descriptor status length start remove rejoin remaining addressMode applicationVersion'.split(
    ' ',
  ),
);

const statuses: Record<number, string> = {
  0: 'success',
  1: 'failure',
  2: 'invalid parameter',
  9: 'item created',
  10: 'initialisation failed',
  12: 'bad length',
  16: 'memory failure',
  183: 'no acknowledgement of the application',
  194: 'network: invalid request',
  205: 'no route',
  225: 'channel busy',
  233: 'no acknowledgement',
  240: 'transaction expired',
};

const statusOf = (code: number): Values => ({
  status: code,
  ...(statuses[code] && { statusName: statuses[code] }),
});

export function uplink(bytes: Uint8Array, ctx: Context) {
  const head = bytes[2] as number;
  const command = hex(bytes.subarray(2, 4));
  const content = bytes.subarray(4, -1);
  const commandName = layouts[command]?.[0];
  const values: Values = {
    command,
    ...(commandName && { commandName }),
    kind: kinds[head >> 5] ?? 'unknown',
    subsystem: subsystems[head & 0x1f] ?? String(head & 0x1f),
    ...meaning(command, content),
  };
  const from = values.source ?? values.nwk;
  const device = typeof from === 'number' && from !== 0 && ctx.type === 'gateway';
  return { values, ...(device && { device: from.toString(16).padStart(4, '0') }) };
}

// --- questions and commands -----------------------------------------------------------------------------------------------

function frame(command: string, ...content: (Uint8Array | readonly number[] | number)[]): Uint8Array {
  const body = concat(...content);
  if (body.length > 250) throw new Error(`a content has 250 bytes at most, not ${body.length}`);
  const checked = concat(body.length, fromHex(command), body);
  return concat(0xfe, checked, xor8(checked));
}

/** Ping, version and state at first, then a ping each time. */
export function poll({ state }: Context) {
  const ask = (name: string, answer: string) => ({
    send: frame(name),
    expect: [{ at: 2, bytes: answer }],
    data: name,
  });
  const ping = ask('2101', '6101');
  if (state.known) return [ping];
  state.known = true;
  return [ping, ask('2102', '6102'), ask('2700', '6700')];
}

function within(name: string, value: unknown, least: number, most: number): number {
  const number = Number(value);
  if (value === undefined || !Number.isInteger(number) || number < least || number > most)
    throw new Error(`${name} must be a whole number from ${least} to ${most}`);
  return number;
}

/** AF_DATA_REQUEST from our endpoint 1, with 30 hops at most. */
function dataRequest(
  { state }: Context,
  { address, endpoint }: Values,
  cluster: number,
  zcl: (sequence: number) => Uint8Array,
): Uint8Array {
  const transaction = ((state.transaction ?? 0) + 1) % 256;
  state.transaction = transaction;
  const content = zcl(transaction);
  const to = le(within('address', address, 0, 0xffff), 2);
  const head = [within('endpoint', endpoint ?? 1, 1, 254), 1];
  return frame('2401', to, head, le(cluster, 2), [transaction, 0x30, 30, content.length], content);
}

const commands: Record<string, (params: Values, ctx: Context) => Uint8Array> = {
  ping: () => frame('2101'),
  version: () => frame('2102'),
  info: () => frame('2700'),
  reset: ({ type = 'soft' }) => {
    if (type !== 'soft' && type !== 'hard') throw new Error('type must be soft or hard');
    return frame('4100', type === 'soft' ? 1 : 0);
  },
  start: () => frame('2540', le(100, 2)),
  register: ({ endpoint = 1 }) =>
    frame('2400', within('endpoint', endpoint, 1, 240), le(0x0104, 2), le(5, 2), [0, 0, 0, 0]),
  permitJoin: ({ seconds }) => frame('2536', 0x0f, le(0xfffc, 2), within('seconds', seconds, 0, 254), 0),
  output: (params, ctx) => {
    if (typeof params.on !== 'boolean') throw new Error('on must be true or false');
    return dataRequest(ctx, params, 6, (sequence) => Uint8Array.of(1, sequence, params.on ? 1 : 0));
  },
  read: (params, ctx) => {
    const list = Array.isArray(params.attributes) ? params.attributes : [params.attributes];
    const attributes = list.map((attribute) => le(within('attributes', attribute, 0, 0xffff), 2));
    return dataRequest(ctx, params, within('cluster', params.cluster, 0, 0xffff), (sequence) =>
      concat(0x10, sequence, 0, ...attributes),
    );
  },
  zcl: (params, ctx) =>
    dataRequest(ctx, params, within('cluster', params.cluster, 0, 0xffff), () =>
      fromHex(String(params.payload)),
    ),
  raw: ({ command, payload = '' }) => {
    if (!/^[0-9a-f]{4}$/i.test(String(command))) throw new Error(`a command has four hex digits: ${command}`);
    return frame(String(command), fromHex(String(payload)));
  },
};

export function downlink(
  { values }: { values: { method?: unknown; params?: Values } },
  ctx: Context,
): Uint8Array {
  const command = commands[String(values.method)];
  if (command === undefined) throw new Error(`no such command: ${values.method}`);
  return command(values.params ?? {}, ctx);
}
