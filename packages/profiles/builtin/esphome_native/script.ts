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

import { concat, varint } from 'fairlead:helpers';
import { decoded } from './meaning.ts';
import type { Context, Values } from './messages.ts';
import { begin, encrypted } from './noise.ts';
import { fixed, found, hello, message, set, yes } from './requests.ts';

export function uplink(bytes: Uint8Array, ctx: Context) {
  if (bytes[0] === 1) return encrypted(bytes, ctx);
  const { size } = varint(bytes, 1);
  const type = varint(bytes, 1 + size);
  return decoded(Number(type.value), bytes.subarray(1 + size + type.size), ctx);
}

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
