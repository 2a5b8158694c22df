// The content of a message.

import { dateUTC } from 'fairlead:helpers';
import { alarm, contactIdAlarms, contactIdNames, siaAlarms, siaNames, type Values } from './codes.ts';

/** Nri1/id12/BA003: N new or O old, small letters for where and who, capital letters for what. */
function sia(data: string): Values {
  const events: Values[] = [];
  const values: Values = {};
  const kind = /^[NO](?=[a-z]{2}|[A-Z]{2})/.exec(data)?.[0];
  // A slash between two ^ belongs to a text.
  for (const part of data.slice(kind?.length ?? 0).match(/(?:\^[^^]*\^|[^/])+/g) ?? []) {
    const [, modifier = '', given = '', code, message = ''] =
      /^(?:([a-z]{2})(\d*))?(?:([A-Z]{2})(.*))?$/s.exec(part) ?? [];
    if (modifier === 'ri') values.ri = given;
    if (modifier === 'id') values.user = given;
    if (code !== undefined)
      events.push({ code, codeName: siaNames.get(code) ?? 'unknown', message: message.trim() });
  }
  const [first] = events;
  if (first === undefined) return values;
  const code = String(first.code);
  return {
    ...(kind && { new: kind === 'N' }),
    ...values,
    ...first,
    event: code,
    ...alarm(siaAlarms, code),
    ...(/^(CL|CA|CF|CG|CP|CQ|CS|NL|NF)$/.test(code) && { armed: true }),
    ...(/^(OP|OA|OG|OQ|OS|OR)$/.test(code) && { armed: false }),
    ...(events.length > 1 && { events }),
  };
}

const qualifiers: Record<string, string> = { 1: 'new', 3: 'restore', 6: 'status' };

/** 1130 01 005: qualifier, code, partition, zone or user. */
function contactId(data: string): Values {
  const match = /^([136])([0-9A-F]{3}) ([0-9A-F]{1,3}) ([0-9A-F]{1,4})/i.exec(data);
  if (match === null) throw new Error(`not a Contact ID event: ${data.slice(0, 40)}`);
  const [, digit = '', code = '', partition, zone] = match;
  return {
    qualifier: qualifiers[digit],
    code,
    event: code,
    codeName: contactIdNames.get(code) ?? 'unknown',
    partition,
    zone,
    ...(digit === '1' && alarm(contactIdAlarms, code)),
    // Of openings and closings the new event opens, the restore closes.
    ...(/^4(0\d|4\d)/.test(code) && code !== '406' && { armed: digit === '3', user: zone }),
  };
}

/** X and Y: degrees, hemisphere, minutes. */
function coordinate(text: string | undefined, most: number): number | undefined {
  const match = /^[XY](\d{1,3})([NSEW])(\d{1,2}(?:\.\d+)?)$/.exec(text ?? '');
  if (match === null) return undefined;
  const value = Number(match[1]) + Number(match[3]) / 60;
  if (Number(match[3]) >= 60 || value > most) throw new Error(`not a coordinate: ${text}`);
  return /[SW]/.test(match[2] as string) ? -value : value;
}

function further(extended: readonly string[]): Values {
  const of = (letter: string): string | undefined => extended.find((text) => text[0] === letter);
  const [latitude, longitude] = [coordinate(of('Y'), 90), coordinate(of('X'), 180)];
  return {
    ...(extended.length > 0 && { extended }),
    ...(latitude !== undefined && longitude !== undefined && { latitude, longitude }),
    ...(of('M') && { mac: of('M')?.slice(1) }),
    ...(of('V') && { url: of('V')?.slice(1) }),
  };
}

function moment(text: string | undefined): Date | undefined {
  if (text === undefined || text === '') return undefined;
  const match = /^(\d\d):(\d\d):(\d\d),(\d\d)-(\d\d)-(\d{3,4})$/.exec(text);
  if (match === null) throw new Error(`not a time: ${text.slice(0, 40)}`);
  const [hour, minute, second, month, day, year] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Some panels cut the year off.
  return year < 1_000 ? undefined : dateUTC(year, month, day, hour, minute, second);
}

/** data ] [further].. _time; the data may name the account again. */
export function content(id: string, rest: string): { values: Values; time?: Date } {
  const match = /^([^\]]*)\]((?:\[[^\]]*\])*)(?:_(.*))?$/s.exec(rest);
  if (match === null) throw new Error('a bracket is missing');
  const [, whole = '', brackets = '', timestamp] = match;
  const data = whole.replace(/^(#[0-9A-Z]+)?\|/i, '');
  const extended = [...brackets.matchAll(/\[([^\]]*)\]/g)].map(([, text]) => text as string);
  const time = moment(timestamp);
  const read = data === '' ? {} : id === 'SIA-DCS' ? sia(data) : id === 'ADM-CID' ? contactId(data) : {};
  const values = { ...(data && { data }), ...read, ...further(extended), ...(timestamp && { timestamp }) };
  return { values, ...(time && { time }) };
}
