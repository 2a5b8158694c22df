/**
 * NMEA 0183 sentences.
 *
 *     \ tag block * CHECK \   $ or !   TALKER (2) TYPE (3)  , field , field ..   * CHECK   CR LF
 *
 * CHECK is the exclusive or of what stands between the marks, in hex. Some devices leave it out. An empty field means
 * that the value is not known. Layouts: IEC 61162-1 (NMEA 0183 version 4.11), and "NMEA Revealed" for what is older.
 */
import { latin1, utf8Bytes, xor8 } from 'fairlead:helpers';
import { command } from './commands.ts';
import type { Context, Sentence, Values } from './readers.ts';
import { read, sentences } from './sentences.ts';

// --- frames ---------------------------------------------------------------------------------------------------------------

/** The text before the asterisk, once the checksum after it is right. */
function checked(line: string): string {
  const star = line.indexOf('*');
  if (star < 0) return line;
  const digits = line.slice(star + 1).trim();
  if (!/^[0-9a-f]{2}$/i.test(digits)) throw new Error(`not a checksum: ${digits}`);
  const body = line.slice(0, star);
  const sum = xor8(Uint8Array.from(body, (character) => character.charCodeAt(0)));
  if (sum !== Number.parseInt(digits, 16))
    throw new Error(`checksum is ${sum.toString(16)}, the sentence says ${digits}`);
  return body;
}

/** Parameters of a tag block, by their letter. */
function tagBlock(line: string): Values {
  const tag: Values = {};
  for (const parameter of checked(line).split(',')) {
    const [letter = '', ...rest] = parameter.split(':');
    if (rest.length === 0) throw new Error(`not a parameter of a tag block: ${parameter}`);
    tag[letter] = rest.join(':');
  }
  return tag;
}

function tagTime(tag: Values): Date | undefined {
  const seconds = Number(tag.c);
  if (!Number.isFinite(seconds) || seconds <= 0) return undefined;
  // Some devices give milliseconds.
  return new Date(seconds > 1e11 ? seconds : seconds * 1_000);
}

/** TALKER and type; a proprietary address is a type of its own, and xxyyQ asks yy for a sentence. */
function address(head: string): { talker: string; type: string } {
  if (!/^[A-Z0-9]{3,12}$/.test(head)) throw new Error(`not an address: ${head}`);
  if (head.startsWith('P')) return { talker: 'P', type: head };
  if (head.length === 5 && head.endsWith('Q')) return { talker: head.slice(0, 2), type: 'Q' };
  return { talker: head.slice(0, 2), type: head.slice(2) };
}

export function uplink(bytes: Uint8Array, ctx: Context) {
  const line = latin1(bytes).trimEnd();
  const tagged = /^\\([^\\]*)\\(.*)$/.exec(line);
  const tag = tagged === null ? undefined : tagBlock(tagged[1] as string);
  const rest = tagged === null ? line : (tagged[2] as string);
  if (!/^[$!]/.test(rest)) throw new Error(`a sentence begins with $ or !, this is ${rest.slice(0, 20)}`);
  const [head = '', ...fields] = checked(rest.slice(1)).split(',');
  const { talker, type } = address(head);
  const sentence: Sentence = { type, fields, ctx };
  const entries = sentences.get(type === 'VTG' && fields.length === 4 ? 'VTG of 4' : type);
  const values: Values = { talker, type, fields, ...(entries && read(entries, sentence)) };
  if (tag !== undefined) values.tag = tag;
  const time = sentence.time ?? (tag && tagTime(tag));
  return { values, ...(time && { time }) };
}

export function downlink({ values }: { values: { method?: unknown; params?: Values } }): string {
  const body = command(values.method, values.params ?? {}).replace(/^[$!]/, '');
  if (!/^[\x20-\x7e]{3,250}$/.test(body) || /[$!*\\]/.test(body)) throw new Error(`not a sentence: ${body}`);
  const sum = xor8(utf8Bytes(body)).toString(16).toUpperCase().padStart(2, '0');
  return `$${body}*${sum}\r\n`;
}
