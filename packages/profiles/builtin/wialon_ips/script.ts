// Wialon IPS, after "Wialon IPS communication protocol", versions 1.1 and 2.0.
//
//   #TYPE#fields CR LF          fields are separated by ; and NA where there is nothing
//   version 2.0 appends CRC-16/ARC in hex digits, over everything from the second # (not it) to the last ; (with it)
//
//   L login  D data  SD short data  B several of them, separated by |  P ping  M message
import { bit, concat, crc16arc, dateText, degreesMinutes, utf8, utf8Bytes } from 'fairlead:helpers';

interface Context {
  parameters: { shortAnswer: string };
}
type Values = Record<string, unknown>;
interface Result {
  values?: Values;
  time?: Date;
  reply?: string;
  /** The message that it answers, and why the device does not do it. */
  answers?: string;
  refused?: string;
}
interface Message {
  id: string;
  type: string;
  body: string;
}

export function identify(bytes: Uint8Array) {
  const message = parse(bytes);
  if (message.type !== 'L') return message.id === '' ? undefined : { id: message.id };
  const { id, password } = login(message.body);
  const secret = password === '' || password === 'NA' ? undefined : password;
  return {
    id,
    ...(secret !== undefined && { secret }),
    reply: '#AL#1\r\n',
    refusal: '#AL#0\r\n',
    consumed: true,
  };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result | Result[] | undefined {
  const message = parse(bytes);
  const { type, body } = message;
  switch (type) {
    case 'L':
      login(body);
      return { reply: '#AL#1\r\n' };
    case 'P':
      return { reply: '#AP#\r\n' };
    case 'D':
      return checked(body, 16) ? { ...data(body), reply: '#AD#1\r\n' } : { reply: '#AD#16\r\n' };
    case 'SD': {
      const answer = ctx.parameters.shortAnswer;
      return checked(body, 10)
        ? { ...data(body), reply: `#${answer}#1\r\n` }
        : { reply: `#${answer}#13\r\n` };
    }
    case 'B':
      return batch(body);
    case 'M':
      return { values: { message: uncoded(body) }, reply: '#AM#1\r\n' };
    case 'AM':
      return { answers: 'M', ...(body.trim() !== '1' && { refused: 'the message was not taken' }) };
    default:
      return { values: { messageType: type, raw: body } };
  }
}

/** Only messages are confirmed. */
export function downlink({ values }: { values: { method: string; params?: Values } }) {
  const text = command(values.method, values.params ?? {});
  const send = concat(text, '\r\n');
  return text.startsWith('#M#') ? { send, id: 'M' } : send;
}

function command(method: string, params: Values): string {
  switch (method) {
    case 'message':
      return `#M#${String(params.text)}`;
    case 'relay':
      return `L1=${params.on ? 1 : 0}`;
    case 'reboot':
      return 'reboot';
    case 'text':
      return String(params.text);
    default:
      throw new Error(`unknown command ${method}: use message, relay, reboot or text`);
  }
}

// --- messages ---------------------------------------------------------------------------------------------------------

/** Over UDP the identity stands before the first #; some send it over TCP as well. */
function parse(bytes: Uint8Array): Message {
  const [, id = '', type, body = ''] = /^(?:\d\.\d;)?([^#]*)#([A-Z]+)#(.*)$/.exec(utf8(bytes)) ?? [];
  if (type === undefined) throw new Error('not a message of Wialon IPS');
  return { id, type, body };
}

/** Version 1.1: identity;password. Version 2.0: 2.0;identity;password;check. */
function login(body: string): { id: string; password: string } {
  const fields = body.split(';');
  const [id = '', password = ''] = fields[0]?.includes('.') ? fields.slice(1) : fields;
  if (id === '') throw new Error('the login holds no identity');
  return { id, password };
}

/** A message with one field more than version 1.1 knows ends with its check. */
function checked(body: string, fields: number): boolean {
  const parts = body.split(';');
  return parts.length !== fields + 1 || fits(body, parts.at(-1) as string, ';');
}

function fits(body: string, check: string, separator: string): boolean {
  if (!/^[\da-f]{1,4}$/i.test(check)) return true;
  const covered = body.slice(0, body.lastIndexOf(separator) + 1);
  return crc16arc(utf8Bytes(covered)) === Number.parseInt(check, 16);
}

const uncoded = (body: string): string => body.replace(/;[\dA-F]{4}$/, '');

function batch(body: string): Result[] {
  const messages = body.split('|');
  const check = messages.at(-1) as string;
  if (/^[\da-f]{1,4}$/i.test(check)) {
    if (!fits(body, check, '|')) return [{ reply: '#AB#\r\n' }];
    messages.pop();
  }
  const results: Result[] = messages.map((message) => {
    const { values, time } = data(message);
    return { values: { ...values, archive: true }, ...(time && { time }) };
  });
  return [...results, { reply: `#AB#${messages.length}\r\n` }];
}

// --- positions --------------------------------------------------------------------------------------------------------

const NONE = new Set(['NA', '', undefined]);

function set(values: Values, key: string, field: string | undefined): void {
  if (!NONE.has(field) && Number.isFinite(Number(field))) values[key] = Number(field);
}

/** Date, time, latitude, N, longitude, E, speed, course, altitude, satellites [, hdop, inputs, outputs, adc, button, parameters]. */
function data(body: string): Result {
  const [date = '', clock = '', latitude, ns, longitude, ew, speed, course, altitude, satellites, ...more] =
    body.split(';');
  if (satellites === undefined) throw new Error('the message ends early');
  const values: Values = {};
  place(values, latitude, ns, longitude, ew);
  set(values, 'speed', speed);
  set(values, 'course', course);
  set(values, 'altitude', altitude);
  set(values, 'satellites', satellites);
  values.valid = Number(satellites) >= 3;
  if (more.length >= 5) extended(values, more);
  if (NONE.has(date) || NONE.has(clock)) return { values };
  return { values, time: dateText(date, clock, 'dmy') };
}

/** ddmm.mmmm; some devices send minutes beyond 59. */
function place(values: Values, latitude?: string, ns?: string, longitude?: string, ew?: string): void {
  if (NONE.has(latitude) || NONE.has(longitude)) return;
  values.latitude = degrees(latitude as string) * (ns === 'S' ? -1 : 1) + 0;
  values.longitude = degrees(longitude as string) * (ew === 'W' ? -1 : 1) + 0;
  if (Math.abs(values.latitude as number) > 90 || Math.abs(values.longitude as number) > 180)
    throw new RangeError('no such place');
}

function degrees(text: string): number {
  const [, whole, minutes] = /^(\d*)(\d\d(?:\.\d+)?)$/.exec(text) ?? [];
  if (minutes === undefined) throw new RangeError(`not a coordinate: ${text.slice(0, 40)}`);
  return degreesMinutes(Number(whole), Number(minutes));
}

function extended(values: Values, [hdop, inputs, outputs, adc = '', button, params = '']: string[]): void {
  set(values, 'hdop', hdop);
  set(values, 'inputs', inputs);
  set(values, 'outputs', outputs);
  for (let n = 0; n < 4; n++) {
    if (typeof values.inputs === 'number') values[`input${n + 1}`] = bit(values.inputs, n);
    if (typeof values.outputs === 'number') values[`output${n + 1}`] = bit(values.outputs, n);
  }
  for (const [n, reading] of adc.split(',').entries()) set(values, `adc${n + 1}`, reading);
  if (!NONE.has(button)) values.driver = button;
  if (!NONE.has(params)) parameters(values, params);
}

/** Parameters that have a name of the vocabulary; others stay as they are. */
const NAMES: Record<string, string> = {
  accuracy: 'accuracy',
  bat: 'battery',
  temp: 'temperature',
  motion: 'motion',
  pwr_ext: 'voltage',
  pwr_int: 'batteryVoltage',
  gsm: 'signal',
};

/** name:1:whole, name:2:number, name:3:text, separated by commas. */
function parameters(values: Values, text: string): void {
  const params: Values = {};
  for (const part of text.split(',')) {
    const [, name, , value] = /^(.*?):([123]):(.*)$/.exec(part) ?? [];
    if (name === undefined || value === undefined) continue;
    params[name] = scalar(value);
    const key = NAMES[name.toLowerCase()];
    if (key !== undefined) values[key] = scalar(value);
    if (name.toUpperCase() === 'SOS' && Number(value) === 1) values.alarm = 'sos';
  }
  values.params = params;
  const cells = ['']
    .concat(Array.from({ length: 9 }, (_, n) => String(n + 1)))
    .flatMap((n) => cell(params, n));
  if (cells[0]) Object.assign(values, cells[0], { cells });
}

function scalar(value: string): string | number | boolean {
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  return value !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
}

function cell(params: Values, suffix: string): Values[] {
  const [mcc, mnc, lac, cellId] = ['mcc', 'mnc', 'lac', 'cell_id'].map((name) => params[name + suffix]);
  return cellId === undefined || lac === undefined ? [] : [{ mcc, mnc, lac, cellId }];
}
