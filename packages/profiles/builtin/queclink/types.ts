// What each type of report says.

import { bit } from 'fairlead:helpers';
import {
  accessory,
  canBus,
  cellList,
  driver,
  engine,
  fatigue,
  light,
  serialData,
  switched,
  wifiList,
} from './modules.ts';
import { found, tailOf } from './places.ts';
import { type Report, set, type Values } from './report.ts';

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

export function describe(report: Report, values: Values): void {
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
