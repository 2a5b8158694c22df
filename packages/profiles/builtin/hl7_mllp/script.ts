/*
 * HL7 version 2 in MLLP blocks (HL7 2.5.1, chapters 2 and 7; MLLP release 1).
 *
 *     0b  MSH|^~\&|app|facility|app|facility|time||type^event|control id|P|2.5 CR  PID|.. CR  OBX|.. CR  1c 0d
 *
 * MSH says which characters separate fields and components. Each message is acknowledged by its control id.
 */
import {
  type Context,
  concat,
  type Downlink,
  dateUTC,
  decodeText,
  type Identity,
  type Result,
  zoneMinutes,
} from 'fairlead:helpers';

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

/** Codes of LOINC and of ISO/IEEE 11073-10101 (MDC) that the vocabulary has a key for. */
const QUANTITIES: Record<string, string> = {
  '8867-4': 'heartRate',
  '147842': 'heartRate',
  '149530': 'heartRate',
  '8480-6': 'bloodPressureSystolic',
  '150021': 'bloodPressureSystolic',
  '150301': 'bloodPressureSystolic',
  '8462-4': 'bloodPressureDiastolic',
  '150022': 'bloodPressureDiastolic',
  '150302': 'bloodPressureDiastolic',
  '59408-5': 'spo2',
  '2708-6': 'spo2',
  '150456': 'spo2',
  '8310-5': 'temperature',
  '150344': 'temperature',
  '29463-7': 'weight',
};

interface Message {
  readonly segments: string[][];
  readonly header: string[];
  /** Component, repetition, escape and subcomponent separators. */
  readonly separators: string;
}

export function identify(bytes: Uint8Array, ctx: Context): Identity | undefined {
  const message = messages(bytes, ctx)[0];
  const id = message && senderOf(message);
  return id ? { id } : undefined;
}

export function uplink(bytes: Uint8Array, ctx: Context): Result[] {
  const list = messages(bytes, ctx);
  if (list.length === 0) throw new Error('a block without an MSH segment');
  const names = rows(bytes, ctx).map((row) => row.slice(0, 3));
  const [first, ...others] = list.map((message) => resultOf(message, ctx));
  // The first message has the names of the whole block; the others have those of their own.
  if (first?.kind === undefined) Object.assign(first?.values ?? {}, { segments: names });
  return [first as Result, ...others];
}

export function downlink({ values }: Downlink, ctx: Context): Uint8Array | undefined {
  const { method, params = {} } = values as { method?: string; params?: Record<string, unknown> };
  if (method !== 'message') return undefined;
  if (params.text !== undefined) return block(String(params.text).split(/\r\n|\r|\n/));
  const { application, facility } = ctx.parameters;
  const type = String(params.type ?? '');
  const id = String(params.controlId ?? ctx.time);
  const header = ['MSH', '^~\\&', application, facility, '', '', stamp(ctx), '', type, id, 'P', '2.5'];
  return block([header.join('|'), ...((params.segments ?? []) as string[])]);
}

// --- messages ---------------------------------------------------------------------------------------------------------

