// One report, and readers of its fields.

import { ascii, dateText } from 'fairlead:helpers';

export type Values = Record<string, unknown>;
export interface Result {
  values?: Values;
  time?: Date;
  reply?: string;
  /** The command that it answers, by its serial number. */
  answers?: string;
}
export interface Report {
  kind: string;
  type: string;
  version: string;
  id: string;
  fields: string[];
  sent: Date | undefined;
  count: string;
}

export function parse(bytes: Uint8Array): Report {
  const text = ascii(bytes).replace(/[$\0]$/, '');
  const [head = '', ...rest] = text.split(',');
  if (isId(rest[0])) rest.unshift(''); // devices before version 1 of the protocol
  const [version = '', id = '', ...fields] = rest;
  const [, kind, type] = /^\+(RESP|BUFF|ACK):GT(\w{3})$/.exec(head) ?? [];
  if (kind === undefined || type === undefined || !isId(id)) throw new Error('not a report of Queclink');
  const count = fields.pop() ?? '';
  const sent = isTime(fields.at(-1)) ? time(fields.pop() as string) : undefined;
  return { kind, type, version, id, fields, sent, count };
}

/** An IMEI of 15 digits, or a MEID of 14 in hex. */
const isId = (field: string | undefined): boolean => /^(\d{15}|[\dA-F]{14})$/i.test(field ?? '');
export const isTime = (field: string | undefined): boolean => /^20\d{12}$/.test(field ?? '');
export const time = (field: string): Date => dateText(field.slice(0, 8), field.slice(8));

export function set(values: Values, key: string, field: string | undefined, divisor = 1): void {
  if (field === undefined || field === '' || !Number.isFinite(Number(field))) return;
  values[key] = Number(field) / divisor;
}
