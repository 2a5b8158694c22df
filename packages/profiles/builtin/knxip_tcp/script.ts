/**
 * KNXnet/IP over TCP: a tunnel to the bus. Integers are big-endian.
 *
 *     06 10   SERVICE (2)   LENGTH of all (2)   body
 *     body of a tunnelling request:   04 CHANNEL SEQUENCE 00   cEMI
 *     cEMI:   CODE   ADDITIONAL (length, bytes)   CONTROL (2)   SOURCE (2)   DESTINATION (2)   LENGTH   TPCI/APCI ..
 *
 * The host asks for a tunnel first and asks every minute whether it is still there. Over TCP nothing is acknowledged. Sources:
 * KNX Standard 3/8 (KNXnet/IP), 3/6/3 (cEMI), 3/7/2 (datapoint types).
 */
import {
  be,
  concat,
  f32,
  f32Bytes,
  fromHex,
  hex,
  i8,
  i16,
  i32,
  latin1,
  u8,
  u16,
  u32,
} from 'fairlead:helpers';

type Values = Record<string, unknown>;
type Groups = Record<string, { name?: string; dpt?: string }>;
interface Context {
  state: { channel?: number; sequence?: number };
  parameters: { groups?: Groups };
}

const services: Record<number, string> = {
  513: 'SEARCH_REQUEST',
  514: 'SEARCH_RESPONSE',
  515: 'DESCRIPTION_REQUEST',
  516: 'DESCRIPTION_RESPONSE',
  517: 'CONNECT_REQUEST',
  518: 'CONNECT_RESPONSE',
  519: 'CONNECTIONSTATE_REQUEST',
  520: 'CONNECTIONSTATE_RESPONSE',
  521: 'DISCONNECT_REQUEST',
  522: 'DISCONNECT_RESPONSE',
  523: 'SEARCH_REQUEST_EXTENDED',
  524: 'SEARCH_RESPONSE_EXTENDED',
  784: 'DEVICE_CONFIGURATION_REQUEST',
  785: 'DEVICE_CONFIGURATION_ACK',
  1056: 'TUNNELLING_REQUEST',
  1057: 'TUNNELLING_ACK',
  1058: 'TUNNELLING_FEATURE_GET',
  1059: 'TUNNELLING_FEATURE_RESPONSE',
  1060: 'TUNNELLING_FEATURE_SET',
  1061: 'TUNNELLING_FEATURE_INFO',
  1328: 'ROUTING_INDICATION',
  1329: 'ROUTING_LOST_MESSAGE',
  1330: 'ROUTING_BUSY',
  2384: 'SECURE_WRAPPER',
  2385: 'SESSION_REQUEST',
  2386: 'SESSION_RESPONSE',
  2387: 'SESSION_AUTHENTICATE',
  2388: 'SESSION_STATUS',
  2389: 'TIMER_NOTIFY',
};

const statuses: Record<number, string> = {
  0: 'no error',
  1: 'host protocol type not supported',
  2: 'protocol version not supported',
  4: 'wrong sequence number',
  33: 'no such channel',
  34: 'connection type not supported',
  35: 'connection option not supported',
  36: 'no more connections',
  37: 'no more unique connections',
  38: 'error of the data connection',
  39: 'error of the KNX connection',
  40: 'not authorised',
  41: 'tunnelling layer not supported',
};

const features: Record<number, string> = {
  1: 'supported EMI types',
  2: 'device descriptor',
  3: 'bus connected',
  4: 'manufacturer',
  5: 'active EMI type',
  6: 'individual address',
  7: 'longest APDU',
  8: 'feature info',
};

const codes: Record<number, string> = {
  17: 'L_Data.req',
  41: 'L_Data.ind',
  46: 'L_Data.con',
  43: 'L_Busmon.ind',
  252: 'M_PropRead.req',
  251: 'M_PropRead.con',
  246: 'M_PropWrite.req',
  245: 'M_PropWrite.con',
  247: 'M_PropInfo.ind',
  241: 'M_Reset.req',
  240: 'M_Reset.ind',
};

