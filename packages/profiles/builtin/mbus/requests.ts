// The frames that are sent to an M-Bus device.

import { be, type Context, concat, fromHex, le, sum8, toBcdle } from 'fairlead:helpers';

/** The bit that tells a new request from a repeated one changes each time. */
export function ask(address: number, ctx: Context): Uint8Array {
  const key = `toggle${address}`;
  ctx.state[key] = !ctx.state[key];
  return short(ctx.state[key] ? 0x7b : 0x5b, address);
}

export function short(control: number, address: number): Uint8Array {
  const body = concat(control, be(address, 1));
  return concat(0x10, body, sum8(body), 0x16);
}

export function long(control: number, address: number, data: Uint8Array): Uint8Array {
  const body = concat(control, be(address, 1), data);
  return concat(0x68, le(body.length, 1), le(body.length, 1), 0x68, body, sum8(body), 0x16);
}

/** Selects by the secondary address: the id, any maker, version and medium. F stands for any digit. */
export function select(id: string): Uint8Array {
  if (!/^[\dF]{8}$/i.test(id)) throw new Error(`not a secondary address of 8 digits: ${id.slice(0, 20)}`);
  const digits = /^\d+$/.test(id) ? toBcdle(id, 4) : fromHex(id).reverse();
  return long(0x53, 253, concat(0x52, digits, fromHex('ffffffff')));
}
