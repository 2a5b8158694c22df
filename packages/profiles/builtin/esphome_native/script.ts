/**
 * The native API of ESPHome.
 *
 *     00  LENGTH (varint)  TYPE (varint)  protobuf              plain
 *     01  LENGTH (2)  content                                   encrypted: Noise_NNpsk0_25519_ChaChaPoly_SHA256
 *         node's hello      01 NAME 00 [MAC 00]
 *         handshake         00 EPHEMERAL (32) TAG (16), or 01 and why it failed
 *         then              encrypted: TYPE (2) LENGTH (2) protobuf
 *
 * We say hello, ask what there is and subscribe to the states; pings and questions for the time are answered. Messages:
 * api.proto of aioesphomeapi.
 */
import {
  be,
  concat,
  decrypt,
  encrypt,
  f32le,
  f32leBytes,
  fromBase64,
  fromHex,
  hex,
  hmac,
  le,
  protobuf,
  sha256,
  toVarint,
  u16,
  u32le,
  utf8,
  utf8Bytes,
  varint,
  x25519,
} from 'fairlead:helpers';

type Values = Record<string, unknown>;
/** Name, identifier, platform, unit, class. */
type Entity = [name: string, objectId: string, platform: string, unit: string, deviceClass: string];
/** Keys in hex. Before the handshake ends: our private key, the chaining key and the hash; then both keys and counters. */
interface Noise {
  /** The node's hello came. */
  greeted?: boolean;
  own?: string;
  chain?: string;
  hash?: string;
  send?: string;
  receive?: string;
  sent?: number;
  received?: number;
}
interface Context {
  time: number;
  state: { asked?: boolean; noise?: Noise; entities?: Record<string, Entity> };
  parameters: { password?: string };
  secret?: string;
}

// --- messages -------------------------------------------------------------------------------------------------------------
// Fields as number:name:type, the types being u (number), b (true or false), f (float), x (fixed32), s (text).

