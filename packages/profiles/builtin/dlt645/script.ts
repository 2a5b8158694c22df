/*
 * Electricity meters by DL/T 645-2007, and by its edition of 1997 (two-byte identifiers).
 *
 *     FE..  68  ADDRESS (6, BCD, low byte first)  68  CONTROL  LENGTH  data (each byte + 33)  SUM  16
 *
 *     CONTROL  bits 0 to 4: function (11 read, 12 read on, 13 address, 14 write, 1C relay, 08 time)
 *              80: from the meter   40: refused   20: more follows
 *     data     identifier (4, low byte first), then the value in BCD, low byte first; its highest bit may be the sign
 */
import {
  type Context,
  concat,
  type Downlink,
  fromHex,
  hex,
  type Identity,
  latin1,
  type Request,
  type Result,
  u8,
} from 'fairlead:helpers';
import {
  addressBytes,
  addressOf,
  authority,
  clock,
  ERRORS,
  frame,
  READ,
  READ_ADDRESS,
  READ_ON,
  RELAY,
  START,
  TIME,
  WRITE,
} from './frames.ts';
import { formOf, place, type Values } from './items.ts';
import { decoded, raw } from './values.ts';

/** The text with which a DTU registers, else the address of the meter. Frames of meters behind a DTU do not name it. */
export function identify(bytes: Uint8Array, ctx: Context): Identity | undefined {
  if (bytes[0] === START)
    return ctx.identity === undefined || ADDRESS.test(ctx.identity) ? { id: addressOf(bytes) } : undefined;
  return { id: registrationOf(bytes), consumed: true };
}

const ADDRESS = /^[0-9a-f]{12}$/;

function registrationOf(bytes: Uint8Array): string {
  const text = latin1(bytes).trim();
  if (!/^[\w:.-]{4,64}$/.test(text)) throw new Error('neither a frame nor the text of a registration');
  return text;
}

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  if (bytes[0] !== START) return { values: { registration: registrationOf(bytes) } };
  const address = addressOf(bytes);
  const control = u8(bytes, 8);
  const data = bytes.slice(10, -2).map((byte) => byte - 0x33);
  const values: Values = { deviceId: address, address, control, ...content(control, data) };
  const result: Result = ctx.type === 'gateway' ? { device: address, values } : { values };
  const next = followUp(control, data, bytes);
  return next === undefined ? result : { ...result, reply: next };
}

function content(control: number, data: Uint8Array): Values {
  const code = control & 0x1f;
  if ((control & 0x40) !== 0) return refusal(data);
  const more: { more?: true } = (control & 0x20) !== 0 ? { more: true } : {};
  if (code === READ || code === 0x01) return { ...item(data, code === 0x01, more), ...more };
  if (code === READ_ON && (control & 0x80) !== 0)
    return { ...raw(data.subarray(0, -1)), sequence: u8(data, data.length - 1), ...more };
  if (code === READ_ADDRESS && data.length === 6) return { serial: hex(data.slice().reverse()) };
  return data.length === 0 ? {} : { data: hex(data) };
}

function refusal(data: Uint8Array): Values {
  const error = u8(data);
  const meaning = ERRORS.filter((_, bit) => (error >> bit) & 1).join(', ');
  return { error, meaning: meaning || 'refused' };
}

/** An identifier with its value; a request has no value. Identifiers of two bytes are those of 1997. */
function item(data: Uint8Array, old: boolean, more: { more?: true }): Values {
  const size = old || data.length < 4 ? 2 : 4;
  if (data.length < size) throw new Error('a data identifier is missing');
  const di = hex(data.slice(0, size).reverse());
  const rest = data.subarray(size);
  const form = formOf(di);
  if (rest.length === 0) return { di, ...(form && { item: form.item }) };
  if (form === undefined || more.more) return raw(data, size);
  return { di, item: form.item, ...place(di, form), ...decoded(di, form, rest) };
}

/** Asks for the rest of an answer that goes on. */
function followUp(control: number, data: Uint8Array, bytes: Uint8Array): Uint8Array | undefined {
  if ((control & 0xe0) !== 0xa0) return undefined;
  const sequence = (control & 0x1f) === READ_ON ? u8(data, data.length - 1) + 1 : 1;
  if (sequence > 0xff) throw new Error('an answer of too many frames');
  return frame(bytes.slice(1, 7), READ_ON, concat(data.subarray(0, 4), sequence), 0);
}

// --- what is sent -----------------------------------------------------------------------------------------------------

export function poll(ctx: Context): Request[] {
  const { addresses, items } = ctx.parameters as { addresses: string[]; items: string[] };
  return addresses.flatMap((address) => items.map((di) => read(String(address), String(di), ctx)));
}

function read(address: string, di: string, ctx: Context): Request {
  if (!/^([0-9a-f]{4}){1,2}$/i.test(di)) throw new Error(`not a data identifier: ${di.slice(0, 20)}`);
  const code = di.length === 4 ? 0x01 : READ;
  const wire = addressBytes(address);
  const expect = [{ at: 8, bytes: Uint8Array.of(code), mask: Uint8Array.of(0x1f) }];
  // A meter that is asked by the wildcard answers with its own address.
  return {
    send: frame(wire, code, fromHex(di).reverse(), Number(ctx.parameters.preamble)),
    expect: wire.includes(0xaa) ? expect : [{ at: 1, bytes: wire }, ...expect],
    data: { address, di },
  };
}

export function downlink({ values }: Downlink, ctx: Context): Uint8Array | undefined {
  const { method, params = {} } = values as { method?: string; params?: Record<string, unknown> };
  const { addresses, preamble } = ctx.parameters as { addresses: string[]; preamble: number };
  const address = String(params.address ?? addresses[0]);
  const send = (code: number, data: Uint8Array, to = address) =>
    frame(addressBytes(to), code, data, preamble);
  switch (method) {
    case 'read':
      return concat(read(address, String(params.di), ctx).send);
    case 'readAddress':
      return send(READ_ADDRESS, new Uint8Array(0), 'AAAAAAAAAAAA');
    case 'setTime':
      return send(TIME, clock(String(params.time)), '999999999999');
    case 'relay':
      return send(
        RELAY,
        concat(
          authority(ctx, true),
          params.on === true ? 0x1c : 0x1a,
          0,
          clock(String(params.until ?? '2099-12-31T23:59:59')),
        ),
      );
    case 'write':
      return send(
        WRITE,
        concat(fromHex(String(params.di)).reverse(), authority(ctx), fromHex(String(params.data)).reverse()),
      );
    default:
      return undefined;
  }
}
