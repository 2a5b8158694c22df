/**
 * The stream API of Meshtastic radios.
 *
 *     94 c3  LENGTH (2, at most 512)  protobuf: FromRadio or ToRadio          bytes between frames are log text
 *
 * The client asks for the configuration (want_config_id) first; then packets of the mesh come as they are heard. Firmware 1.2 had
 * packets in field 11 and other fields in nodes and positions: the wire types tell. Messages: mesh.proto, telemetry.proto,
 * portnums.proto and admin.proto of Meshtastic.
 */
import { concat, hex, protobuf } from 'fairlead:helpers';
import { type Field, message, nodeName, seconds, type Values } from './fields.ts';
import { nodeInfo, packet } from './packets.ts';
import type { Result } from './ports.ts';
import { bytesField, type Context, commands, frame, wantConfig } from './sending.ts';

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

/** Bytes that wake the radio and the question for its configuration; later heartbeats, which are not answered. */
export function poll(ctx: Context) {
  if (ctx.state.asked) return { send: frame(bytesField(7, new Uint8Array())), answer: false as const };
  ctx.state.asked = true;
  return { send: concat(new Uint8Array(32).fill(0xc3), wantConfig(ctx)), answer: false as const };
}

export function downlink(
  { values }: { values: { method?: unknown; params?: Values } },
  ctx: Context,
): Uint8Array {
  const command = commands[String(values.method)];
  if (command === undefined) throw new Error(`no such command: ${values.method}`);
  return command(values.params ?? {}, ctx);
}