const listed = '1:objectId:s 2:key:x 3:name:s';
const messages: Record<number, [name: string, fields: string, platform?: string]> = {
  2: ['HelloResponse', '1:major:u 2:minor:u 3:serverInfo:s 4:name:s'],
  4: ['ConnectResponse', '1:passwordWrong:b'],
  5: ['DisconnectRequest', ''],
  6: ['DisconnectResponse', ''],
  7: ['PingRequest', ''],
  8: ['PingResponse', ''],
  10: [
    'DeviceInfoResponse',
    '2:name:s 3:mac:s 4:version:s 5:compiled:s 6:model:s 8:projectName:s 9:projectVersion:s 12:manufacturer:s 13:friendlyName:s',
  ],
  12: ['ListEntitiesBinarySensorResponse', `${listed} 5:deviceClass:s`, 'binary_sensor'],
  13: ['ListEntitiesCoverResponse', `${listed} 8:deviceClass:s`, 'cover'],
  14: ['ListEntitiesFanResponse', listed, 'fan'],
  15: ['ListEntitiesLightResponse', listed, 'light'],
  16: ['ListEntitiesSensorResponse', `${listed} 6:unit:s 9:deviceClass:s`, 'sensor'],
  17: ['ListEntitiesSwitchResponse', `${listed} 9:deviceClass:s`, 'switch'],
  18: ['ListEntitiesTextSensorResponse', listed, 'text_sensor'],
  19: ['ListEntitiesDoneResponse', ''],
  21: ['BinarySensorStateResponse', '1:key:x 2:state:b 3:missing:b', 'binary_sensor'],
  22: ['CoverStateResponse', '1:key:x 3:state:f 4:tilt:f 5:currentOperation:u', 'cover'],
  23: [
    'FanStateResponse',
    '1:key:x 2:state:b 3:oscillating:b 5:direction:u 6:speedLevel:u 7:presetMode:s',
    'fan',
  ],
  24: [
    'LightStateResponse',
    '1:key:x 2:state:b 3:brightness:f 4:red:f 5:green:f 6:blue:f 7:white:f 8:colorTemperature:f 9:effect:s 11:colorMode:u',
    'light',
  ],
  25: ['SensorStateResponse', '1:key:x 2:state:f 3:missing:b', 'sensor'],
  26: ['SwitchStateResponse', '1:key:x 2:state:b', 'switch'],
  27: ['TextSensorStateResponse', '1:key:x 2:state:s 3:missing:b', 'text_sensor'],
  29: ['SubscribeLogsResponse', '1:level:u 3:message:s'],
  35: ['HomeassistantServiceResponse', '1:service:s 5:isEvent:b'],
  36: ['GetTimeRequest', ''],
  46: ['ListEntitiesClimateResponse', listed, 'climate'],
  47: [
    'ClimateStateResponse',
    '1:key:x 2:mode:u 3:currentTemperature:f 4:state:f 5:targetLow:f 6:targetHigh:f 8:action:u 9:fanMode:u 14:currentHumidity:f',
    'climate',
  ],
  49: ['ListEntitiesNumberResponse', `${listed} 11:unit:s 13:deviceClass:s`, 'number'],
  50: ['NumberStateResponse', '1:key:x 2:state:f 3:missing:b', 'number'],
  52: ['ListEntitiesSelectResponse', listed, 'select'],
  53: ['SelectStateResponse', '1:key:x 2:state:s 3:missing:b', 'select'],
  55: ['ListEntitiesSirenResponse', listed, 'siren'],
  56: ['SirenStateResponse', '1:key:x 2:state:b', 'siren'],
  58: ['ListEntitiesLockResponse', listed, 'lock'],
  59: ['LockStateResponse', '1:key:x 2:state:u', 'lock'],
  61: ['ListEntitiesButtonResponse', `${listed} 8:deviceClass:s`, 'button'],
  63: ['ListEntitiesMediaPlayerResponse', listed, 'media_player'],
  64: ['MediaPlayerStateResponse', '1:key:x 2:state:u 3:volume:f 4:muted:b', 'media_player'],
  94: ['ListEntitiesAlarmControlPanelResponse', listed, 'alarm_control_panel'],
  95: ['AlarmControlPanelStateResponse', '1:key:x 2:state:u', 'alarm_control_panel'],
  97: ['ListEntitiesTextResponse', listed, 'text'],
  98: ['TextStateResponse', '1:key:x 2:state:s 3:missing:b', 'text'],
  100: ['ListEntitiesDateResponse', listed, 'date'],
  101: ['DateStateResponse', '1:key:x 2:missing:b 3:year:u 4:month:u 5:day:u', 'date'],
  103: ['ListEntitiesTimeResponse', listed, 'time'],
  104: ['TimeStateResponse', '1:key:x 2:missing:b 3:hour:u 4:minute:u 5:second:u', 'time'],
  107: ['ListEntitiesEventResponse', `${listed} 8:deviceClass:s`, 'event'],
  108: ['EventResponse', '1:key:x 2:state:s', 'event'],
  109: ['ListEntitiesValveResponse', `${listed} 8:deviceClass:s`, 'valve'],
  110: ['ValveStateResponse', '1:key:x 2:state:f 3:currentOperation:u', 'valve'],
  112: ['ListEntitiesDateTimeResponse', listed, 'datetime'],
  113: ['DateTimeStateResponse', '1:key:x 2:missing:b 3:state:x', 'datetime'],
  116: ['ListEntitiesUpdateResponse', `${listed} 8:deviceClass:s`, 'update'],
  117: ['UpdateStateResponse', '1:key:x 2:missing:b 3:inProgress:b 6:state:s 7:latestVersion:s', 'update'],
};

const empty: Record<string, unknown> = { u: 0, b: false, f: 0, x: 0, s: '' };

/** Fields that do not stand in a message have their empty value. */
function readFields(layout: string, content: Uint8Array): Values {
  const found = new Map(protobuf(content).map((field) => [field.field, field]));
  const values: Values = {};
  for (const entry of layout === '' ? [] : layout.split(' ')) {
    const [number, name = '', type = ''] = entry.split(':');
    const field = found.get(Number(number));
    values[name] = field === undefined ? empty[type] : typed(type, field.value);
  }
  return values;
}

