// Deciphering of DLMS APDUs.

import { be, type Context, concat, decrypt, fromHex, u8 } from 'fairlead:helpers';

/** SC says what is done: 10 authenticated with a tag of 12 bytes, 20 encrypted. The nonce is the title and the counter. */
export function deciphered(body: Uint8Array, title: Uint8Array, ctx: Context): Uint8Array {
  const [control, counter, rest] = [u8(body), body.subarray(1, 5), body.subarray(5)];
  const key = fromHex(ctx.secret as string);
  const iv = concat(title, counter);
  if ((control & 0x80) !== 0) throw new Error('compressed APDUs are not decoded');
  // Without a tag GCM is counter mode, whose second block is the first of the data.
  if ((control & 0x30) === 0x20) return decrypt('aes-ctr', key, rest, { iv: concat(iv, be(2, 4)) });
  if ((control & 0x10) === 0) return rest;
  const authentication = fromHex(String(ctx.parameters.authenticationKey));
  if (authentication.length === 0) throw new Error('the parameter authenticationKey is missing');
  if (rest.length < 12) throw new Error('the tag is cut off');
  const [data, tag] = [rest.subarray(0, -12), rest.subarray(-12)];
  if ((control & 0x20) !== 0)
    return decrypt('aes-gcm', key, data, { iv, aad: concat(control, authentication), tag });
  decrypt('aes-gcm', key, new Uint8Array(0), { iv, aad: concat(control, authentication, data), tag });
  return data;
}