/** Application services by their ten bits; the first three have six bits of data in the same bytes. */
const shortApci = ['GroupValueRead', 'GroupValueResponse', 'GroupValueWrite'];
const longApci: Record<number, string> = {
  192: 'IndividualAddressWrite',
  256: 'IndividualAddressRead',
  320: 'IndividualAddressResponse',
  768: 'DeviceDescriptorRead',
  832: 'DeviceDescriptorResponse',
  896: 'Restart',
  981: 'PropertyValueRead',
  982: 'PropertyValueResponse',
  983: 'PropertyValueWrite',
  1009: 'SecureService',
};
const maskedApci: Record<number, string> = {
  6: 'ADCRead',
  7: 'ADCResponse',
  8: 'MemoryRead',
  9: 'MemoryResponse',
  10: 'MemoryWrite',
};

// --- addresses ------------------------------------------------------------------------------------------------------------

const individual = (raw: number): string => `${raw >> 12}.${(raw >> 8) & 15}.${raw & 255}`;
const groupAddress = (raw: number): string => `${raw >> 11}/${(raw >> 8) & 7}/${raw & 255}`;

function rawGroup(text: unknown): number {
  const match = /^(\d{1,2})\/(\d)\/(\d{1,3})$/.exec(String(text));
  const [main, middle, sub] = (match ?? []).slice(1).map(Number);
  if (main === undefined || main > 31 || (middle as number) > 7 || (sub as number) > 255)
    throw new Error(`not a group address: ${text}`);
  return (main << 11) | ((middle as number) << 8) | (sub as number);
}

/** Length 8, protocol, IPv4 address, port. */
function endpoint(bytes: Uint8Array, at: number): string {
  if (u8(bytes, at) !== 8) throw new Error(`an endpoint has 8 bytes, not ${u8(bytes, at)}`);
  return `${bytes.subarray(at + 2, at + 6).join('.')}:${u16(bytes, at + 6)}`;
}

// --- datapoint types ------------------------------------------------------------------------------------------------------

interface Type {
  /** 0: the six bits of the short form. */
  readonly size: number;
  readonly read: (bytes: Uint8Array) => unknown;
  readonly write: (value: unknown) => Uint8Array;
}

function float16(bytes: Uint8Array): number {
  const raw = u16(bytes);
  const mantissa = (raw & 0x7ff) - (raw & 0x8000 ? 0x800 : 0);
  return (mantissa * 2 ** ((raw >> 11) & 15)) / 100;
}

function toFloat16(value: number): Uint8Array {
  for (let exponent = 0; exponent < 16; exponent++) {
    const mantissa = Math.round((value * 100) / 2 ** exponent);
    if (mantissa >= -2_048 && mantissa <= 2_047)
      return be((mantissa < 0 ? 0x8000 : 0) | (exponent << 11) | (mantissa & 0x7ff), 2);
  }
  throw new Error(`${value} does not fit`);
}

function whole(size: number, read: (bytes: Uint8Array) => number, scale = 1): Type {
  return {
    size,
    read: (bytes) => read(bytes) * scale,
    write: (value) => be(Math.round(finite(value) / scale), size),
  };
}

function finite(value: unknown): number {
  if (!Number.isFinite(Number(value))) throw new Error(`not a number: ${value}`);
  return Number(value);
}

const text14 = (value: unknown): Uint8Array =>
  Uint8Array.from({ length: 14 }, (_, i) => String(value).charCodeAt(i) & 0xff || 0);

const mainTypes: Record<string, Type> = {
  1: { size: 0, read: (bytes) => u8(bytes) % 2 === 1, write: (value) => Uint8Array.of(value ? 1 : 0) },
  2: { size: 0, read: (bytes) => u8(bytes) & 3, write: (value) => Uint8Array.of(finite(value) & 3) },
  3: { size: 0, read: (bytes) => u8(bytes) & 15, write: (value) => Uint8Array.of(finite(value) & 15) },
  5: whole(1, u8),
  6: whole(1, i8),
  7: whole(2, u16),
  8: whole(2, i16),
  9: { size: 2, read: float16, write: (value) => toFloat16(finite(value)) },
  10: {
    size: 3,
    read: (bytes) => [u8(bytes) & 31, u8(bytes, 1), u8(bytes, 2)].map(two).join(':'),
    write: timeOfDay,
  },
  11: { size: 3, read: dateOf, write: dateBytes },
  12: whole(4, u32),
  13: whole(4, i32),
  14: { size: 4, read: f32, write: (value) => f32Bytes(finite(value)) },
  16: { size: 14, read: (bytes) => latin1(bytes).replace(/\0.*$/s, ''), write: text14 },
  17: whole(1, (bytes) => u8(bytes) & 63),
  18: whole(1, u8),
  20: whole(1, u8),
  232: {
    size: 3,
    read: (bytes) => `#${hex(bytes)}`,
    write: (value) => fromHex(String(value).replace('#', '')),
  },
};
const exactTypes: Record<string, Type> = {
  '5.001': whole(1, u8, 100 / 255),
  '5.003': whole(1, u8, 360 / 255),
};