function typed(type: string, value: number | bigint | Uint8Array): unknown {
  if (!(value instanceof Uint8Array)) return type === 'b' ? Number(value) !== 0 : Number(value);
  if (type === 's') return utf8(value);
  if (value.length !== 4) throw new Error(`a field of ${value.length} bytes has the wrong type`);
  return type === 'f' ? shortest(f32le(value)) : u32le(value);
}

/** The shortest decimal number that is this float: 21.3 and not 21.299999237060547. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

// --- meaning --------------------------------------------------------------------------------------------------------------

/** Device classes with a name in the vocabulary, by their unit where there are several. */
const vocabulary: Record<string, [key: string, units?: Record<string, number>]> = {
  temperature: ['temperature', { '°C': 1 }],
  humidity: ['humidity'],
  pressure: ['pressure', { hPa: 1, kPa: 10, Pa: 0.01 }],
  atmospheric_pressure: ['pressure', { hPa: 1, kPa: 10, Pa: 0.01 }],
  voltage: ['voltage', { V: 1, mV: 0.001 }],
  current: ['current', { A: 1, mA: 0.001 }],
  power: ['power', { W: 1, kW: 1_000 }],
  energy: ['energy', { kWh: 1, Wh: 0.001 }],
  power_factor: ['powerFactor', { '%': 0.01, '': 1 }],
  frequency: ['frequency', { Hz: 1, kHz: 1_000 }],
  battery: ['battery'],
  illuminance: ['illuminance'],
  carbon_dioxide: ['co2'],
  signal_strength: ['rssi', { dBm: 1 }],
  door: ['door'],
  motion: ['motion'],
};

/** Room for the names of the entities in the state of the link. */
const entityBytes = 2_400;

function listedEntity(
  ctx: Context,
  platform: string,
  { key, name, objectId, unit = '', deviceClass = '' }: Values,
): Values {
  const entities = ctx.state.entities ?? {};
  const entity = [name, objectId, platform, unit, deviceClass] as Entity;
  if (JSON.stringify(entities).length + JSON.stringify(entity).length < entityBytes)
    entities[String(key)] = entity;
  ctx.state.entities = entities;
  return {
    key,
    platform,
    name,
    objectId,
    ...(unit !== '' && { unit }),
    ...(deviceClass !== '' && { deviceClass }),
  };
}

function entityState(ctx: Context, platform: string, { key, state, missing, ...attributes }: Values): Values {
  const [name, objectId, , unit = '', deviceClass = ''] = ctx.state.entities?.[String(key)] ?? [];
  const head = { key, platform, ...(name !== undefined && { name, objectId }), ...(unit && { unit }) };
  if (missing === true || Number.isNaN(state)) return { ...head, missing: true };
  const given = Object.entries(attributes).filter(([, value]) => !Number.isNaN(value));
  const rest = given.length > 0 ? { attributes: Object.fromEntries(given) } : {};
  if (state === undefined) return { ...head, ...rest };
  const [common, units] = vocabulary[deviceClass] ?? [];
  const scale = units === undefined ? 1 : units[unit];
  const named = common !== undefined && scale !== undefined;
  return {
    ...head,
    state,
    ...rest,
    ...(named && { [common]: typeof state === 'number' ? state * scale : state }),
  };
}

function meaning(type: number, read: Values, ctx: Context): Values {
  const platform = messages[type]?.[2];
  if (platform !== undefined)
    return 'objectId' in read ? listedEntity(ctx, platform, read) : entityState(ctx, platform, read);
  const { major, minor, serverInfo, version, projectName, projectVersion, isEvent, service, ...rest } = read;
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== '')),
    ...(major !== undefined && { apiVersion: `${major}.${minor}`, firmware: serverInfo }),
    ...(version !== undefined && { firmware: version }),
    ...(projectName ? { project: `${projectName} ${projectVersion}` } : {}),
    ...(read.mac ? { deviceId: read.mac } : {}),
  };
}

