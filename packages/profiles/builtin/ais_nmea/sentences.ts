// NMEA sentences that carry AIS messages.

import { xor8 } from 'fairlead:helpers';
import type { Values } from './bits.ts';

/** Parts of a message that is not complete yet. */
interface Group {
  key: string;
  since: number;
  parts: (string | null)[];
}

export interface Context {
  time: number;
  type?: string;
  state: { groups?: Group[] };
}

const groupsKept = 4;

const groupMs = 30_000;

/** The whole payload, once its last part is here. */
function assembled(
  ctx: Context,
  key: string,
  parts: number,
  part: number,
  payload: string,
): string | undefined {
  const groups = (ctx.state.groups ?? []).filter(({ since }) => ctx.time - since < groupMs);
  let group = groups.find((of) => of.key === key && of.parts.length === parts);
  if (group === undefined || group.parts[part - 1] != null) {
    if (group !== undefined) groups.splice(groups.indexOf(group), 1);
    group = { key, since: ctx.time, parts: new Array<string | null>(parts).fill(null) };
    groups.push(group);
  }
  group.parts[part - 1] = payload;
  const whole = !group.parts.includes(null);
  ctx.state.groups = groups.filter((of) => of !== group || !whole).slice(-groupsKept);
  return whole ? group.parts.join('') : undefined;
}

/** The text before the asterisk, once its checksum is right, and what follows the checksum. */
export function checked(line: string): [body: string, after: string] {
  const star = line.indexOf('*');
  if (star < 0) return [line, ''];
  const digits = line.slice(star + 1, star + 3);
  const body = line.slice(0, star);
  if (!/^[0-9a-f]{2}$/i.test(digits)) throw new Error(`not a checksum: ${digits}`);
  const sum = xor8(Uint8Array.from(body, (character) => character.charCodeAt(0)));
  if (sum !== Number.parseInt(digits, 16))
    throw new Error(`checksum is ${sum.toString(16)}, the sentence says ${digits}`);
  return [body, line.slice(star + 3)];
}

export function tagBlock(block: string): Values {
  const [body] = checked(block);
  return Object.fromEntries(body.split(',').map((parameter) => parameter.split(/:(.*)/, 2)));
}

export function unixTime(text: unknown): Date | undefined {
  if (!/^\d{9,13}$/.test(String(text))) return undefined;
  const seconds = Number(text);
  return new Date(seconds > 1e11 ? seconds : seconds * 1_000);
}

export function wholePayload(fields: readonly string[], sentence: string, ctx: Context): string | undefined {
  const [total = '', number = '', group = '', channel = '', payload = '', fill = '0'] = fields;
  if (!/^[1-9]$/.test(total) || !/^[1-9]$/.test(number) || number > total || !/^[0-5]?$/.test(fill))
    throw new Error(`not the numbers of an AIS sentence: ${fields.slice(0, 4).join()}`);
  if (payload.length > 82 * 2) throw new Error(`payload of ${payload.length} characters`);
  if (total === '1') return payload;
  return assembled(ctx, `${sentence} ${group} ${channel}`, Number(total), Number(number), payload);
}
