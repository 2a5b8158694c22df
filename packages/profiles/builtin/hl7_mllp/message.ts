// Messages, their fields and times.

import { type Context, dateUTC, decodeText, zoneMinutes } from 'fairlead:helpers';

const CHARSETS: Record<string, string> = {
  ASCII: 'latin1',
  '8859/1': 'latin1',
  '8859/2': 'iso-8859-2',
  '8859/5': 'iso-8859-5',
  '8859/9': 'iso-8859-9',
  '8859/15': 'iso-8859-15',
  UNICODE: 'utf-8',
  'UNICODE UTF-8': 'utf-8',
  'GB 18030-2000': 'gb18030',
  'ISO IR87': 'iso-2022-jp',
};

export interface Message {
  readonly segments: string[][];
  readonly header: string[];
  /** Component, repetition, escape and subcomponent separators. */
  readonly separators: string;
}

export function rows(bytes: Uint8Array, ctx: Context): string[] {
  const content = bytes.subarray(1, -2);
  const plain = decodeText(content, 'latin1');
  const header = /^MSH(.).*$/m.exec(plain.replaceAll('\r', '\n'));
  const charset = header?.[0]
    .split(header[1] as string)[17]
    ?.split('~')[0]
    ?.trim();
  const encoding = (charset && CHARSETS[charset.toUpperCase()]) || String(ctx.parameters.charset);
  return decodeText(content, encoding)
    .split(/[\r\n]+/)
    .filter((row) => row !== '');
}

/** Each MSH begins a message; segments of batches and files (FHS, BHS, BTS, FTS) belong to none. */
export function messages(bytes: Uint8Array, ctx: Context): Message[] {
  const list: Message[] = [];
  for (const row of rows(bytes, ctx)) {
    const name = row.slice(0, 3);
    if (name === 'MSH') {
      const separator = row.charAt(3);
      const fields = row.split(separator);
      if (row.length < 8 || (fields[1] as string).length < 3) throw new Error('MSH is too short');
      const header = ['MSH', separator, ...fields.slice(1)];
      list.push({ segments: [], header, separators: fields[1] as string });
    } else if (!/^[FB][HT]S$/.test(name)) {
      const message = list.at(-1);
      if (message) message.segments.push(row.split(message.header[1] as string));
    }
  }
  return list;
}

/** A component of the first repetition of a field. */
export function partOf(message: Message, field: string, component: number): string {
  const { separators } = message;
  const first = field.split(separators.charAt(1))[0] as string;
  return unescaped(first.split(separators.charAt(0))[component] ?? '', message);
}

export function unescaped(text: string, { header, separators }: Message): string {
  const mark = separators.charAt(2);
  if (mark === '' || !text.includes(mark)) return text;
  const named: Record<string, string> = {
    F: header[1] as string,
    S: separators.charAt(0),
    R: separators.charAt(1),
    E: mark,
    T: separators.charAt(3),
    '.br': '\n',
    H: '',
    N: '',
  };
  const parts = text.split(mark);
  return parts
    .map((part, i) => (i % 2 === 0 || i === parts.length - 1 ? part : (named[part] ?? hexText(part))))
    .join('');
}

const hexText = (code: string): string =>
  /^X([0-9A-F]{2})+$/i.test(code)
    ? code.slice(1).replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)))
    : '';

export const known = (values: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([, text]) => text !== ''));

/** YYYY[MM[DD[hh[mm[ss[.s]]]]]][+zzzz]; nothing for an empty field. Throws for a day that does not exist. */
export function timeOf(text: string, ctx: Context): Date | undefined {
  if (text === '' || text === '""') return undefined;
  const match = /^(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\.\d+)?([-+]\d{4})?/.exec(text);
  if (!match) throw new Error(`not a time: ${text.slice(0, 40)}`);
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '0', zone] =
    match;
  const offset = zoneMinutes(zone ? `${zone.slice(0, 3)}:${zone.slice(3)}` : String(ctx.parameters.timezone));
  const local = dateUTC(
    Number(year),
    Number(month),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  return new Date(local.getTime() - offset * 60_000 + Math.round(Number(fraction) * 1_000));
}

/** The time as text; where it cannot be read, as it was sent. */
export function isoOf(text: string, ctx: Context): string {
  try {
    return timeOf(text, ctx)?.toISOString() ?? '';
  } catch {
    return text;
  }
}
