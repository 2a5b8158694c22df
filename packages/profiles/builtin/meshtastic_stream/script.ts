/**
 * The stream API of Meshtastic radios.
 *
 *     94 c3  LENGTH (2, at most 512)  protobuf: FromRadio or ToRadio          bytes between frames are log text
 *
 * The client asks for the configuration (want_config_id) first; then packets of the mesh come as they are heard. Firmware 1.2 had
 * packets in field 11 and other fields in nodes and positions: the wire types tell. Messages: mesh.proto, telemetry.proto,
 * portnums.proto and admin.proto of Meshtastic.
 */
import {
  be,
  concat,
  f32le,
  fromHex,
  hex,
  i32le,
  le,
  protobuf,
  toVarint,
  u32le,
  utf8,
  utf8Bytes,
  zigzag,
} from 'fairlead:helpers';

type Values = Record<string, unknown>;
interface Context {
  time: number;
  type?: string;
  state: { asked?: boolean; packet?: number; own?: number };
  parameters: { configId?: number };
}
interface Result {
  values: Values;
  time?: Date;
}

// --- protobuf -------------------------------------------------------------------------------------------------------------
// Fields as number:name:type, the types being u (number), i (signed), z (zigzag), b (true or false), f (float), x (fixed32),
// y (signed fixed32), s (text), h (bytes in hex), m (bytes of a message). A field with another wire type is left out.

type Field = ReturnType<typeof protobuf>[number];

const wires: Record<string, number> = { u: 0, i: 0, z: 0, b: 0, f: 5, x: 5, y: 5, s: 2, h: 2, m: 2 };

function typed(type: string, value: Field['value']): unknown {
  if (!(value instanceof Uint8Array)) {
    if (type === 'b') return Number(value) !== 0;
    if (type === 'i') return Number(BigInt.asIntN(64, BigInt(value)));
    return Number(type === 'z' ? zigzag(value) : value);
  }
  switch (type) {
    case 'f':
      return float(f32le(value));
    case 'x':
      return u32le(value);
    case 'y':
      return i32le(value);
    case 's':
      return utf8(value);
    case 'h':
      return hex(value);
    default:
      return value;
  }
}

