/*
 * Environmental data loggers by HJ 212-2017 and HJ/T 212-2005.
 *
 *     ## LENGTH (4 digits) QN=..;ST=..;CN=..;PW=..;MN=..;Flag=..;[PNUM=..;PNO=..;]CP=&&fields&& CRC (4 hex digits) CR LF
 *
 *     fields   DataTime=YYYYMMDDhhmmss;code-Rtd=1.0,code-Flag=N;code-Rtd=..      a factor has several fields, joined by commas
 *
 * Where bit 0 of Flag is set, the same QN is answered: 9014 for data, 9013 for a notice. Times are those of China.
 */
import {
  ascii,
  type Context,
  checksum,
  concat,
  type Downlink,
  dateText,
  type Identity,
  latin1,
  type Request,
  type Result,
  utf8Bytes,
  zoneMinutes,
} from 'fairlead:helpers';

type Fields = Record<string, string>;
interface Link {
  ST?: string;
  PW?: string;
  MN?: string;
}

const COMMANDS: Record<string, string> = {
  1011: 'time',
  1012: 'set time',
  1013: 'request for time',
  1061: 'interval of real-time data',
  1062: 'set interval of real-time data',
  1063: 'interval of minute data',
  2011: 'real-time data',
  2012: 'stop real-time data',
  2021: 'state of facilities',
  2022: 'stop state of facilities',
  2031: 'day data',
  2041: 'running time of facilities',
  2051: 'minute data',
  2061: 'hour data',
  2071: 'record of excess',
  2072: 'alarm',
  2081: 'start of the logger',
  3019: 'serial number',
  3020: 'information of the site',
  9011: 'request answered',
  9012: 'result',
  9013: 'notice acknowledged',
  9014: 'data acknowledged',
  9015: 'connection',
};
/** Answers and requests of the other side, which nobody answers. */
const UNANSWERED = /^90\d\d$/;
/** Codes of factors of 2017, and of 2005 (three characters). */
const NAMES: Record<string, string> = {
  a01001: 'temperature',
  a01002: 'humidity',
  a01006: 'pressure',
  a01007: 'wind speed',
  a01008: 'wind direction',
  a01011: 'speed of the smoke',
  a01012: 'temperature of the smoke',
  a01013: 'pressure of the smoke',
  a01014: 'humidity of the smoke',
  a05024: 'ozone',
  a19001: 'oxygen',
  a21001: 'ammonia',
  a21002: 'nitrogen oxides',
  a21003: 'nitrogen monoxide',
  a21004: 'nitrogen dioxide',
  a21005: 'carbon monoxide',
  a21026: 'sulphur dioxide',
  a21028: 'hydrogen sulphide',
  a24088: 'non-methane hydrocarbons',
  a34001: 'total suspended particles',
  a34002: 'PM10',
  a34004: 'PM2.5',
  a34013: 'smoke dust',
  w00000: 'flow',
  w01001: 'pH',
  w01003: 'turbidity',
  w01009: 'dissolved oxygen',
  w01010: 'water temperature',
  w01014: 'conductivity',
  w01018: 'COD',
  w01019: 'permanganate index',
  w21001: 'total nitrogen',
  w21003: 'ammonia nitrogen',
  w21011: 'total phosphorus',
  LA: 'noise',
  '001': 'pH',
  '011': 'COD',
  '060': 'ammonia nitrogen',
  '065': 'total nitrogen',
  '101': 'total phosphorus',
  B01: 'flow',
  '01': 'smoke dust',
  '02': 'sulphur dioxide',
  '03': 'nitrogen oxides',
};
/** Keys of the vocabulary, with the factor to their unit: pressure comes in kPa, the flow of water in L/s. */
const KEYS: Record<string, readonly [key: string, factor: number]> = {
  a01001: ['temperature', 1],
  a01002: ['humidity', 1],
  a01006: ['pressure', 10],
  a01007: ['windSpeed', 1],
  a01008: ['windDirection', 1],
  a34002: ['pm10', 1],
  a34004: ['pm25', 1],
  w00000: ['flow', 3.6],
  w01001: ['ph', 1],
  w01010: ['temperature', 1],
  LA: ['noise', 1],
  B01: ['flow', 3.6],
  '001': ['ph', 1],
};
const QN_RESULTS: Record<string, string> = {
  1: 'accepted',
  2: 'refused',
  3: 'wrong password',
  4: 'wrong MN',
  5: 'wrong ST',
  6: 'wrong Flag',
  7: 'wrong QN',
  8: 'wrong CN',
  9: 'wrong CRC',
  100: 'unknown error',
};
const EXE_RESULTS: Record<string, string> = {
  1: 'success',
  2: 'failure, cause unknown',
  3: 'wrong condition',
  4: 'timed out',
  5: 'busy',
  6: 'system fault',
  100: 'no data',
};

