// Queclink trackers, after the "@Track Air Interface Protocol" of several models.
//
//   +RESP:GTxxx,VERSION,IMEI,name,..,SENT,COUNT$     report; +BUFF: one that was stored
//   +ACK:GTxxx,VERSION,IMEI,..,SENT,COUNT$           answer to a command; +ACK:GTHBD is the heartbeat
//
// The layout depends on the model. A place is found by its form, wherever it stands:
//   accuracy,speed,course,altitude,longitude,latitude,YYYYMMDDhhmmss,mcc,mnc,area,cell, then what the model appends.
import { ascii, bit, dateText, fromHex } from 'fairlead:helpers';

interface Context {
  parameters: { password: string; acknowledge: boolean };
  state: { serial?: number };
}
type Values = Record<string, unknown>;
interface Result {
  values?: Values;
  time?: Date;
  reply?: string;
  /** The command that it answers, by its serial number. */
  answers?: string;
}
interface Report {
  kind: string;
  type: string;
  version: string;
  id: string;
  fields: string[];
  sent: Date | undefined;
  count: string;
}

export function identify(bytes: Uint8Array) {
  return { id: parse(bytes).id };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result[] {
  const report = parse(bytes);
  if (report.kind === 'ACK') return acknowledgement(report);
  const results = places(report);
  const last = results.at(-1) as Result;
  const values = last.values as Values;
  describe(report, values);
  if (results.length === 1 && values.latitude === undefined && Object.keys(values).length === 4)
    values.raw = report.fields.join(',');
  if (ctx.parameters.acknowledge) last.reply = `+SACK:${report.count}$`;
  return results;
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context) {
  const number = ((ctx.state.serial ?? 0) % 0xffff) + 1;
  const send = command(values, ctx, number.toString(16).toUpperCase().padStart(4, '0'));
  const id = /,([\dA-F]{4})\$$/i.exec(send)?.[1]?.toUpperCase();
  ctx.state.serial = number;
  return id === undefined ? send : { send, id };
}

/** @param serial number of the command, which its acknowledgement repeats */
function command(
  { method, params = {} }: { method: string; params?: Values },
  ctx: Context,
  serial: string,
): string {
  const { password } = ctx.parameters;
  switch (method) {
    case 'relay':
      return `AT+GTOUT=${password},${params.on ? 1 : 0},,,0,0,0,0,0,0,0,,,,,,,${serial}$`;
    case 'locate':
      return `AT+GTRTO=${password},1,,,,,,${serial}$`;
    case 'reboot':
      return `AT+GTRTO=${password},3,,,,,,${serial}$`;
    case 'text':
      return String(params.text);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, reboot or text`);
  }
}

function parse(bytes: Uint8Array): Report {
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
const isTime = (field: string | undefined): boolean => /^20\d{12}$/.test(field ?? '');
const time = (field: string): Date => dateText(field.slice(0, 8), field.slice(8));

function acknowledgement({ type, version, id, fields, sent, count }: Report): Result[] {
  if (type === 'HBD') return [{ reply: `+SACK:GTHBD,${version},${count}$` }];
  const values = { deviceId: id, messageType: type, message: `ACK:GT${type}`, count, raw: fields.join(',') };
  const serial = fields.at(-1) ?? '';
  const answers = /^[\dA-F]{4}$/i.test(serial) ? serial.toUpperCase() : undefined;
  return [{ values, ...(sent && { time: sent }), ...(answers && { answers }) }];
}

// --- places -----------------------------------------------------------------------------------------------------------

const isDegrees = (field: string | undefined): boolean => /^-?\d{1,3}\.\d{6}$/.test(field ?? '');

/** Numbers of the fields that hold a longitude. */
function found(fields: string[]): number[] {
  const list: number[] = [];
  for (let i = 4; i + 2 < fields.length; i++)
    if (isDegrees(fields[i]) && isDegrees(fields[i + 1]) && isTime(fields[i + 2])) list.push(i);
  return list;
}

function places(report: Report): Result[] {
  const { id, type, kind, version, fields, sent, count } = report;
  const head = { deviceId: id, messageType: type, protocolVersion: version, count };
  const archive = kind === 'BUFF' ? { archive: true } : {};
  const list = found(fields);
  if (list.length === 0) return [{ values: { ...head, ...archive }, ...(sent && { time: sent }) }];
  return list.map((at) => {
    const values: Values = { ...head, ...archive, ...(sent && { sentTime: sent.toISOString() }) };
    place(values, fields, at);
    return { values, time: time(fields[at + 2] as string) };
  });
}

function place(values: Values, fields: string[], at: number): void {
  const [hdop, speed, course, altitude, longitude, latitude] = fields.slice(at - 4, at + 2);
  if (Math.abs(Number(latitude)) > 90 || Math.abs(Number(longitude)) > 180)
    throw new RangeError('no such place');
  values.valid = true;
  values.longitude = Number(longitude);
  values.latitude = Number(latitude);
  set(values, 'hdop', hdop);
  set(values, 'speed', speed);
  set(values, 'course', course);
  set(values, 'altitude', altitude);
  cell(values, fields.slice(at + 3, at + 7));
}

function set(values: Values, key: string, field: string | undefined, divisor = 1): void {
  if (field === undefined || field === '' || !Number.isFinite(Number(field))) return;
  values[key] = Number(field) / divisor;
}

const isCell = ([mcc, mnc, lac, cellId]: (string | undefined)[]): boolean =>
  /^\d{3,4}$/.test(mcc ?? '') &&
  /^\d{1,4}$/.test(mnc ?? '') &&
  /^[\da-f]{1,8}$/i.test(lac ?? '') &&
  /^[\da-f]{1,9}$/i.test(cellId ?? '');

const cellOf = ([mcc, mnc, lac, cellId, level]: string[]): Values => ({
  mcc: Number(mcc),
  mnc: Number(mnc),
  lac: Number.parseInt(lac as string, 16),
  cellId: Number.parseInt(cellId as string, 16),
  ...(level !== undefined && { level: Number(level) }),
});

function cell(values: Values, fields: string[]): void {
  if (isCell(fields)) Object.assign(values, cellOf(fields));
}

/** What follows the last place and its cell. */
function tailOf(fields: string[]): string[] | undefined {
  const at = found(fields).at(-1);
  return at === undefined ? undefined : fields.slice(at + 7);
}

// --- what the types say -----------------------------------------------------------------------------------------------

const ALARMS: Record<string, string> = {
  SOS: 'sos',
  SPD: 'overspeed',
  TOW: 'tow',
  IDL: 'idle',
  PNA: 'powerOn',
  PFA: 'powerOff',
  EPN: 'powerRestored',
  MPN: 'powerRestored',
  EPF: 'powerCut',
  MPF: 'powerCut',
  BPL: 'lowBattery',
  STT: 'movement',
  SWG: 'geofence',
  TMP: 'temperature',
  TEM: 'temperature',
  JDR: 'jamming',
  JDS: 'jamming',
  CRA: 'accident',
};
const HARSH = ['hardBraking', 'hardAcceleration', 'hardCornering', 'hardBraking', 'hardAcceleration'];

function describe(report: Report, values: Values): void {
  const { type, fields } = report;
  const alarm = ALARMS[type];
  if (alarm !== undefined) values.alarm = alarm;
  if (/^[IV]G[NF]$/.test(type)) values.ignition = type.endsWith('GN');
  if (/^[\da-f]{1,2}$/i.test(fields[2] ?? ''))
    reportType(values, type, Number.parseInt(fields[2] as string, 16));
  const tail = tailOf(fields);
  const own = DECODERS[type];
  if (own) own(values, fields);
  if (tail) appended(values, type, tail);
}

function reportType(values: Values, type: string, code: number): void {
  values.reportType = code;
  const kind = code % 16;
  if (type === 'NMR') values.motion = code === 1;
  if (type === 'DIS' && code >= 16) values[`input${code >> 4}`] = kind === 1;
  if (type === 'IGL') values.ignition = kind === 1;
  if (type === 'HBM' && HARSH[kind] !== undefined) values.alarm = HARSH[kind];
}

const CYCLIC = new Set(['FRI', 'ERI', 'CTN', 'GEO', 'RTL', 'DOG', 'STR']);

/** [Mask 01: satellites, 02: trigger,] odometer, hours, voltages, .., battery, status of 6 digits, speed, .., fuel. */
function appended(values: Values, type: string, tail: string[]): void {
  let fields = tail;
  if (/^0[0-3]$/.test(fields[0] ?? '')) {
    const mask = Number(fields[0]);
    if (bit(mask, 0)) set(values, 'satellites', fields[1]);
    fields = fields.slice(1 + (mask & 1) + (mask >> 1));
  }
  if (type === 'LSA') return;
  const odometer = fields.findIndex((field) => /^\d{1,7}\.\d$/.test(field));
  if (odometer >= 0) values.odometer = Number(fields[odometer]);
  const hours = fields.findIndex((field) => /^\d{3,7}:\d\d:\d\d$/.test(field));
  if (hours >= 0) {
    const [h = 0, m = 0, s = 0] = (fields[hours] as string).split(':').map(Number);
    values.engineHours = h + m / 60 + s / 3_600;
    for (const n of [1, 2])
      if (/^\d{1,5}$/.test(fields[hours + n] ?? '')) set(values, `adc${n}`, fields[hours + n], 1_000);
  }
  const state = fields.findIndex(
    (field, n) => /^[\da-f]{6}$/i.test(field) && /^(\d{1,3})?$/.test(fields[n - 1] ?? 'x'),
  );
  const handheld = /^\d{1,2},\d,(\d{1,5})?,(\d{1,3}),[01],([01])?,(-?\d+\.\d)?$/.exec(fields.join(','));
  if (handheld) {
    set(values, 'batteryVoltage', handheld[1], 1_000);
    set(values, 'battery', handheld[2]);
    if (handheld[3] !== undefined) values.motion = handheld[3] === '1';
    set(values, 'temperature1', handheld[4]);
  } else if (state >= 0 && CYCLIC.has(type)) status(values, fields, state);
  else if (fields.length > 1 && /^\d{1,3}$/.test(fields.at(-1) ?? '')) set(values, 'battery', fields.at(-1));
}

/** Ignition in the first byte, inputs in the second, outputs in the third. */
function status(values: Values, fields: string[], at: number): void {
  set(values, 'battery', fields[at - 1]);
  const word = Number.parseInt(fields[at] as string, 16);
  const ignition = (word >> 16) & 0xff;
  values.status = word;
  if (bit(ignition, 4)) values.ignition = false;
  else if (bit(ignition, 5)) values.ignition = true;
  values.inputs = (word >> 8) & 0xff;
  values.outputs = word & 0xff;
  for (const n of [1, 2]) {
    values[`input${n}`] = bit(word >> 8, n);
    values[`output${n}`] = bit(word, n - 1);
  }
  set(values, 'rpm', fields[at + 1]);
  set(values, 'fuel', fields[at + 3]);
}

/** Name, supply in mV, type, number of places; handhelds put their battery before the place. */
function cyclic(values: Values, fields: string[]): void {
  const supply = fields.find((field, n) => n < 3 && /^\d{3,6}$/.test(field));
  if (supply !== undefined) values.voltage = Number(supply) / 1_000;
  const first = found(fields)[0];
  if (first === undefined || first - 4 < 6) return;
  const battery = fields[first - 5];
  if (/^\d{1,3}$/.test(battery ?? '') && Number(battery) <= 100) values.battery = Number(battery);
}

const STATES: Record<string, Values> = {
  '11': { ignition: false, motion: false },
  '12': { ignition: false, motion: true },
  '16': { ignition: false, motion: true },
  '1A': { ignition: false, motion: true },
  '21': { ignition: true, motion: false },
  '22': { ignition: true, motion: true },
  '41': { motion: false },
  '42': { motion: true },
};

/** Name, state, card, signal, quality, supply, [sensor, temperature, humidity,] voltage, second voltage, battery, charging, .. */
function information(values: Values, fields: string[]): void {
  const [, state = '', iccid, signal, , , ...rest] = fields;
  Object.assign(values, STATES[state.toUpperCase()]);
  if (iccid) values.iccid = iccid;
  set(values, 'signal', signal);
  if ((rest[0] ?? '').length >= 12) {
    set(values, 'temperature', rest[1]);
    set(values, 'humidity', rest[2]);
    rest.splice(0, 3);
  }
  const [voltage = '', second, battery, charging] = rest;
  if (voltage.includes('.')) set(values, 'odometer', voltage);
  else set(values, 'voltage', voltage, 1_000);
  if (/^\d{3,5}$/.test(second ?? '')) set(values, 'voltage2', second, 1_000);
  if (/^\d\.\d+$/.test(battery ?? '')) set(values, 'batteryVoltage', battery);
  if (charging === '1') values.charging = true;
}

/** Name, type of the device, firmware, hardware. */
function versions(values: Values, [, model, firmware, hardware]: string[]): void {
  Object.assign(values, { model, firmware, hardware });
}

function setCells(values: Values, cells: Values[]): void {
  if (!cells[0]) return;
  const { level: _, ...serving } = cells[0];
  Object.assign(values, serving, { cells });
}

/** Cells of mcc, mnc, area, cell, level and one more field. */
function cellList(values: Values, fields: string[]): void {
  const cells: Values[] = [];
  for (let i = 1; i + 4 < fields.length; ) {
    const group = fields.slice(i, i + 5);
    if (isCell(group)) {
      cells.push(cellOf(group));
      i += 6;
    } else i += 1;
  }
  setCells(values, cells);
}

function wifiList(values: Values, fields: string[]): void {
  const list: Values[] = [];
  for (const [n, mac] of fields.entries())
    if (/^[\da-f]{12}$/i.test(mac) && /^-\d+$/.test(fields[n + 1] ?? ''))
      list.push({ mac: mac.replace(/(..)(?=.)/g, '$1:').toLowerCase(), rssi: Number(fields[n + 1]) });
  values.wifi = list;
  if (/^\d{1,3}$/.test(fields.at(-1) ?? '')) set(values, 'battery', fields.at(-1));
}

/** Data of a serial port, in hex. */
function serialData(values: Values, fields: string[]): void {
  const text = ascii(fromHex(fields.at(-1) ?? ''));
  const fuel = /COMB,[^,]*,([\d.]+)/.exec(text)?.[1];
  if (fuel === undefined) values.message = text.trim();
  else values.fuel = Number(fuel);
}

/** [VIN,] name, report, mask, VIN, connected, voltage, supported, speed, .. */
function engine(values: Values, fields: string[]): void {
  const isVin = (field: string | undefined) => /^[\dA-Z]{17}$/.test(field ?? '');
  const skip = isVin(fields[0]) && /^[01]$/.test(fields[2] ?? '') ? 1 : 0;
  const [vin, , , , rpm, speed, coolant, consumption] = fields.slice(skip + 3);
  if (isVin(vin)) values.vin = vin;
  set(values, 'rpm', rpm);
  set(values, 'obdSpeed', speed);
  set(values, 'coolantTemperature', coolant);
  set(values, 'fuelConsumption', consumption);
}

/** Name, report, bus, mask, then a field for each bit of the mask, lowest first (5 before 4). */
const CAN_FIELDS: [bit: number, key: string | undefined, scale?: number][] = [
  [0, undefined],
  [1, undefined],
  [2, 'odometer', 1_000],
  [3, 'fuelUsed'],
  [5, 'rpm'],
  [4, 'obdSpeed'],
  [6, 'coolantTemperature'],
  [7, 'fuelConsumption'],
  [8, 'fuel'],
  [9, undefined],
  [10, 'throttle'],
  [11, 'engineHours'],
  [12, undefined],
  [13, undefined],
  [14, undefined],
  [15, 'axleWeight'],
];

function canBus(values: Values, fields: string[]): void {
  const mask = Number.parseInt(fields[3] ?? '', 16);
  if (Number.isNaN(mask)) return;
  let at = 4;
  for (const [n, key, divisor] of CAN_FIELDS) {
    if (!bit(mask, n)) continue;
    const field = fields[at++] ?? '';
    if (n === 0 && field !== '') values.vin = field;
    if (n === 1 && field !== '') values.ignition = Number(field) > 0;
    if (key !== undefined)
      set(values, key, field.replace(/^[A-Z/]+/, ''), n === 2 && !field.startsWith('H') ? divisor : 1);
  }
}

/** Name, mode, state. */
const switched = (key: string) => (values: Values, fields: string[]) => {
  values[key] = fields[2] === '1';
};

function driver(values: Values, fields: string[]): void {
  const id = fields.slice(1, 3).find((field) => field !== '');
  if (id !== undefined) values.driver = id;
}

function fatigue(values: Values, [, warning, degree]: string[]): void {
  if (warning === '1') {
    values.alarm = 'fatigue';
    set(values, 'fatigue', degree);
  } else set(values, 'event', warning);
}

/** Of a mask of 4 digits on: what it announces. */
function accessory(values: Values, fields: string[]): void {
  const at = fields.findIndex((field, n) => n > 1 && /^[\da-f]{4}$/i.test(field));
  const mask = Number.parseInt(fields[at] ?? '', 16);
  const device: Values = {};
  let next = at + 1;
  for (const [n, key] of [
    [0, 'name'],
    [1, 'mac'],
    [2, 'status'],
    [3, 'voltage'],
    [4, 'temperature'],
    [5, 'humidity'],
  ] as const) {
    if (!bit(mask, n)) continue;
    const field = fields[next++] ?? '';
    if (n < 2) device[key] = field;
    else set(device, key, field, n === 3 ? 1_000 : 1);
  }
  values.accessory = device;
}

/** .., bit error rate, light, battery, mode, moving, temperature. */
function light(values: Values, fields: string[]): void {
  const tail = tailOf(fields)?.slice(-5);
  set(values, 'lightLevel', tail?.[0]);
  set(values, 'battery', tail?.[1]);
  set(values, 'temperature1', tail?.[4]);
}

const DECODERS: Record<string, (values: Values, fields: string[]) => void> = {
  FRI: cyclic,
  ERI: cyclic,
  CTN: cyclic,
  GEO: cyclic,
  RTL: cyclic,
  DOG: cyclic,
  STR: cyclic,
  INF: information,
  VER: versions,
  GSM: cellList,
  LBS: cellList,
  WIF: wifiList,
  DTT: serialData,
  DAT: (values, fields) => {
    values.message = fields[4];
  },
  OBD: engine,
  CAN: canBus,
  LSW: switched('input1'),
  TSW: switched('input2'),
  IDA: driver,
  DAR: fatigue,
  BAA: accessory,
  BID: accessory,
  LSA: light,
};
