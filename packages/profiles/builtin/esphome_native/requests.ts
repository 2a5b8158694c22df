// The messages that are sent to an ESPHome device.

import { be, concat, encrypt, f32leBytes, fromHex, le, toVarint, utf8Bytes } from 'fairlead:helpers';
import { type Context, noiseFrame, nonce } from './messages.ts';

const number = (field: number, value: number): Uint8Array => concat(toVarint(field * 8), toVarint(value));

export const fixed = (field: number, value: number): Uint8Array =>
  concat(toVarint(field * 8 + 5), le(value, 4));

const float = (field: number, value: number): Uint8Array =>
  concat(toVarint(field * 8 + 5), f32leBytes(value));

export const yes = (field: number, value: unknown): Uint8Array => number(field, value ? 1 : 0);

export function text(field: number, value: unknown): Uint8Array {
  const bytes = utf8Bytes(String(value));
  return concat(toVarint(field * 8 + 2), toVarint(bytes.length), bytes);
}

export function message({ state }: Context, type: number, ...fields: Uint8Array[]): Uint8Array {
  const content = concat(...fields);
  const { noise } = state;
  if (noise?.send === undefined) return concat(0, toVarint(content.length), toVarint(type), content);
  const clear = concat(be(type, 2), be(content.length, 2), content);
  const counter = noise.sent ?? 0;
  noise.sent = counter + 1;
  return noiseFrame(encrypt('chacha20poly1305', fromHex(noise.send), clear, { iv: nonce(counter) }));
}

export const hello = (ctx: Context): Uint8Array =>
  message(ctx, 1, text(1, 'Fairlead'), number(2, 1), number(3, 10));

export function found(ctx: Context, wanted: unknown): [key: number, platform: string] {
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

export function set(ctx: Context, entity: unknown, value: unknown): Uint8Array {
  const [key, platform] = found(ctx, entity);
  const setter = setters[platform];
  if (setter === undefined) throw new Error(`a ${platform} cannot be set`);
  return message(ctx, setter[0], fixed(1, key), ...setter[1](value));
}