export function identify(bytes: Uint8Array): Identity {
  const { MN, PW } = packetOf(bytes).head;
  if (!MN) throw new Error('the packet has no MN');
  return { id: MN, secret: PW ?? '' };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result[] {
  const { head, content } = packetOf(bytes);
  if (!/^\d{4}$/.test(head.CN ?? '')) throw new Error('the packet has no CN');
  const { ST, PW, MN, CN = '' } = head;
  // What interaction is told apart by (91) is no system that a command may name.
  Object.assign(ctx.state, { ...(ST && ST !== '91' && { ST }), ...(PW && { PW }), ...(MN && { MN }) });
  const command = COMMANDS[CN];
  const shared = { ...(MN && { deviceId: MN }), ...head, ...(command && { command }) };
  const results = recordsOf(content).map((fields) => recordOf(fields, shared, CN, ctx));
  const reply = answerTo(head);
  if (reply !== undefined) (results[0] as Result).reply = reply;
  Object.assign(results[0] as Result, answered(head, results[0] as Result));
  return results;
}

// --- packets ----------------------------------------------------------------------------------------------------------

function packetOf(bytes: Uint8Array): { head: Fields; content: string } {
  const text = latin1(bytes.subarray(6, -6));
  const [, before, content = ''] = /^([\s\S]*?;?)CP=&&([\s\S]*)&&$/.exec(text) ?? [];
  if (before === undefined) throw new Error('the packet has no CP');
  return { head: fieldsOf(before.split(';')), content };
}

function fieldsOf(list: string[]): Fields {
  const fields: Fields = {};
  for (const part of list) {
    if (part.trim() === '') continue;
    const at = part.indexOf('=');
    if (at < 1) throw new Error(`not a field: ${part.slice(0, 40)}`);
    fields[part.slice(0, at).trim()] = part.slice(at + 1).trim();
  }
  return fields;
}

/** A packet of history has several records; each begins with its DataTime. */
function recordsOf(content: string): Fields[] {
  const records: string[][] = [[]];
  let dated = false;
  for (const part of content.split(/[;,]/)) {
    if (/^\s*DataTime=/.test(part)) {
      if (dated) records.push([]);
      dated = true;
    }
    (records.at(-1) as string[]).push(part);
  }
  return records.map(fieldsOf);
}

function recordOf(fields: Fields, shared: Record<string, unknown>, command: string, ctx: Context): Result {
  const pollutants = pollutantsOf(fields);
  const stamp = fields.DataTime ?? fields.SystemTime ?? fields.AlarmTime ?? fields.RestartTime;
  const values = {
    ...shared,
    CP: fields,
    ...keysOf(pollutants),
    ...(Object.keys(pollutants).length > 0 && { pollutants }),
    ...resultOf(fields),
    ...(command === '2072' && { alarm: 'general' }),
  };
  return stamp ? { time: timeOf(stamp, ctx), values } : { values };
}

/** code-Rtd, code-Flag .. by code. */
function pollutantsOf(fields: Fields): Record<string, Record<string, number | string>> {
  const all: Record<string, Record<string, number | string>> = {};
  for (const [name, text] of Object.entries(fields)) {
    const [, code, kind] = /^([A-Za-z0-9]+)-([A-Za-z]+)$/.exec(name) ?? [];
    if (code === undefined || kind === undefined) continue;
    const known = NAMES[code];
    const factor = all[code] ?? (known === undefined ? {} : { name: known });
    factor[kind] = /^[-+]?\d+(\.\d+)?$/.test(text) && kind !== 'Flag' ? Number(text) : text;
    all[code] = factor;
  }
  return all;
}

/** Values that the logger does not flag as wrong (D fault, F stopped, C calibration, M maintenance, T out of range, B no data). */
function keysOf(pollutants: Record<string, Record<string, number | string>>): Record<string, number> {
  const values: Record<string, number> = {};
  for (const [code, [key, factor]] of Object.entries(KEYS)) {
    const { Rtd, Avg, Flag = 'N' } = pollutants[code] ?? {};
    const value = Rtd ?? Avg;
    if (typeof value === 'number' && Flag === 'N' && values[key] === undefined)
      values[key] = Number((value * factor).toPrecision(12));
  }
  return values;
}

function resultOf({ QnRtn, ExeRtn }: Fields): Record<string, unknown> {
  const code = QnRtn ?? ExeRtn;
  if (code === undefined) return {};
  const meaning = (QnRtn === undefined ? EXE_RESULTS : QN_RESULTS)[code];
  return { result: Number(code), ...(meaning && { meaning }) };
}

/** The request with this QN is over: its execution has a result, a notice is confirmed, or it is not accepted at all. */
function answered({ CN, QN }: Fields, { values = {} }: Result): Pick<Result, 'answers' | 'refused'> {
  const { result, meaning } = values as { result?: number; meaning?: string };
  const failed = result !== undefined && result !== 1;
  if (!QN || !(CN === '9012' || CN === '9013' || (CN === '9011' && failed))) return {};
  return { answers: QN, ...(failed && { refused: meaning ?? `result ${result}` }) };
}

function timeOf(text: string, { parameters }: Context): Date {
  if (!/^(19|20)\d{12}(\d{3})?$/.test(text)) throw new Error(`not a time: ${text.slice(0, 20)}`);
  return dateText(text.slice(0, 8), text.slice(8, 14), 'ymd', zoneMinutes(String(parameters.timezone)));
}

// --- what is sent -----------------------------------------------------------------------------------------------------

function answerTo({ QN, CN = '', PW, MN, Flag = '0' }: Fields): Uint8Array | undefined {
  const flag = Number(Flag);
  if ((flag & 1) === 0 || UNANSWERED.test(CN)) return undefined;
  const code = CN === '1013' ? '9013' : '9014';
  return packet([
    ...(QN ? [`QN=${QN}`] : []),
    'ST=91',
    `CN=${code}`,
    ...(PW ? [`PW=${PW}`] : []),
    `MN=${MN ?? ''}`,
    // The bits of the version; the answer is not answered and has no packets.
    `Flag=${flag & 0xfc}`,
    'CP=&&&&',
  ]);
}

const HISTORY: Record<string, string> = { days: '2031', minutes: '2051', hours: '2061' };

export function downlink({ values }: Downlink, ctx: Context): Request | undefined {
  const { method, params = {} } = values as { method?: string; params?: Record<string, unknown> };
  const send = (command: string, content = ''): Request => ({
    send: request(command, content, ctx),
    id: stamp(ctx),
  });
  const factor = params.factor === undefined ? '' : `PolId=${params.factor}`;
  switch (method) {
    case 'setInterval':
      return send('1062', `RtdInterval=${params.seconds}`);
    case 'setTime':
      return send(
        '1012',
        [...(factor ? [factor] : []), `SystemTime=${params.time ?? stamp(ctx).slice(0, 14)}`].join(';'),
      );
    case 'getTime':
      return send('1011', factor);
    case 'start':
      return send('2011');
    case 'stop':
      return send('2012');
    case 'history':
      return send(
        HISTORY[String(params.of ?? 'hours')] ?? '2061',
        `BeginTime=${params.from},EndTime=${params.to}`,
      );
    case 'calibrate':
      return send('3011', factor);
    case 'sample':
      return send('3012', factor);
    case 'send':
      return send(String(params.CN), String(params.CP ?? ''));
    default:
      return undefined;
  }
}

function request(command: string, content: string, ctx: Context): Uint8Array {
  if (!/^\d{4}$/.test(command)) throw new Error('CN has four digits');
  if (/&&|[^\x20-\x7e]/.test(content)) throw new Error('CP has characters that are not allowed');
  const {
    ST = ctx.parameters.system,
    PW = ctx.parameters.password,
    MN = ctx.identity ?? '',
  } = ctx.state as Link;
  return packet([
    `QN=${stamp(ctx)}`,
    `ST=${ST}`,
    `CN=${command}`,
    `PW=${PW}`,
    `MN=${MN}`,
    'Flag=5',
    `CP=&&${content}&&`,
  ]);
}

function packet(fields: string[]): Uint8Array {
  const data = utf8Bytes(fields.join(';'));
  const check = checksum('crc16/hj212', data).toString(16).toUpperCase().padStart(4, '0');
  return concat(`##${String(data.length).padStart(4, '0')}`, ascii(data), `${check}\r\n`);
}

/** YYYYMMDDhhmmsszzz of the logger's clock. */
function stamp({ time, parameters }: Context): string {
  const local = new Date(time + zoneMinutes(String(parameters.timezone)) * 60_000);
  return local.toISOString().replace(/\D/g, '');
}
