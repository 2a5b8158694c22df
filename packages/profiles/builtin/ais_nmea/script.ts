/**
 * AIS messages in NMEA sentences.
 *
 *     !AIVDM , parts , part , group , channel , payload , fill bits * CHECK CR LF
 *
 * The payload has six bits a character: type (6), repeat (2), MMSI (30), then what the type says. Some receivers put a
 * tag block before the sentence, some add fields after the checksum, of which the last is the Unix time.
 * Layouts: ITU-R M.1371-5; names of the fields: "AIVDM/AIVDO protocol decoding" (E. Raymond).
 */

import { concat, latin1, utf8Bytes, xor8 } from 'fairlead:helpers';
import type { Values } from './bits.ts';
import { decode } from './fields.ts';
import { explained, stationTime, vocabulary } from './meaning.ts';
import { type Context, checked, tagBlock, unixTime, wholePayload } from './sentences.ts';

export function uplink(bytes: Uint8Array, ctx: Context) {
  const line = latin1(bytes).trimEnd();
  const [, block, rest = line] = /^\\([^\\]*)\\(.*)$/.exec(line) ?? [];
  const tag = block === undefined ? undefined : tagBlock(block);
  if (!/^[$!]/.test(rest)) throw new Error(`a sentence begins with $ or !, this is ${rest.slice(0, 20)}`);
  const [body, after] = checked(rest.slice(1));
  const [head = '', ...fields] = body.split(',');
  const sentence = head.slice(2);
  const received = unixTime(tag?.c) ?? unixTime(after.split(',').at(-1));
  const common = { ...(tag && { tag }) };
  if (sentence !== 'VDM' && sentence !== 'VDO')
    return { values: { sentence: head, fields, ...common }, ...(received && { time: received }) };

  const payload = wholePayload(fields, sentence, ctx);
  if (payload === undefined) return undefined;
  const message = decode(payload, Number(fields[5] || 0));
  const time = stationTime(message) ?? received;
  const values = { ...vocabulary(message), sentence, channel: fields[3], ...common, ais: explained(message) };
  return {
    values,
    ...(time && { time }),
    ...(ctx.type === 'gateway' && { device: String(message.mmsi).padStart(9, '0') }),
  };
}

/** Six bits a character, armoured; and the bits that fill up the last character: none. */
function armouredText(text: string): string {
  let out = '';
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (code < 32 || code > 95)
      throw new Error(`AIS text has capital letters, digits and signs: ${character}`);
    const six = code > 63 ? code - 64 : code;
    out += String.fromCharCode(six < 40 ? six + 48 : six + 56);
  }
  return out;
}

/** ABM (addressed) and BBM (to all) of IEC 61162-1 take the text of messages 12 and 14. */
export function downlink({ values }: { values: { method?: unknown; params?: Values } }): Uint8Array {
  if (values.method !== 'text') throw new Error(`no such command: ${values.method}`);
  const { text, mmsi, channel = 0, group = 0 } = values.params ?? {};
  const data = armouredText(String(text).toUpperCase());
  if (data.length === 0 || data.length > 48) throw new Error('a text has 1 to 48 characters');
  if (!/^[0-3]$/.test(String(channel)) || !/^\d$/.test(String(group)))
    throw new Error('no such channel or group');
  if (mmsi !== undefined && !/^\d{1,9}$/.test(String(mmsi))) throw new Error(`not an MMSI: ${mmsi}`);
  const head =
    mmsi === undefined ? `AIBBM,1,1,${group},${channel},14` : `AIABM,1,1,${group},${mmsi},${channel},12`;
  const body = `${head},${data},0`;
  const sum = xor8(utf8Bytes(body)).toString(16).toUpperCase().padStart(2, '0');
  return concat(`!${body}*${sum}\r\n`);
}
