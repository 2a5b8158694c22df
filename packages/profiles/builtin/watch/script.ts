// Watches after "SeTracker communication protocol" (messages without their brackets, unescaped):
//
//   VENDOR*ID*[INDEX*]LENGTH*TYPE,fields        LENGTH: bytes of TYPE and fields, in 4 hex digits;
//                                               some watches count wrong, so that it is not looked at
//
//   position (UD.., AL.., WT): ddmmyy,hhmmss,A,latitude,N,longitude,E,speed,course,altitude,satellites,signal,battery,
//                              steps,tumbles,status,cells,advance,mcc,mnc,{area,cell,level},points,{name,mac,level},accuracy
import { ascii, bit, concat, dateText, encodeText, hex, utf8 } from 'fairlead:helpers';

interface Context {
  identity?: string;
  state: { vendor?: string; index?: string };
}
type Values = Record<string, unknown>;
interface Result {
  values?: Values;
  time?: Date;
  reply?: string;
  /** The command that it answers, by its name. */
  answers?: string;
}
interface Message {
  vendor: string;
  id: string;
  index: string | undefined;
  type: string;
  fields: string[];
  size: number;
}

export function identify(bytes: Uint8Array, ctx: Context) {
  return { id: parse(bytes, ctx).id };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result | undefined {
  const message = parse(bytes, ctx);
  const { type, fields } = message;
  const decode = /^(UD|AL|WT)/.test(type) ? position : (DECODERS[type.toUpperCase()] ?? other);
  const { values = {}, time } = decode(message);
  if (type.startsWith('AL') && fields.length > 10) values.alarm ??= 'general';
  const content = answer(type);
  const head = { deviceId: message.id, messageType: type };
  return {
    ...(Object.keys(values).length > 0 && { values: { ...head, ...values } }),
    ...(time && { time }),
    ...(content !== undefined && { reply: frame(message, content) }),
    // A command is confirmed by its name alone. What the watch sends by itself is answered.
    ...(content === undefined && fields.length === 0 && { answers: type.toUpperCase() }),
  };
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context) {
  const { vendor = '3G', index } = ctx.state;
  const address = { vendor, id: ctx.identity ?? '', index: index === undefined ? undefined : '0001' };
  const content = command(values.method, values.params ?? {});
  return { send: frame(address, content), id: (content.split(',', 1)[0] as string).toUpperCase() };
}

function command(method: string, params: Values): string {
  switch (method) {
    case 'locate':
      return 'CR';
    case 'interval':
      return `UPLOAD,${Number(params.seconds)}`;
    case 'reboot':
      return 'RESET';
    case 'powerOff':
      return 'POWEROFF';
    case 'find':
      return 'FIND';
    case 'message':
      return `MESSAGE,${hex(encodeText(String(params.text), 'utf-16be')).toUpperCase()}`;
    case 'text':
      return String(params.text);
    default:
      throw new Error(
        `unknown command ${method}: use locate, interval, reboot, powerOff, find, message or text`,
      );
  }
}

// --- messages ---------------------------------------------------------------------------------------------------------

const HEAD = /^(\w{2})\*(\w+)\*(?:([\da-f]+)\*)?([\da-f]{4})\*/i;

function parse(bytes: Uint8Array, ctx: Context): Message {
  const [head, vendor, id, index, length] = HEAD.exec(ascii(bytes.subarray(0, 64))) ?? [];
  if (head === undefined || vendor === undefined || id === undefined || length === undefined)
    throw new Error('not a message of a watch');
  const content = bytes.subarray(head.length);
  ctx.state.vendor = vendor;
  if (index !== undefined) ctx.state.index = index;
  const [type = '', ...fields] = text(content).split(',');
  return { vendor, id, index, type, fields, size: content.length - type.length - 1 };
}

/** Voice and pictures are bytes; the names of access points are UTF-8. */
function text(content: Uint8Array): string {
  const start = ascii(content.subarray(0, 5));
  return /^(TK2?|JXTK|img),/.test(start) ? start : utf8(content);
}

function frame(
  { vendor, id, index }: { vendor: string; id: string; index: string | undefined },
  content: string,
): string {
  const length = concat(content).length.toString(16).padStart(4, '0');
  return `[${[vendor, id, ...(index === undefined ? [] : [index]), length, content].join('*')}]`;
}

function answer(type: string): string | undefined {
  if (type === 'LK' || type === 'TKQ' || type === 'TKQ2') return type;
  if (type.startsWith('AL')) return 'AL';
  if (type === 'INIT') return 'INIT,1';
  return type === 'JXTK' ? 'JXTKR,1' : undefined;
}

// --- positions --------------------------------------------------------------------------------------------------------

const ALARMS: [bit: number, name: string][] = [
  [0, 'lowBattery'],
  [1, 'geofenceExit'],
  [2, 'geofenceEnter'],
  [14, 'powerCut'],
  [16, 'sos'],
  [17, 'lowBattery'],
  [18, 'geofenceExit'],
  [19, 'geofenceEnter'],
  [20, 'removing'],
  [21, 'fall'],
  [22, 'fall'],
];

const KEYS = ['speed', 'course', 'altitude', 'satellites', 'signal', 'battery', 'steps', 'tumbles'];

function position({ fields }: Message): Result {
  const [date = '', time = '', validity, latitude, ns, longitude, ew, ...rest] = fields;
  const status = Number.parseInt(rest[8] ?? '', 16);
  if (Number.isNaN(status)) throw new Error('the position ends early');
  const values: Values = { valid: validity === 'A' };
  values.latitude = degrees(latitude, ns === 'S', 90);
  values.longitude = degrees(longitude, ew === 'W', 180);
  for (const [n, key] of KEYS.entries()) values[key] = number(rest[n]);
  values.status = status;
  const alarm = ALARMS.find(([n]) => bit(status, n));
  if (alarm) values.alarm = alarm[1];
  if (bit(status, 4)) values.motion = true;
  surroundings(values, rest.slice(9));
  return { values, time: dateText(date, time, 'dmy') };
}

function number(field: string | undefined): number {
  const value = Number(field?.trim() || Number.NaN);
  if (Number.isNaN(value)) throw new RangeError(`not a number: ${String(field).slice(0, 40)}`);
  return value;
}

function degrees(field: string | undefined, negative: boolean, most: number): number {
  const size = number(field);
  const value = (negative ? -Math.abs(size) : size) + 0;
  if (Math.abs(value) > most) throw new RangeError('no such place');
  return value;
}

const isMac = (field: string | undefined): boolean => /^([\da-f]{2}:){5}[\da-f]{2}$/i.test(field ?? '');
const hasLetters = (field: string | undefined): boolean => /[a-f]/i.test(field ?? '');

/** Names of access points may hold commas: points are told by their addresses. */
function surroundings(values: Values, fields: string[]): void {
  const [count, , mcc, mnc, ...groups] = fields;
  const first = groups.findIndex(isMac);
  cells(values, Number(count), Number(mcc), Number(mnc), groups);
  const points = groups.flatMap((mac, n) =>
    isMac(mac) ? [{ name: groups[n - 1], mac, rssi: Number(groups[n + 1]) }] : [],
  );
  if (first >= 0) values.wifi = points;
  const last = fields.at(-1) ?? '';
  if (/^\d+\.\d+$/.test(last)) values.accuracy = Number(last);
}

/** Some watches write areas and cells in hex: then one of the numbers shows it. */
function cells(values: Values, count: number, mcc: number, mnc: number, groups: string[]): void {
  const list: Values[] = [];
  for (let i = 0; i < count && groups[3 * i + 1] !== undefined; i++) {
    const [lac, cellId, level] = groups.slice(3 * i, 3 * i + 3);
    const whole = (field: string | undefined) => Number.parseInt(field ?? '', hasLetters(field) ? 16 : 10);
    if (isMac(lac) || isMac(cellId) || Number.isNaN(whole(lac))) break;
    list.push({ mcc, mnc, lac: whole(lac), cellId: whole(cellId), ...(level && { level: Number(level) }) });
  }
  if (!list[0]) return;
  const { level: _, ...serving } = list[0];
  Object.assign(values, serving, { cells: list });
}

// --- other messages ---------------------------------------------------------------------------------------------------

/** Steps, tumbles, battery. */
function link({ fields }: Message): Result {
  if (fields.length < 3) return {};
  const [steps, tumbles, battery] = fields;
  return { values: { steps: number(steps), tumbles: number(tumbles), battery: number(battery) } };
}

/** Upper and lower blood pressure, [heart rate]. */
function pressure({ fields }: Message): Result {
  const [high, low, rate] = fields;
  const values: Values = { bloodPressureSystolic: number(high), bloodPressureDiastolic: number(low) };
  if (rate) values.heartRate = number(rate);
  return { values };
}

const heartRate = ({ fields }: Message): Result =>
  fields[0] ? { values: { heartRate: number(fields[0]) } } : {};

function other({ type, fields }: Message): Result {
  return {
    values:
      fields.length > 0
        ? { raw: fields.join(',') }
        : type === 'INIT' || type.startsWith('TKQ')
          ? {}
          : { raw: '' },
  };
}

const media =
  (event: string) =>
  ({ size }: Message): Result =>
    size > 1 ? { values: { event, size } } : {};

const DECODERS: Record<string, (message: Message) => Result> = {
  LK: link,
  PULSE: heartRate,
  HEART: heartRate,
  BPHRT: pressure,
  BLOOD: pressure,
  TEMP: ({ fields }) => ({ values: { temperature: number(fields[0]) } }),
  BTEMP2: ({ fields }) => (Number(fields[0]) > 0 ? { values: { temperature: number(fields[1]) } } : {}),
  OXYGEN: ({ fields }) => ({ values: { spo2: number(fields[1]) } }),
  MESSAGE: ({ fields }) => ({ values: { message: fields.join(',') } }),
  ICCID: ({ fields }) => ({ values: { iccid: fields[0] } }),
  TK: media('voice'),
  TK2: media('voice'),
  JXTK: media('voice'),
  IMG: media('picture'),
};