const two = (value: number): string => String(value).padStart(2, '0');

function timeOfDay(value: unknown): Uint8Array {
  const match = /^(\d\d):(\d\d):(\d\d)$/.exec(String(value));
  if (match === null) throw new Error(`not a time: ${value}`);
  return Uint8Array.from(match.slice(1), Number);
}

function dateOf(bytes: Uint8Array): string {
  const year = u8(bytes, 2) & 127;
  return `${year >= 90 ? 1_900 + year : 2_000 + year}-${two(u8(bytes, 1) & 15)}-${two(u8(bytes) & 31)}`;
}

function dateBytes(value: unknown): Uint8Array {
  const match = /^\d\d(\d\d)-(\d\d)-(\d\d)$/.exec(String(value));
  if (match === null) throw new Error(`not a date: ${value}`);
  return Uint8Array.from(match.slice(1), Number).reverse();
}

function typeOf(dpt: string): Type {
  const type = exactTypes[dpt] ?? mainTypes[dpt.split('.', 1)[0] as string];
  if (type === undefined) throw new Error(`datapoint type ${dpt} is not known`);
  return type;
}

/** Where a datapoint type has a name in the vocabulary. */
const vocabulary: Record<string, [key: string, scale: number]> = {
  '9.001': ['temperature', 1],
  '9.004': ['illuminance', 1],
  '9.005': ['windSpeed', 1],
  '9.006': ['pressure', 0.01],
  '9.007': ['humidity', 1],
  '9.008': ['co2', 1],
  '9.020': ['voltage', 0.001],
  '9.021': ['current', 0.001],
  '9.024': ['power', 1_000],
  '13.010': ['energy', 0.001],
  '13.013': ['energy', 1],
  '14.019': ['current', 1],
  '14.027': ['voltage', 1],
  '14.033': ['frequency', 1],
  '14.056': ['power', 1],
  '14.068': ['temperature', 1],
};

// --- telegrams ------------------------------------------------------------------------------------------------------------

function telegram(bytes: Uint8Array, ctx: Context): Values {
  const code = u8(bytes);
  const head = { code, name: codes[code] };
  if (code !== 0x11 && code !== 0x29 && code !== 0x2e)
    return { cemi: { ...head, data: hex(bytes.subarray(1)) } };
  const at = 2 + u8(bytes, 1);
  const [control, more, source, destinationRaw, length] = [
    u8(bytes, at),
    u8(bytes, at + 1),
    u16(bytes, at + 2),
    u16(bytes, at + 4),
    u8(bytes, at + 6),
  ];
  const content = bytes.subarray(at + 7);
  if (content.length !== length + 1)
    throw new Error(`a telegram of ${length + 1} bytes has ${content.length}`);
  const toGroup = (more & 0x80) !== 0;
  const cemi: Values = {
    ...head,
    source: individual(source),
    destination: toGroup ? groupAddress(destinationRaw) : individual(destinationRaw),
    destinationRaw,
    priority: ['system', 'normal', 'urgent', 'low'][(control >> 2) & 3],
    hops: (more >> 4) & 7,
    repeated: (control & 0x20) === 0,
    ...(code === 0x2e && { confirmed: (control & 1) === 0 }),
    ...(length === 0 ? { tpci: content[0] } : application(content)),
  };
  return { cemi, ...(toGroup && length > 0 && groupValues(cemi, content, ctx.parameters.groups ?? {})) };
}