/** Entries of a map: key and value. */
function mapOf(content: Uint8Array, field: number): Values {
  const entries = protobuf(content).filter((of) => of.field === field && of.value instanceof Uint8Array);
  return Object.fromEntries(
    entries.map(({ value }) => {
      const pair = readFields('1:key:s 2:value:s', value as Uint8Array);
      return [pair.key, pair.value];
    }),
  );
}

/** What we owe the node. */
function answer(type: number, ctx: Context): Uint8Array | undefined {
  if (type === 2) {
    const password = ctx.parameters.password ?? '';
    const connect = password === '' ? [] : [text(1, password)];
    return concat(message(ctx, 3, ...connect), message(ctx, 9), message(ctx, 11), message(ctx, 20));
  }
  if (type === 5) return message(ctx, 6);
  if (type === 7) return message(ctx, 8);
  if (type === 36) return message(ctx, 37, fixed(1, Math.floor(ctx.time / 1_000)));
  return undefined;
}

function decoded(type: number, content: Uint8Array, ctx: Context) {
  const [messageName, layout] = messages[type] ?? [];
  const head = { type, ...(messageName && { messageName }), length: content.length };
  const reply = answer(type, ctx);
  const owed = reply === undefined ? {} : { reply };
  if (layout === undefined) return { values: { ...head, data: hex(content) }, ...owed };
  let read: Values;
  try {
    read = readFields(layout, content);
  } catch {
    // Nothing of a message that is no protobuf is believed.
    return { values: { ...head, data: hex(content) }, ...owed };
  }
  if (type === 35) {
    const params = mapOf(content, 2);
    return { kind: 'events', values: { method: String(read.service), params } };
  }
  return { values: { ...head, ...meaning(type, read, ctx) }, ...owed };
}

// --- encryption -----------------------------------------------------------------------------------------------------------

const basePoint = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 9 : 0));
const protocol = 'Noise_NNpsk0_25519_ChaChaPoly_SHA256';

function hkdf(chain: Uint8Array, input: Uint8Array, count: 2 | 3): Uint8Array[] {
  const secret = hmac('sha256', chain, input);
  const out: Uint8Array[] = [];
  for (let i = 1; i <= count; i++) out.push(hmac('sha256', secret, concat(out.at(-1) ?? '', i)));
  return out;
}

/** Four zero bytes and the counter, lowest byte first. */
const nonce = (counter: number): Uint8Array => concat([0, 0, 0, 0], le(counter, 8));

/** The symmetric state of the handshake. */
class Handshake {
  chain: Uint8Array;
  hash: Uint8Array;
  #key = new Uint8Array(32);

  constructor(chain: Uint8Array, hash: Uint8Array) {
    this.chain = chain;
    this.hash = hash;
  }

  mixHash(data: Uint8Array): void {
    this.hash = sha256(concat(this.hash, data));
  }

