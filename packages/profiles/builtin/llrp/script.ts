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
  type Context,
  concat,
  type Downlink,
  type Request,
  type Result,
  u8,
  u16,
  u32,
} from 'fairlead:helpers';
import { CUSTOM, KEEPALIVE, KEEPALIVE_ACK, NAMES, REPORT, ROSPEC } from './codes.ts';
import { meaning, parametersOf, shown, type Values } from './parameters.ts';
import { ask, keepaliveSpec, message, nextId, parameter, rospec } from './requests.ts';
import { report } from './tags.ts';

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

// --- what is sent -----------------------------------------------------------------------------------------------------

export function poll(ctx: Context): Request[] {
  if (ctx.state.started === true) return [];
  ctx.state.started = true;
  const { inventory, keepalive } = ctx.parameters as { inventory: boolean; keepalive: number };
  const requests = [ask(1, Uint8Array.of(1), ctx), ask(3, keepaliveSpec(keepalive), ctx)];
  if (!inventory) return requests;
  return [...requests, ask(21, be(ROSPEC, 4), ctx), ask(20, rospec(ctx), ctx), ask(24, be(ROSPEC, 4), ctx)];
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