function application(content: Uint8Array): Values {
  const ten = u16(content) & 0x3ff;
  const short = shortApci[ten >> 6];
  if (short === undefined)
    return {
      apci: longApci[ten] ?? maskedApci[ten >> 6] ?? `0x${ten.toString(16)}`,
      data: hex(content.subarray(2)),
    };
  if (short === 'GroupValueRead') return { apci: short };
  return content.length === 2
    ? { apci: short, value: ten & 0x3f }
    : { apci: short, data: hex(content.subarray(2)) };
}

function groupValues(
  { apci, destination, value, data }: Values,
  content: Uint8Array,
  groups: Groups,
): Values {
  const group = String(destination);
  if (apci !== 'GroupValueWrite' && apci !== 'GroupValueResponse') return { group };
  const { name, dpt } = groups[group] ?? {};
  const named = name === undefined ? {} : { name };
  if (dpt === undefined) return { group, ...named, value: value ?? data };
  const type = typeOf(dpt);
  const bytes = type.size === 0 ? Uint8Array.of(u8(content, 1) & 0x3f) : content.subarray(2);
  if (bytes.length !== (type.size || 1)) throw new Error(`${group} of type ${dpt} has ${bytes.length} bytes`);
  const read = type.read(bytes);
  const [key, scale] = vocabulary[dpt] ?? [];
  return { group, ...named, value: read, ...(key && { [key]: Number(read) * (scale as number) }) };
}

// --- services -------------------------------------------------------------------------------------------------------------

const status = (code: number): Values => ({ status: code, statusName: statuses[code] ?? 'unknown' });

/** Blocks of a description: length, type, content. */
function description(bytes: Uint8Array, from: number): Values {
  const values: Values = {};
  for (let at = from; at < bytes.length; at += u8(bytes, at)) {
    const length = u8(bytes, at);
    if (length < 2 || at + length > bytes.length) throw new Error(`a description block of ${length} bytes`);
    const block = bytes.subarray(at, at + length);
    if (block[1] === 1 && length >= 54)
      Object.assign(values, {
        address: individual(u16(block, 4)),
        serial: hex(block.subarray(8, 14)),
        multicast: block.subarray(14, 18).join('.'),
        mac: hex(block.subarray(18, 24), ':'),
        name: latin1(block.subarray(24, 54)).replace(/\0.*$/s, ''),
      });
    if (block[1] === 2) {
      const families: Record<string, number> = {};
      for (let i = 2; i + 1 < length; i += 2) families[String(block[i])] = u8(block, i + 1);
      values.families = families;
    }
  }
  return values;
}

function connected(body: Uint8Array, ctx: Context): Values {
  const [channel, code] = [u8(body), u8(body, 1)];
  if (code !== 0) return { channel, ...status(code) };
  Object.assign(ctx.state, { channel, sequence: 0 });
  const address = body.length >= 14 ? { address: individual(u16(body, 12)) } : {};
  return { channel, ...status(code), data: endpoint(body, 2), connectionType: u8(body, 11), ...address };
}

/** Channel and sequence number in front of a telegram or a feature. */
function connection(body: Uint8Array): Values {
  if (u8(body) !== 4) throw new Error(`a connection header has 4 bytes, not ${u8(body)}`);
  return { channel: u8(body, 1), sequence: u8(body, 2) };
}

function content(service: number, body: Uint8Array, ctx: Context): Values {
  switch (service) {
    case 0x0201:
    case 0x0203:
    case 0x020b:
      return { control: endpoint(body, 0) };
    case 0x0202:
    case 0x020c:
      return { control: endpoint(body, 0), ...description(body, 8) };
    case 0x0204:
      return description(body, 0);
    case 0x0205:
      return { control: endpoint(body, 0), data: endpoint(body, 8), connectionType: u8(body, 17) };
    case 0x0206:
      return connected(body, ctx);
    case 0x0207:
    case 0x0209:
      return { channel: u8(body), control: endpoint(body, 2) };
    case 0x0208:
    case 0x020a:
      return { channel: u8(body), ...status(u8(body, 1)) };
    case 0x0310:
    case 0x0420:
      return { ...connection(body), ...telegram(body.subarray(4), ctx) };
    case 0x0311:
    case 0x0421:
      return { ...connection(body), ...status(u8(body, 3)) };
    case 0x0422:
    case 0x0423:
    case 0x0424:
    case 0x0425: {
      const feature = u8(body, 4);
      const code = service === 0x0423 ? { status: u8(body, 5) } : {};
      return {
        ...connection(body),
        ...code,
        feature,
        featureName: features[feature],
        data: hex(body.subarray(6)),
      };
    }
    case 0x0530:
      return telegram(body, ctx);
    case 0x0531:
      return { lost: u16(body, 2) };
    case 0x0532:
      return { waitTime: u16(body, 2) };
    default:
      return { data: hex(body) };
  }
}