  mixKey(data: Uint8Array): void {
    [this.chain, this.#key] = hkdf(this.chain, data, 2) as [Uint8Array, Uint8Array<ArrayBuffer>];
  }

  mixKeyAndHash(data: Uint8Array): void {
    const [chain, hash, key] = hkdf(this.chain, data, 3) as [Uint8Array, Uint8Array, Uint8Array<ArrayBuffer>];
    this.chain = chain;
    this.mixHash(hash);
    this.#key = key;
  }

  /** The key is new each time: its counter is 0. */
  sealed(): Uint8Array {
    const tag = encrypt('chacha20poly1305', this.#key, new Uint8Array(), { iv: nonce(0), aad: this.hash });
    this.mixHash(tag);
    return tag;
  }

  open(tag: Uint8Array): void {
    decrypt('chacha20poly1305', this.#key, tag, { iv: nonce(0), aad: this.hash });
    this.mixHash(tag);
  }
}

function preSharedKey({ secret }: Context): Uint8Array {
  const key = fromBase64(secret ?? '');
  if (key.length !== 32) throw new Error('the secret is the encryption key of the node: 32 bytes in base64');
  return key;
}

const noiseFrame = (content: Uint8Array): Uint8Array => concat(1, be(content.length, 2), content);

/** Our hello, which is empty, and the first message of the handshake. */
function begin(ctx: Context): Uint8Array {
  const name = sha256(utf8Bytes(protocol));
  const handshake = new Handshake(name, name);
  handshake.mixHash(concat('NoiseAPIInit', [0, 0]));
  handshake.mixKeyAndHash(preSharedKey(ctx));
  // Scripts have no random numbers: the key and the time take their place.
  const own = sha256(concat(preSharedKey(ctx), ` ${ctx.time}`));
  const ephemeral = x25519(own, basePoint);
  handshake.mixHash(ephemeral);
  handshake.mixKey(ephemeral);
  const tag = handshake.sealed();
  ctx.state.noise = { own: hex(own), chain: hex(handshake.chain), hash: hex(handshake.hash) };
  return concat(noiseFrame(new Uint8Array()), noiseFrame(concat(0, ephemeral, tag)));
}

/** The node's part of the handshake: both keys, and the first message with them. */
function finish(content: Uint8Array, noise: Noise, ctx: Context) {
  if (content[0] !== 0)
    throw new Error(`the node refused the handshake: ${utf8(content.subarray(1)).slice(0, 80)}`);
  if (content.length !== 49) throw new Error(`the handshake has 49 bytes, not ${content.length}`);
  const handshake = new Handshake(fromHex(noise.chain ?? ''), fromHex(noise.hash ?? ''));
  const ephemeral = content.slice(1, 33);
  handshake.mixHash(ephemeral);
  handshake.mixKey(ephemeral);
  handshake.mixKey(x25519(fromHex(noise.own ?? ''), ephemeral));
  handshake.open(content.slice(33));
  const [send, receive] = hkdf(handshake.chain, new Uint8Array(), 2) as [Uint8Array, Uint8Array];
  ctx.state.noise = { send: hex(send), receive: hex(receive), sent: 0, received: 0 };
  return { values: { length: content.length, payload: hex(content), encrypted: true }, reply: hello(ctx) };
}

function encrypted(bytes: Uint8Array, ctx: Context) {
  const content = bytes.subarray(3);
  const { noise } = ctx.state;
  const head = { length: content.length, payload: hex(content) };
  if (noise?.receive !== undefined) {
    const counter = noise.received ?? 0;
    const clear = decrypt('chacha20poly1305', fromHex(noise.receive), content, { iv: nonce(counter) });
    noise.received = counter + 1;
    const [type, length] = [u16(clear), u16(clear, 2)];
    if (length !== clear.length - 4) throw new Error(`a content of ${clear.length - 4} bytes says ${length}`);
    return decoded(type, clear.subarray(4), ctx);
  }
  if (content[0] === 1 && content.length > 1 && !noise?.greeted) {
    if (noise !== undefined) noise.greeted = true;
    const [name = '', mac = ''] = utf8(content.subarray(1)).split('\0');
    return { values: { ...head, name, ...(mac && { mac }) } };
  }
  if (noise?.own !== undefined) return finish(content, noise, ctx);
  return { values: head };
}

export function uplink(bytes: Uint8Array, ctx: Context) {
  if (bytes[0] === 1) return encrypted(bytes, ctx);
  const { size } = varint(bytes, 1);
  const type = varint(bytes, 1 + size);
  return decoded(Number(type.value), bytes.subarray(1 + size + type.size), ctx);
}

// --- what is sent ---------------------------------------------------------------------------------------------------------

const number = (field: number, value: number): Uint8Array => concat(toVarint(field * 8), toVarint(value));
const fixed = (field: number, value: number): Uint8Array => concat(toVarint(field * 8 + 5), le(value, 4));
const float = (field: number, value: number): Uint8Array =>
  concat(toVarint(field * 8 + 5), f32leBytes(value));
const yes = (field: number, value: unknown): Uint8Array => number(field, value ? 1 : 0);

function text(field: number, value: unknown): Uint8Array {
  const bytes = utf8Bytes(String(value));
  return concat(toVarint(field * 8 + 2), toVarint(bytes.length), bytes);
}

function message({ state }: Context, type: number, ...fields: Uint8Array[]): Uint8Array {
  const content = concat(...fields);
  const { noise } = state;
  if (noise?.send === undefined) return concat(0, toVarint(content.length), toVarint(type), content);
  const clear = concat(be(type, 2), be(content.length, 2), content);
  const counter = noise.sent ?? 0;
  noise.sent = counter + 1;
  return noiseFrame(encrypt('chacha20poly1305', fromHex(noise.send), clear, { iv: nonce(counter) }));
}

const hello = (ctx: Context): Uint8Array => message(ctx, 1, text(1, 'Fairlead'), number(2, 1), number(3, 10));

/** Hello first, then a ping each time. */
export function poll(ctx: Context) {
  const { state } = ctx;
  if (!state.asked) {
    state.asked = true;
    return { send: ctx.secret ? begin(ctx) : hello(ctx), data: 'hello' };
  }
  if (state.noise !== undefined && state.noise.send === undefined) return undefined;
  return {
    send: message(ctx, 7),
    ...(state.noise ? {} : { expect: [{ at: 0, bytes: '000008' }] }),
    data: 'ping',
  };
}

function found(ctx: Context, wanted: unknown): [key: number, platform: string] {
  for (const [key, [name, objectId, platform]] of Object.entries(ctx.state.entities ?? {}))
    if (wanted === Number(key) || wanted === name || wanted === objectId) return [Number(key), platform];
  throw new Error(`the node has no entity ${wanted}`);
}

function finite(value: unknown): number {
  if (!Number.isFinite(Number(value))) throw new Error(`not a number: ${value}`);
  return Number(value);
}

/** Command of a platform and the fields of a value. */
const setters: Record<string, [type: number, fields: (value: unknown) => Uint8Array[]]> = {
  switch: [33, (value) => [yes(2, value)]],
  number: [51, (value) => [float(2, finite(value))]],
  select: [54, (value) => [text(2, value)]],
  text: [99, (value) => [text(2, value)]],
  lock: [60, (value) => [number(2, value ? 1 : 0)]],
  siren: [57, (value) => [yes(2, true), yes(3, value)]],
  fan: [31, (value) => [yes(2, true), yes(3, value)]],
  light: [32, light],
  cover: [30, (value) => [yes(4, true), float(5, finite(value))]],
  valve: [111, (value) => [yes(2, true), float(3, finite(value))]],
  climate: [48, (value) => [yes(4, true), float(5, finite(value))]],
};

/** On or off, or a brightness of 0 to 1. */
function light(value: unknown): Uint8Array[] {
  if (typeof value !== 'number') return [yes(2, true), yes(3, value)];
  return [yes(2, true), yes(3, value > 0), yes(4, true), float(5, value)];
}

function set(ctx: Context, entity: unknown, value: unknown): Uint8Array {
  const [key, platform] = found(ctx, entity);
  const setter = setters[platform];
  if (setter === undefined) throw new Error(`a ${platform} cannot be set`);
  return message(ctx, setter[0], fixed(1, key), ...setter[1](value));
}

export function downlink(
  { kind, values }: { kind?: string; values: { method?: unknown; params?: Values } & Values },
  ctx: Context,
): Uint8Array | Uint8Array[] {
  if (kind === 'attributes') return Object.entries(values).map(([entity, value]) => set(ctx, entity, value));
  const { entity, value } = values.params ?? {};
  switch (values.method) {
    case 'set':
      return set(ctx, entity, value);
    case 'press':
      return message(ctx, 62, fixed(1, found(ctx, entity)[0]));
    case 'stop':
      return message(ctx, 30, fixed(1, found(ctx, entity)[0]), yes(8, true));
    case 'ping':
      return message(ctx, 7);
    case 'states':
      return concat(message(ctx, 11), message(ctx, 20));
    default:
      throw new Error(`no such command: ${values.method}`);
  }
}