function rows(bytes: Uint8Array, ctx: Context): string[] {
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
function messages(bytes: Uint8Array, ctx: Context): Message[] {
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

function resultOf(message: Message, ctx: Context): Result {
  const fault = faultOf(message, ctx);
  if (fault !== undefined) {
    const params = { reason: fault.text, controlId: message.header[10] ?? '' };
    return { kind: 'events', values: { method: 'rejected', params }, ...replyTo(message, ctx, fault) };
  }
  const time = timeOf(message.header[7] ?? '', ctx);
  return {
    ...(time && { time }),
    values: { ...headerOf(message), segments: namesOf(message), ...contentOf(message, ctx) },
    ...replyTo(message, ctx, { code: 'AA' }),
  };
}

const namesOf = ({ segments }: Message): string[] => ['MSH', ...segments.map(([name]) => name as string)];

/** What makes a message unacceptable: AR for its header, AE for its content. */
function faultOf({ header, segments }: Message, ctx: Context): { code: string; text: string } | undefined {
  if (!header[9]) return { code: 'AR', text: 'Message type (MSH-9) is missing' };
  if (!header[10]) return { code: 'AR', text: 'Control id (MSH-10) is missing' };
  const wrong = segments.find(([name]) => !/^[A-Z][A-Z0-9]{2}$/.test(name as string));
  if (wrong) return { code: 'AE', text: `Not a segment: ${(wrong[0] as string).slice(0, 20)}` };
  try {
    timeOf(header[7] ?? '', ctx);
  } catch {
    return { code: 'AE', text: 'Time of the message (MSH-7) cannot be read' };
  }
  return undefined;
}

const senderOf = ({ header, separators }: Message): string =>
  [header[3], header[4]]
    .map((field) => (field ?? '').split(separators.charAt(0))[0]?.replace(/\s+/g, '_') ?? '')
    .filter((part) => part !== '')
    .join('@')
    .slice(0, 128);

function headerOf(message: Message): Record<string, unknown> {
  const field = (n: number): string => unescaped(message.header[n] ?? '', message);
  return {
    deviceId: senderOf(message),
    sendingApp: field(3),
    sendingFacility: field(4),
    receivingApp: field(5),
    receivingFacility: field(6),
    dateTime: field(7),
    messageType: field(9),
    controlId: field(10),
    processingId: field(11),
    version: field(12),
  };
}

function contentOf(message: Message, ctx: Context): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const add = (key: string, item: unknown) => {
    const list = (values[key] ?? []) as unknown[];
    list.push(item);
    values[key] = list;
  };
  for (const segment of message.segments) {
    const name = segment[0] as string;
    const at = (n: number): string => segment[n] ?? '';
    const part = (n: number, component = 0): string => partOf(message, at(n), component);
    if (name === 'PID') values.patient = patient(at, part, message);
    else if (name === 'PV1')
      values.visit = known({ class: part(2), location: at(3), doctor: part(7), number: part(19) });
    else if (name === 'OBR') add('orders', order(part, ctx));
    else if (name === 'OBX') add('observations', observation(message, segment, part, values, ctx));
    else if (name === 'NTE') add('notes', unescaped(at(3), message));
    else if (name === 'MSA')
      values.acknowledgement = known({ code: part(1), controlId: part(2), text: unescaped(at(3), message) });
  }
  if (ctx.parameters.segments === true)
    values.content = [message.header, ...message.segments].map((fields) => [...fields]);
  return values;
}

type Part = (field: number, component?: number) => string;

function patient(at: (n: number) => string, part: Part, message: Message): Record<string, string> {
  const name = [1, 0].map((component) => partOf(message, at(5), component)).filter((text) => text !== '');
  return known({
    id: part(3) || part(2),
    name: name.join(' '),
    birthDate: part(7),
    sex: part(8),
    account: part(18),
  });
}

const order = (part: Part, ctx: Context): Record<string, string> =>
  known({
    placer: part(2),
    filler: part(3),
    code: part(4),
    name: part(4, 1),
    time: isoOf(part(7), ctx),
    status: part(25),
  });

/** One OBX; a quantity that the vocabulary knows is yielded under its key as well. */
function observation(
  message: Message,
  segment: string[],
  part: Part,
  values: Record<string, unknown>,
  ctx: Context,
): Record<string, unknown> {
  const raw = unescaped(part(2) === 'SN' ? structured(part) : (segment[5] ?? ''), message);
  const number = /^\s*[-+]?(\d+(\.\d*)?|\.\d+)\s*$/.test(raw) ? Number(raw) : undefined;
  const value = ['NM', 'SN', ''].includes(part(2)) ? (number ?? raw) : raw;
  const key = QUANTITIES[part(3)] ?? QUANTITIES[part(3, 3)];
  if (key !== undefined && number !== undefined) values[key] ??= converted(number, part(6));
  return {
    ...known({ id: part(3), name: part(3, 1), type: part(2), unit: part(6) }),
    value,
    ...known({ range: part(7), flags: part(8), status: part(11), time: isoOf(part(14), ctx) }),
  };
}

/** SN: comparator, number, separator, number; what equals a number is that number. */
const structured = (part: Part): string =>
  [part(5).replace(/^=$/, ''), part(5, 1), part(5, 2), part(5, 3)].join('');

/** Units that are not those of the vocabulary. */
function converted(value: number, unit: string): number {
  if (/^(\[?degF\]?|F|°F)$/.test(unit)) return ((value - 32) * 5) / 9;
  if (unit === 'g') return value / 1_000;
  return /^(\[?lb_av\]?|lbs?)$/.test(unit) ? value * 0.45359237 : value;
}

// --- acknowledgements -------------------------------------------------------------------------------------------------

/** The reply, where one is due: none to acknowledgements; in enhanced mode as MSH-15 and MSH-16 say. */
function replyTo(
  message: Message,
  ctx: Context,
  { code, text = '' }: { code: string; text?: string },
): { reply?: Uint8Array } {
  const { header, separators } = message;
  const [type, event = ''] = (header[9] ?? '').split(separators.charAt(0));
  const mode = ctx.parameters.acknowledge;
  if (type === 'ACK' || mode === 'never') return {};
  const enhanced = mode === 'enhanced' && Boolean(header[15] || header[16]);
  const due = enhanced ? header[15] || header[16] || 'NE' : 'AL';
  if (due === 'NE' || (due === 'ER' && code === 'AA') || (due === 'SU' && code !== 'AA')) return {};
  const component = separators.charAt(0);
  const kind = event === '' ? 'ACK' : ['ACK', event, 'ACK'].join(component);
  const from = [header[5], header[6], header[3], header[4]].map((field) => field ?? '');
  const version = header[12] || '2.5';
  const bar = header[1] as string;
  const id = String(header[10] || ctx.time);
  const head = ['MSH', separators, ...from, stamp(ctx), '', kind, id, header[11] || 'P', version];
  const answer = ['MSA', enhanced && header[15] ? code.replace('A', 'C') : code, header[10] ?? ''];
  if (text !== '') answer.push(text);
  return { reply: block([head.join(bar), answer.join(bar)]) };
}

const block = (segments: string[]): Uint8Array =>
  concat(0x0b, ...segments.filter((row) => row !== '').map((row) => `${row}\r`), 0x1c, 0x0d);

const stamp = (ctx: Context): string =>
  new Date(ctx.time)
    .toISOString()
    .replace(/[-:T]|\..*/g, '')
    .slice(0, 14);

// --- fields -----------------------------------------------------------------------------------------------------------

/** A component of the first repetition of a field. */
function partOf(message: Message, field: string, component: number): string {
  const { separators } = message;
  const first = field.split(separators.charAt(1))[0] as string;
  return unescaped(first.split(separators.charAt(0))[component] ?? '', message);
}

function unescaped(text: string, { header, separators }: Message): string {
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

const known = (values: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([, text]) => text !== ''));

/** YYYY[MM[DD[hh[mm[ss[.s]]]]]][+zzzz]; nothing for an empty field. Throws for a day that does not exist. */
function timeOf(text: string, ctx: Context): Date | undefined {
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
function isoOf(text: string, ctx: Context): string {
  try {
    return timeOf(text, ctx)?.toISOString() ?? '';
  } catch {
    return text;
  }
}