export function uplink(bytes: Uint8Array, ctx: Context) {
  const service = u16(bytes, 2);
  const values: Values = {
    service,
    serviceName: services[service],
    totalLength: u16(bytes, 4),
    ...content(service, bytes.subarray(6), ctx),
  };
  // Undefined names are left out.
  for (const key of Object.keys(values)) if (values[key] === undefined) delete values[key];
  if (service === 0x0208 && values.status !== 0) delete ctx.state.channel;
  if (service !== 0x0209) return { values };
  if (ctx.state.channel === values.channel) delete ctx.state.channel;
  return { values, reply: frame(0x020a, [Number(values.channel), 0]) };
}

// --- questions and commands -----------------------------------------------------------------------------------------------

/** The endpoint of TCP: the link itself. */
const here = [8, 2, 0, 0, 0, 0, 0, 0];

function frame(service: number, ...body: (Uint8Array | readonly number[])[]): Uint8Array {
  const bytes = concat(...body);
  return concat([0x06, 0x10], be(service, 2), be(6 + bytes.length, 2), bytes);
}

/** A tunnel where there is none, else a question whether it is still there. */
export function poll({ state }: Context) {
  if (state.channel === undefined)
    return {
      send: frame(0x0205, here, here, [4, 4, 2, 0]),
      expect: [{ at: 2, bytes: '0206' }],
      data: 'connect',
    };
  return { send: frame(0x0207, [state.channel, 0], here), expect: [{ at: 2, bytes: '0208' }], data: 'alive' };
}

/** The header of the channel, with the next sequence number. */
function next({ state }: Context): number[] {
  if (state.channel === undefined) throw new Error('there is no tunnel yet');
  const sequence = state.sequence ?? 0;
  state.sequence = (sequence + 1) % 256;
  return [4, state.channel, sequence, 0];
}

/** L_Data.req to a group: low priority, six hops; the interface fills in its own address. */
function toGroup(ctx: Context, group: unknown, apci: number, short: number, data: Uint8Array): Uint8Array {
  const address = be(rawGroup(group), 2);
  const cemi = concat([0x11, 0, 0xbc, 0xe0, 0, 0], address, [1 + data.length, 0, apci | short], data);
  return frame(0x0420, next(ctx), cemi);
}

function write(ctx: Context, { group, dpt, value, data }: Values): Uint8Array {
  if (data !== undefined) return toGroup(ctx, group, 0x80, 0, fromHex(String(data)));
  const type = typeOf(String(dpt ?? ctx.parameters.groups?.[String(group)]?.dpt ?? '1.001'));
  const bytes = type.write(value);
  return type.size === 0
    ? toGroup(ctx, group, 0x80, u8(bytes), new Uint8Array())
    : toGroup(ctx, group, 0x80, 0, bytes);
}

/** Attributes are written to the groups of their names. */
function writeNamed(ctx: Context, values: Values): Uint8Array[] {
  const groups = Object.entries(ctx.parameters.groups ?? {});
  return Object.entries(values).map(([name, value]) => {
    const [group] = groups.find(([, of]) => of.name === name) ?? [];
    if (group === undefined) throw new Error(`no group has the name ${name}`);
    return write(ctx, { group, value });
  });
}

export function downlink({ kind, values }: { kind?: string; values: Values }, ctx: Context) {
  if (kind === 'attributes') return writeNamed(ctx, values);
  const params = (values.params ?? {}) as Values;
  switch (values.method) {
    case 'write':
      return write(ctx, params);
    case 'read':
      return toGroup(ctx, params.group, 0, 0, new Uint8Array());
    case 'feature':
      return frame(0x0422, next(ctx), [finite(params.feature) & 255, 0]);
    case 'describe':
      return frame(0x0203, here);
    case 'disconnect':
      return frame(0x0209, [next(ctx)[1] as number, 0], here);
    default:
      throw new Error(`no such command: ${values.method}`);
  }
}
