// Frames that are sent.

import { be, type Context, concat, fromHex, hex, sum8, toBcdle } from 'fairlead:helpers';

export const START = 0x68;
export const [READ, READ_ON, READ_ADDRESS, WRITE, TIME, RELAY] = [0x11, 0x12, 0x13, 0x14, 0x08, 0x1c];
export const ERRORS = [
  'other error',
  'no such data',
  'wrong password',
  'baud rate cannot change',
  'too many year zones',
  'too many day zones',
  'too many tariffs',
];

export const addressOf = (bytes: Uint8Array): string => hex(bytes.slice(1, 7).reverse());

/** Level and password, then the operator. */
export function authority({ parameters }: Context, direct = false): Uint8Array {
  const digits = (text: unknown): string => {
    if (!/^\d{8}$/.test(String(text))) throw new Error('password and operator have 8 digits');
    return String(text);
  };
  const password = digits(parameters.password);
  const level =
    direct || password.startsWith('00') ? be(Number(parameters.level), 1) : toBcdle(password.slice(0, 2), 1);
  return concat(level, toBcdle(password.slice(2), 3), toBcdle(digits(parameters.operator), 4));
}

/** YYYY-MM-DDThh:mm:ss as the meter's clock shows it: ss mm hh DD MM YY. */
export function clock(text: string): Uint8Array {
  const [, digits] = /^\d\d(\d\d-\d\d-\d\dT\d\d:\d\d:\d\d)/.exec(text) ?? [];
  if (digits === undefined) throw new Error(`not a time such as 2024-01-01T08:00:00: ${text.slice(0, 40)}`);
  return toBcdle(digits.replace(/\D/g, ''), 6);
}

export function addressBytes(address: string): Uint8Array {
  if (!/^(\d|A){12}$/i.test(address)) throw new Error(`not an address of 12 digits: ${address.slice(0, 20)}`);
  return fromHex(address).reverse();
}

export function frame(address: Uint8Array, control: number, data: Uint8Array, preamble: number): Uint8Array {
  const body = concat(
    0x68,
    address,
    0x68,
    control,
    data.length,
    data.map((byte) => byte + 0x33),
  );
  return concat(new Uint8Array(preamble).fill(0xfe), body, sum8(body), 0x16);
}
