// The APDUs that are sent to a DLMS meter.

import { be, type Context, concat, fromHex } from 'fairlead:helpers';
import { AARQ, GET } from './codes.ts';

export interface Wanted {
  readonly obis: string;
  readonly class?: number;
  readonly attribute?: number;
}

export function apduOf(
  method: string,
  params: Record<string, unknown>,
  ctx: Context,
): Uint8Array | undefined {
  const wanted = params as unknown as Wanted;
  const supply = { obis: '0.0.96.3.10.255', class: 70 };
  switch (method) {
    case 'associate':
      return associate(ctx);
    case 'release':
      return fromHex('6203800100');
    case 'get':
      return concat(GET, 1, 0xc1, object(wanted), 0);
    case 'set':
      return concat(0xc1, 1, 0xc1, object(wanted), 0, fromHex(String(params.data)));
    case 'disconnect':
      return concat(0xc3, 1, 0xc1, object({ ...supply, attribute: 1 }), 1, 0x0f, 0);
    case 'reconnect':
      return concat(0xc3, 1, 0xc1, object({ ...supply, attribute: 2 }), 1, 0x0f, 0);
    default:
      return undefined;
  }
}

export function object({ obis, class: kind = 3, attribute = 2 }: Wanted): Uint8Array {
  const parts = String(obis).split('.').map(Number);
  if (parts.length !== 6 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
    throw new Error(`not an OBIS code such as 1.0.1.8.0.255: ${String(obis).slice(0, 40)}`);
  return concat(be(kind, 2), parts, be(attribute, 1));
}

/** AARQ with logical names: without security, or with a password (low level security). */
export function associate({ parameters }: Context): Uint8Array {
  const password = String(parameters.password);
  const secret =
    password === ''
      ? []
      : concat(fromHex('8a0207808b0760857405080201ac'), password.length + 2, 0x80, password.length, password);
  const body = concat(
    fromHex('a109060760857405080101'),
    secret,
    fromHex('be10040e01000000065f1f0400001e1dffff'),
  );
  return concat(AARQ, body.length, body);
}

export const wrapped = (apdu: Uint8Array, { parameters }: Context): Uint8Array =>
  concat(
    be(1, 2),
    be(Number(parameters.client), 2),
    be(Number(parameters.server), 2),
    be(apdu.length, 2),
    apdu,
  );