/** The shortest decimal number that is this float; what is no number is left out. */
function float(value: number): number | undefined {
  if (!Number.isFinite(value)) return undefined;
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

function read(layout: string, fields: readonly Field[]): Values {
  const values: Values = {};
  for (const entry of layout.split(' ')) {
    const [number, name = '', type = ''] = entry.split(':');
    const field = fields.findLast((of) => of.field === Number(number) && of.wire === wires[type]);
    const value = field === undefined ? undefined : typed(type, field.value);
    if (value !== undefined) values[name] = value;
  }
  return values;
}

const message = (layout: string, bytes: unknown): Values =>
  bytes instanceof Uint8Array ? read(layout, protobuf(bytes)) : {};

const nodeName = (number: unknown): string => `!${hex(be(Number(number) >>> 0, 4))}`;

const seconds = (value: unknown): Date | undefined =>
  Number(value) > 0 ? new Date(Number(value) * 1_000) : undefined;

/** Without what is undefined. */
const given = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

// --- what nodes say -------------------------------------------------------------------------------------------------------

function position(bytes: unknown): Result {
  const layout =
    '1:lat:y 2:lon:y 3:altitude:i 4:time:x 4:battery:u 7:timestamp:x 9:oldTime:x 11:pdop:u 12:hdop:u 13:vdop:u 14:accuracy:u 15:speed:u 16:track:u 19:satellites:u 23:precisionBits:u';
  const { lat, lon, time, timestamp, oldTime, pdop, hdop, vdop, accuracy, track, ...rest } = message(
    layout,
    bytes,
  );
  const fixed = typeof lat === 'number' && typeof lon === 'number' && (lat !== 0 || lon !== 0);
  const [latitude, longitude] = [Number(lat) / 1e7, Number(lon) / 1e7];
  if (fixed && (Math.abs(latitude) > 90 || Math.abs(longitude) > 180))
    throw new Error(`not a place: ${lat} ${lon}`);
  const hundredth = (value: unknown): number | undefined =>
    value === undefined ? undefined : Number(value) / 100;
  const when = seconds(timestamp) ?? seconds(time) ?? seconds(oldTime);
  const values = given({
    ...rest,
    ...(fixed && { latitude, longitude }),
    valid: fixed,
    pdop: hundredth(pdop),
    hdop: hundredth(hdop),
    vdop: hundredth(vdop),
    // Millimetres, and hundred-thousandths of a degree.
    accuracy: accuracy === undefined ? undefined : Number(accuracy) / 1_000,
    course: track === undefined ? undefined : Number(track) / 1e5,
    positionTime: when?.toISOString(),
  });
  return { values, ...(when && { time: when }) };
}

/** Field 6 is a flag; in firmware 1.2 it was the hardware. */
function user(bytes: unknown): Values {
  const layout = '1:node:s 2:longName:s 3:shortName:s 4:mac:h 5:hardwareModel:u 6:six:u 7:role:u';
  const { node, six, ...rest } = message(layout, bytes);
  const sixth = six === undefined ? {} : Number(six) > 1 ? { hardwareModel: six } : { licensed: six === 1 };
  return {
    ...(node !== undefined && { node, deviceId: node }),
    ...rest,
    ...sixth,
    ...(rest.longName ? { name: rest.longName } : {}),
  };
}

/** 101 percent means that the node is powered. */
function deviceMetrics(bytes: unknown): Values {
  const { level, ...rest } = message(
    '1:level:u 2:voltage:f 3:channelUtilization:f 4:airUtilTx:f 5:uptime:u',
    bytes,
  );
  if (level === undefined) return rest;
  return { ...rest, battery: Math.min(100, Number(level)), ...(Number(level) > 100 && { charging: true }) };
}

function environment(bytes: unknown): Values {
  const layout =
    '1:temperature:f 2:humidity:f 3:pressure:f 4:gasResistance:f 5:voltage:f 6:milliamperes:f 7:iaq:u 8:distance:f 9:illuminance:f 13:windDirection:u 14:windSpeed:f 15:weight:f 16:windGust:f 19:rainfall:f 20:rainfall24h:f';
  const { milliamperes, ...rest } = message(layout, bytes);
  return { ...rest, ...(milliamperes !== undefined && { current: Number(milliamperes) / 1_000 }) };
}

function powerMetrics(bytes: unknown): Values {
  const read = message('1:v1:f 2:c1:f 3:v2:f 4:c2:f 5:v3:f 6:c3:f', bytes);
  const channels = [1, 2, 3]
    .filter((n) => read[`v${n}`] !== undefined)
    .map((n) => ({ voltage: read[`v${n}`], current: Number(read[`c${n}`] ?? 0) / 1_000 }));
  return { channels, ...channels[0] };
}

function telemetry(bytes: unknown): Result {
  const { time, device, surroundings, air, power, stats, health } = message(
    '1:time:x 2:device:m 3:surroundings:m 4:air:m 5:power:m 6:stats:m 7:health:m',
    bytes,
  );
  const values = {
    ...(device !== undefined && deviceMetrics(device)),
    ...(surroundings !== undefined && environment(surroundings)),
    ...(air !== undefined && message('1:pm10:u 2:pm25:u 3:pm100:u 12:co2:u', air)),
    ...(power !== undefined && powerMetrics(power)),
    ...(stats !== undefined && {
      localStats: message(
        '1:uptime:u 4:packetsSent:u 5:packetsReceived:u 6:packetsBad:u 7:nodesOnline:u 8:nodes:u',
        stats,
      ),
    }),
    ...(health !== undefined && message('1:heartRate:u 2:spo2:u 3:temperature:f', health)),
  };
  const when = seconds(time);
  return { values, ...(when && { time: when }) };
}

function waypoint(bytes: unknown): Values {
  const { lat, lon, ...rest } = message('1:id:u 2:lat:y 3:lon:y 4:expire:u 6:name:s 7:description:s', bytes);
  return { waypoint: { ...rest, latitude: Number(lat ?? 0) / 1e7, longitude: Number(lon ?? 0) / 1e7 } };
}

function routing(bytes: unknown): Values {
  const { errorReason } = message('3:errorReason:u', bytes);
  return errorReason === undefined ? {} : { errorReason, delivered: errorReason === 0 };
}

function neighbours(bytes: unknown): Values {
  const fields = bytes instanceof Uint8Array ? protobuf(bytes) : [];
  const list = fields
    .filter(({ field, wire }) => field === 4 && wire === 2)
    .map(({ value }) => message('1:number:u 2:snr:f', value))
    .map(({ number, snr }) => ({ node: nodeName(number), snr }));
  return { neighbours: list };
}

/** Applications by their port, and how their payload is read. */
const ports: Record<number, [name: string, read?: (payload: Uint8Array) => Result]> = {
  1: ['TEXT_MESSAGE_APP', (payload) => ({ values: { message: utf8(payload) } })],
  2: ['REMOTE_HARDWARE_APP'],
  3: ['POSITION_APP', position],
  4: ['NODEINFO_APP', (payload) => ({ values: user(payload) })],
  5: ['ROUTING_APP', (payload) => ({ values: routing(payload) })],
  6: ['ADMIN_APP'],
  7: ['TEXT_MESSAGE_COMPRESSED_APP'],
  8: ['WAYPOINT_APP', (payload) => ({ values: waypoint(payload) })],
  9: ['AUDIO_APP'],
  10: ['DETECTION_SENSOR_APP', (payload) => ({ values: { message: utf8(payload), alarm: 'movement' } })],
  32: ['REPLY_APP'],
  33: ['IP_TUNNEL_APP'],
  34: ['PAXCOUNTER_APP', (payload) => ({ values: message('1:wifi:u 2:ble:u 3:uptime:u', payload) })],
  64: ['SERIAL_APP'],
  65: ['STORE_FORWARD_APP'],
  66: ['RANGE_TEST_APP', (payload) => ({ values: { message: utf8(payload) } })],
  67: ['TELEMETRY_APP', telemetry],
  70: ['TRACEROUTE_APP'],
  71: ['NEIGHBORINFO_APP', (payload) => ({ values: neighbours(payload) })],
  72: ['ATAK_PLUGIN'],
  73: ['MAP_REPORT_APP'],
  256: ['PRIVATE_APP'],
};

function packet(bytes: unknown, old: boolean): Result {
  const common =
    '1:from:x 2:to:x 3:channel:u 4:decoded:m 5:encrypted:h 6:packetId:x 7:rxTime:x 8:snr:f 14:viaMqtt:b';
  const layout = old ? '10:hopLimit:u 13:rssi:i' : '9:hopLimit:u 12:rssi:i';
  const { from, to, decoded, rxTime, ...rest } = message(`${common} ${layout}`, bytes);
  const head = {
    ...(from !== undefined && { node: nodeName(from), nodeNumber: from, deviceId: nodeName(from) }),
    ...(to !== undefined && { to: nodeName(to) }),
    ...rest,
  };
  const content = data(decoded);
  const time = content.time ?? seconds(rxTime);
  return { values: { ...head, ...content.values }, ...(time && { time }) };
}

function data(bytes: unknown): Result {
  if (!(bytes instanceof Uint8Array)) return { values: {} };
  const layout = '1:port:u 2:payload:m 3:wantResponse:b 6:requestId:x 7:replyId:x';
  const { port = 0, payload = new Uint8Array(), ...rest } = message(layout, bytes);
  const [portName, content] = ports[Number(port)] ?? [];
  const head = { port, ...(portName && { portName }), ...rest };
  if (content === undefined) return { values: { ...head, payload: hex(payload as Uint8Array) } };
  const { values, ...time } = content(payload as Uint8Array);
  // The number of the node stands in the packet.
  const { node, deviceId, ...others } = values;
  return { values: { ...head, ...others }, ...time };
}

function nodeInfo(bytes: unknown): Result {
  const fields = bytes instanceof Uint8Array ? protobuf(bytes) : [];
  // Firmware 1.2: last heard in field 4, signal in field 7.
  const old = fields.some(({ field, wire }) => field === 7 && wire === 5);
  const layout = old ? '4:lastHeard:x 7:snr:f' : '4:snr:f 5:lastHeard:x 7:channel:u 8:viaMqtt:b 9:hopsAway:u';
  const { number, of, place, metrics, lastHeard, ...rest } = read(
    `1:number:u 2:of:m 3:place:m 6:metrics:m ${layout}`,
    fields,
  );
  const time = seconds(lastHeard);
  return {
    values: {
      node: nodeName(number),
      nodeNumber: number,
      deviceId: nodeName(number),
      ...user(of),
      ...(place !== undefined && position(place).values),
      ...(metrics !== undefined && deviceMetrics(metrics)),
      ...rest,
      ...(time && { lastHeard: time.toISOString() }),
    },
    ...(time && { time }),
  };
}

function myInfo(bytes: unknown, ctx: Context): Values {
  const layout = '1:number:u 6:firmware:s 8:rebootCount:u 12:serial:h 13:model:s';
  const { number, ...rest } = message(layout, bytes);
  if (typeof number === 'number') ctx.state.own = number;
  return { node: nodeName(number), nodeNumber: number, deviceId: nodeName(number), ...rest };
}

// --- frames ---------------------------------------------------------------------------------------------------------------

/** What the radio sends, by its field. */
const variants: Record<number, [kind: string, read: (field: Field, ctx: Context) => Result]> = {
  2: ['packet', ({ value }) => packet(value, false)],
  3: ['myInfo', ({ value }, ctx) => ({ values: myInfo(value, ctx) })],
  4: ['nodeInfo', ({ value }) => nodeInfo(value)],
  5: ['config', () => ({ values: {} })],
  6: ['log', ({ value }) => logRecord(value)],
  7: ['configComplete', ({ value }) => ({ values: { configId: Number(value) } })],
  8: ['rebooted', ({ value }) => ({ values: { rebooted: value !== 0 } })],
  9: ['moduleConfig', () => ({ values: {} })],
  10: ['channel', ({ value }) => ({ values: channel(value) })],
  11: [
    'queueStatus',
    ({ value }) => ({ values: message('2:queueFree:u 3:queueLength:u 4:packetId:u', value) }),
  ],
  12: ['xmodem', () => ({ values: {} })],
  13: ['metadata', ({ value }) => ({ values: message('1:firmware:s 7:role:u 9:hardwareModel:u', value) })],
  14: ['mqtt', () => ({ values: {} })],
  15: ['file', () => ({ values: {} })],
  16: ['notification', ({ value }) => ({ values: message('3:level:u 4:message:s', value) })],
};

function logRecord(bytes: unknown): Result {
  const { time, ...rest } = message('1:message:s 2:time:x 4:level:u', bytes);
  const when = seconds(time);
  return { values: rest, ...(when && { time: when }) };
}

function channel(bytes: unknown): Values {
  const { index = 0, settings, role } = message('1:index:u 2:settings:m 3:role:u', bytes);
  return { channel: index, ...message('3:name:s', settings), ...(role !== undefined && { role }) };
}

/** A packet of firmware 1.2 stands where later ones have the state of the queue: its first field is a fixed number. */
function isOldPacket({ field, value }: Field): boolean {
  return field === 11 && value instanceof Uint8Array && protobuf(value)[0]?.wire === 5;
}

export function uplink(bytes: Uint8Array, ctx: Context) {
  const content = bytes.subarray(4);
  const fields = protobuf(content);
  const shown = fields.map(({ field, value }) =>
    value instanceof Uint8Array ? { field, bytes: hex(value) } : { field, value: Number(value) },
  );
  const main = fields.find(({ field }) => variants[field] !== undefined);
  const common = { length: content.length, protobufFields: shown };
  if (main === undefined) return { values: common };
  const old = isOldPacket(main);
  const [kind, of] = variants[main.field] as (typeof variants)[number];
  const { values, time } = old ? packet(main.value, true) : of(main, ctx);
  const node = values.node;
  return {
    values: { ...common, kind: old ? 'packet' : kind, ...values },
    ...(time && { time }),
    ...(ctx.type === 'gateway' && typeof node === 'string' && { device: node }),
  };
}

// --- what is sent ---------------------------------------------------------------------------------------------------------

const varintField = (field: number, value: number): Uint8Array =>
  concat(toVarint(field * 8), toVarint(value));
const fixedField = (field: number, value: number): Uint8Array =>
  concat(toVarint(field * 8 + 5), le(value, 4));
const bytesField = (field: number, bytes: Uint8Array): Uint8Array =>
  concat(toVarint(field * 8 + 2), toVarint(bytes.length), bytes);

function frame(...fields: Uint8Array[]): Uint8Array {
  const content = concat(...fields);
  if (content.length > 512) throw new Error(`a message has 512 bytes at most, not ${content.length}`);
  return concat([0x94, 0xc3], be(content.length, 2), content);
}

const wantConfig = ({ parameters }: Context): Uint8Array =>
  frame(varintField(3, Number(parameters.configId ?? 69_420)));

/** Bytes that wake the radio and the question for its configuration; later heartbeats, which are not answered. */
export function poll(ctx: Context) {
  if (ctx.state.asked) return { send: frame(bytesField(7, new Uint8Array())), answer: false as const };
  ctx.state.asked = true;
  return { send: concat(new Uint8Array(32).fill(0xc3), wantConfig(ctx)), answer: false as const };
}

function nodeNumber(text: unknown): number {
  const match = /^!?([0-9a-f]{8})$/i.exec(String(text));
  if (match === null) throw new Error(`a node is as !28b5465c, not ${text}`);
  return Number.parseInt(match[1] as string, 16);
}

/** Numbers of packets must not come again soon: the time and a counter. */
function nextPacket(ctx: Context): number {
  const packet = (ctx.state.packet ?? Math.floor(ctx.time / 1_000)) + 1;
  ctx.state.packet = packet;
  return packet % 2 ** 32 || 1;
}

interface Sending {
  readonly to: unknown;
  readonly port: number;
  readonly payload: Uint8Array;
  readonly channel?: unknown;
  readonly wantResponse?: boolean;
}

function send(ctx: Context, { to, port, payload, channel = 0, wantResponse = false }: Sending): Uint8Array {
  const index = Number(channel);
  if (!Number.isInteger(index) || index < 0 || index > 7)
    throw new Error(`channel must be 0 to 7, not ${channel}`);
  const decoded = [
    varintField(1, port),
    bytesField(2, payload),
    ...(wantResponse ? [varintField(3, 1)] : []),
  ];
  const fields = [
    fixedField(2, nodeNumber(to)),
    ...(index > 0 ? [varintField(3, index)] : []),
    bytesField(4, concat(...decoded)),
    fixedField(6, nextPacket(ctx)),
    varintField(10, 1),
  ];
  return frame(bytesField(1, concat(...fields)));
}

const everyone = '!ffffffff';
const nothing = new Uint8Array();

const commands: Record<string, (params: Values, ctx: Context) => Uint8Array> = {
  text: ({ text, to = everyone, channel }, ctx) => {
    const payload = utf8Bytes(String(text ?? ''));
    if (payload.length === 0 || payload.length > 233) throw new Error('a text has 1 to 233 bytes');
    return send(ctx, { to, port: 1, payload, channel });
  },
  position: ({ to, channel }, ctx) =>
    send(ctx, { to, port: 3, payload: nothing, channel, wantResponse: true }),
  telemetry: ({ to, channel }, ctx) =>
    send(ctx, { to, port: 67, payload: nothing, channel, wantResponse: true }),
  traceroute: ({ to, channel }, ctx) =>
    send(ctx, { to, port: 70, payload: nothing, channel, wantResponse: true }),
  reboot: ({ to, seconds = 5 }, ctx) => {
    const own = ctx.state.own === undefined ? undefined : nodeName(ctx.state.own);
    const delay = Number(seconds);
    if (!Number.isInteger(delay) || delay < 0 || delay > 86_400)
      throw new Error('seconds must be 0 to 86400');
    return send(ctx, { to: to ?? own, port: 6, payload: varintField(97, delay) });
  },
  configuration: (_, ctx) => wantConfig(ctx),
  raw: ({ port, payload = '', to = everyone, channel }, ctx) => {
    if (!Number.isInteger(port) || Number(port) < 0 || Number(port) > 511)
      throw new Error('port must be 0 to 511');
    return send(ctx, { to, port: Number(port), payload: fromHex(String(payload)), channel });
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
