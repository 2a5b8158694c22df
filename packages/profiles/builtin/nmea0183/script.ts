/**
 * NMEA 0183 sentences.
 *
 *     \ tag block * CHECK \   $ or !   TALKER (2) TYPE (3)  , field , field ..   * CHECK   CR LF
 *
 * CHECK is the exclusive or of what stands between the marks, in hex. Some devices leave it out. An empty field means
 * that the value is not known. Layouts: IEC 61162-1 (NMEA 0183 version 4.11), and "NMEA Revealed" for what is older.
 */
import { dateUTC, latin1, nmeaCoordinate, utf8Bytes, xor8 } from 'fairlead:helpers';

type Values = Record<string, unknown>;
interface State {
  /** The last time that a sentence gave, Unix milliseconds. */
  last?: number;
}
interface Context {
  time: number;
  state: State;
}
interface Sentence {
  readonly type: string;
  readonly fields: readonly string[];
  readonly ctx: Context;
  time?: Date;
}
/** Reads one value of a sentence into `values`. Empty fields give nothing. */
type Part = (sentence: Sentence, values: Values) => void;

const knot = 1.852;
const metresPerSecond = { K: 1 / 3.6, M: 1, N: knot / 3.6, S: 0.44704 } as Record<string, number>;
const kilometres = { N: knot, K: 1, S: 1.609344 } as Record<string, number>;

// --- parts ------------------------------------------------------------------------------------------------------------

function number({ fields, type }: Sentence, at: number): number | undefined {
  const text = fields[at]?.trim() ?? '';
  if (text === '') return undefined;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text))
    throw new Error(`${type} field ${at + 1} is not a number: ${text}`);
  return Number(text);
}

const num =
  (key: string, at: number, scale = 1): Part =>
  (sentence, values) => {
    const value = number(sentence, at);
    if (value !== undefined) values[key] = value * scale;
  };

const text =
  (key: string, at: number): Part =>
  ({ fields }, values) => {
    const value = fields[at];
    if (value !== undefined && value !== '') values[key] = value;
  };

/** A number whose sign is the letter after it. */
const signed =
  (key: string, at: number, negative: string): Part =>
  (sentence, values) => {
    const value = number(sentence, at);
    if (value !== undefined) values[key] = sentence.fields[at + 1] === negative ? -value : value;
  };

/** A number, only where the letter after it says that it has this meaning. */
const when =
  (key: string, at: number, letter: string, scale = 1): Part =>
  (sentence, values) => {
    const value = number(sentence, at);
    if (value !== undefined && sentence.fields[at + 1] === letter) values[key] = value * scale;
  };

/** A number, scaled by the unit that a later field names. */
const inUnit =
  (key: string, at: number, unitAt: number, units: Record<string, number>): Part =>
  (sentence, values) => {
    const value = number(sentence, at);
    const unit = units[sentence.fields[unitAt] ?? ''];
    if (value !== undefined && unit !== undefined) values[key] = value * unit;
  };

const celsius =
  (key: string, at: number): Part =>
  (sentence, values) => {
    const value = number(sentence, at);
    const unit = sentence.fields[at + 1];
    if (value !== undefined)
      values[key] = unit === 'F' ? ((value - 32) * 5) / 9 : unit === 'K' ? value - 273.15 : value;
  };

const position =
  (at: number, latitude = 'latitude', longitude = 'longitude'): Part =>
  ({ fields, type }, values) => {
    const [lat, north, lon, east] = fields.slice(at, at + 4);
    if (!lat || !lon) return;
    if (!/^[NS]$/.test(north ?? '') || !/^[EW]$/.test(east ?? ''))
      throw new Error(`${type} without a hemisphere`);
    values[latitude] = nmeaCoordinate(lat, north as string);
    values[longitude] = nmeaCoordinate(lon, east as string);
  };

const active =
  (key: string, at: number): Part =>
  ({ fields }, values) => {
    if (fields[at]) values[key] = fields[at] === 'A';
  };

const dayMs = 86_400_000;

/** A time of day; the day is the one that puts it nearest to the last dated sentence, else to the arrival. */
const clock =
  (at: number): Part =>
  (sentence, values) => {
    const value = sentence.fields[at];
    if (!value) return;
    const { state, time } = sentence.ctx;
    const ofDay = timeOfDay(value);
    const near = state.last ?? time;
    const found = Math.round((near - ofDay) / dayMs) * dayMs + ofDay;
    if (state.last !== undefined) state.last = found;
    values.timeOfDay = value;
    sentence.time = new Date(found);
  };

function timeOfDay(value: string): number {
  const match = /^(\d\d)(\d\d)(\d\d)(\.\d*)?$/.exec(value);
  if (match === null) throw new Error(`not a time: ${value}`);
  const [hour, minute, second] = match.slice(1, 4).map(Number) as [number, number, number];
  if (hour > 23 || minute > 59 || second > 60) throw new Error(`not a time: ${value}`);
  return ((hour * 60 + minute) * 60 + second) * 1_000 + Math.round(Number(`0${match[4] ?? ''}`) * 1_000);
}

/** Time and date of a sentence that has both; the date serves the sentences after it. */
function dated(
  sentence: Sentence,
  values: Values,
  time: string,
  year: number,
  month: number,
  day: number,
): void {
  const start = dateUTC(year, month, day).getTime();
  if (time === '') return;
  const full = start + timeOfDay(time);
  sentence.ctx.state.last = full;
  values.timeOfDay = time;
  sentence.time = new Date(full);
}

const fixQuality: Part = (sentence, values) => {
  const quality = number(sentence, 5);
  if (quality === undefined) return;
  values.fixQuality = quality;
  values.valid = quality >= 1 && quality <= 5;
};

const speed =
  (knotsAt: number): Part =>
  (sentence, values) => {
    const value = number(sentence, knotsAt);
    if (value !== undefined) Object.assign(values, { speed: value * knot, speedKnots: value });
  };

const wind =
  (at: number, unitAt: number): Part =>
  (sentence, values) => {
    inUnit('windSpeed', at, unitAt, metresPerSecond)(sentence, values);
    if (sentence.fields[unitAt] === 'N') num('windSpeedKnots', at)(sentence, values);
  };

/** Wind that is given as an angle to port (L) or starboard (R). */
const windSide: Part = (sentence, values) => {
  const angle = number(sentence, 0);
  if (angle !== undefined) values.windAngle = sentence.fields[1] === 'L' ? (360 - angle) % 360 : angle;
  wind(2, 3)(sentence, values);
  values.windReference = sentence.type === 'VWT' ? 'true' : 'relative';
};

/** Distance off the track and the side to steer to: a ship that must steer left is to the right of it. */
const crossTrack =
  (at: number): Part =>
  (sentence, values) => {
    const value = number(sentence, at);
    const steer = sentence.fields[at + 1];
    if (steer) values.steer = steer;
    const scale = kilometres[sentence.fields[at + 2] ?? 'N'] ?? knot;
    if (value !== undefined) values.crossTrackError = (steer === 'R' ? -value : value) * scale;
  };

// --- sentences with lists -------------------------------------------------------------------------------------------------

function satellitesInView(sentence: Sentence, values: Values): void {
  const { fields } = sentence;
  const list: Values[] = [];
  let at = 3;
  for (; at + 3 < fields.length; at += 4) {
    if (!fields[at]) continue;
    const satellite: Values = {};
    for (const [i, key] of ['number', 'elevation', 'azimuth', 'snr'].entries())
      num(key, at + i)(sentence, satellite);
    list.push(satellite);
  }
  values.satellitesInView = list;
  if (at < fields.length) text('signalId', at)(sentence, values);
}

const usedSatellites: Part = ({ fields }, values) => {
  values.usedSatellites = fields
    .slice(2, 14)
    .filter((name) => name !== '')
    .map(Number);
};

const transducerKinds: Record<string, (value: number, unit: string) => Values> = {
  C: (value, unit) => (unit === 'C' ? { temperature: value } : {}),
  P: (value, unit) =>
    unit === 'B' ? { pressure: value * 1_000 } : unit === 'P' ? { pressure: value / 100 } : {},
  H: (value, unit) => (unit === 'P' ? { humidity: value } : {}),
  U: (value, unit) => (unit === 'V' ? { voltage: value } : {}),
  I: (value, unit) => (unit === 'A' ? { current: value } : {}),
};

const transducers: Part = (sentence, values) => {
  const list: Values[] = [];
  for (let at = 0; at + 1 < sentence.fields.length; at += 4) {
    const [type = '', , unit = '', name = ''] = sentence.fields.slice(at, at + 4);
    const value = number(sentence, at + 1);
    if (value === undefined) continue;
    list.push({ type, value, unit, name });
    Object.assign(values, transducerKinds[type]?.(value, unit));
  }
  values.transducers = list;
};

// --- the sentences --------------------------------------------------------------------------------------------------------

const depth: Part[] = [num('depthFeet', 0), num('depth', 2), num('depthFathoms', 4)];
const toWaypoint: Part[] = [
  clock(0),
  position(1, 'waypointLatitude', 'waypointLongitude'),
  num('bearing', 5),
  num('bearingMagnetic', 7),
  num('distanceToWaypoint', 9, knot),
  text('waypoint', 11),
  text('mode', 12),
];

const sentences: Record<string, readonly Part[]> = {
  GGA: [
    clock(0),
    position(1),
    fixQuality,
    num('satellites', 6),
    num('hdop', 7),
    num('altitude', 8),
    num('geoidSeparation', 10),
    num('differentialAge', 12),
    text('differentialStation', 13),
  ],
  GNS: [
    clock(0),
    position(1),
    text('mode', 5),
    ({ fields }, values) => {
      if (fields[5]) values.valid = /[^N]/.test(fields[5]);
    },
    num('satellites', 6),
    num('hdop', 7),
    num('altitude', 8),
    num('geoidSeparation', 9),
    num('differentialAge', 10),
    text('differentialStation', 11),
    text('navigationalStatus', 12),
  ],
  GLL: [clock(4), position(0), active('valid', 5), text('mode', 6)],
  RMC: [
    (sentence, values) => {
      const [time = '', , , , , , , , date = ''] = sentence.fields;
      if (date === '') return clock(0)(sentence, values);
      if (!/^\d{6}$/.test(date)) throw new Error(`not a date: ${date}`);
      const year = Number(date.slice(4));
      const day = [
        year + (year < 80 ? 2_000 : 1_900),
        Number(date.slice(2, 4)),
        Number(date.slice(0, 2)),
      ] as const;
      dated(sentence, values, time, ...day);
    },
    active('valid', 1),
    position(2),
    speed(6),
    num('course', 7),
    signed('variation', 9, 'W'),
    text('mode', 11),
    text('navigationalStatus', 12),
  ],
  VTG: [
    num('course', 0),
    num('courseMagnetic', 2),
    speed(4),
    num('speed', 6),
    text('mode', 8),
    ({ fields }, values) => {
      // Before version 2 the letters of the units were left out.
      if (fields.length === 4)
        Object.assign(values, { speed: Number(fields[3]), courseMagnetic: Number(fields[1]) });
    },
  ],
  ZDA: [
    (sentence, values) => {
      const { fields } = sentence;
      if (!fields[1] || !fields[2] || !fields[3]) return clock(0)(sentence, values);
      const date = [Number(fields[3]), Number(fields[2]), Number(fields[1])] as const;
      dated(sentence, values, fields[0] ?? '', ...date);
      const hours = number(sentence, 4);
      if (hours !== undefined)
        values.localZone = hours * 60 + Math.sign(hours || 1) * (number(sentence, 5) ?? 0);
    },
  ],
  GSA: [
    text('mode', 0),
    num('fixType', 1),
    usedSatellites,
    num('pdop', 14),
    num('hdop', 15),
    num('vdop', 16),
    num('systemId', 17),
  ],
  GSV: [num('parts', 0), num('part', 1), num('inView', 2), satellitesInView],
  GST: [
    clock(0),
    num('rms', 1),
    num('errorMajor', 2),
    num('errorMinor', 3),
    num('errorOrientation', 4),
    num('errorLatitude', 5),
    num('errorLongitude', 6),
    num('errorAltitude', 7),
  ],
  GBS: [
    clock(0),
    num('errorLatitude', 1),
    num('errorLongitude', 2),
    num('errorAltitude', 3),
    num('failedSatellite', 4),
  ],
  DTM: [text('datum', 0), text('datumReference', 7)],
  HDT: [num('heading', 0)],
  THS: [num('heading', 0), text('headingMode', 1)],
  HDM: [num('headingMagnetic', 0)],
  HDG: [num('headingMagnetic', 0), signed('deviation', 1, 'W'), signed('variation', 3, 'W')],
  HSC: [num('headingToSteer', 0), num('headingToSteerMagnetic', 2)],
  ROT: [num('rateOfTurn', 0), active('valid', 1)],
  DBT: depth,
  DBS: depth,
  DBK: depth,
  DPT: [num('depth', 0), num('transducerOffset', 1), num('depthRange', 2)],
  MTW: [celsius('waterTemperature', 0)],
  MTA: [celsius('temperature', 0)],
  MHU: [num('humidity', 0), num('absoluteHumidity', 1), celsius('dewPoint', 2)],
  MMB: [num('pressure', 0, 33.8638866667), num('pressure', 2, 1_000)],
  MDA: [
    num('pressure', 0, 33.8638866667),
    num('pressure', 2, 1_000),
    celsius('temperature', 4),
    celsius('waterTemperature', 6),
    num('humidity', 8),
    num('absoluteHumidity', 9),
    celsius('dewPoint', 10),
    num('windDirection', 12),
    num('windDirectionMagnetic', 14),
    num('windSpeedKnots', 16),
    num('windSpeed', 16, knot / 3.6),
    num('windSpeed', 18),
  ],
  MWD: [
    num('windDirection', 0),
    num('windDirectionMagnetic', 2),
    num('windSpeedKnots', 4),
    num('windSpeed', 4, knot / 3.6),
    num('windSpeed', 6),
  ],
  MWV: [
    num('windAngle', 0),
    ({ fields }, values) => {
      if (fields[1]) values.windReference = fields[1] === 'T' ? 'true' : 'relative';
    },
    wind(2, 3),
    active('valid', 4),
  ],
  VWR: [windSide],
  VWT: [windSide],
  VHW: [
    num('heading', 0),
    num('headingMagnetic', 2),
    num('waterSpeedKnots', 4),
    num('waterSpeed', 4, knot),
    num('waterSpeed', 6),
  ],
  VLW: [
    num('totalDistance', 0, knot),
    num('tripDistance', 2, knot),
    num('groundDistance', 4, knot),
    num('groundTripDistance', 6, knot),
  ],
  VDR: [num('currentSet', 0), num('currentSetMagnetic', 2), num('currentDrift', 4, knot)],
  VBW: [num('waterSpeed', 0, knot), num('speed', 3, knot)],
  RSA: [num('rudder', 0), active('valid', 1), num('rudderPort', 2)],
  RPM: [text('source', 0), num('number', 1), num('rpm', 2), num('pitch', 3), active('valid', 4)],
  XDR: [transducers],
  XTE: [crossTrack(2), active('valid', 0), text('mode', 5)],
  XTR: [crossTrack(0)],
  APB: [
    crossTrack(2),
    active('valid', 0),
    text('arrivalCircle', 5),
    text('arrivalPerpendicular', 6),
    num('bearingOrigin', 7),
    text('waypoint', 9),
    when('bearing', 10, 'T'),
    when('bearingMagnetic', 10, 'M'),
    when('headingToSteer', 12, 'T'),
    when('headingToSteerMagnetic', 12, 'M'),
  ],
  RMB: [
    active('valid', 0),
    (sentence, values) => {
      const value = number(sentence, 1);
      if (sentence.fields[2]) values.steer = sentence.fields[2];
      if (value !== undefined) values.crossTrackError = (sentence.fields[2] === 'R' ? -value : value) * knot;
    },
    text('origin', 3),
    text('waypoint', 4),
    position(5, 'waypointLatitude', 'waypointLongitude'),
    num('distanceToWaypoint', 9, knot),
    num('bearing', 10),
    num('closingSpeed', 11, knot),
    text('arrivalCircle', 12),
  ],
  BOD: [num('bearing', 0), num('bearingMagnetic', 2), text('waypoint', 4), text('origin', 5)],
  BWW: [num('bearing', 0), num('bearingMagnetic', 2), text('waypoint', 4), text('origin', 5)],
  BWC: toWaypoint,
  BWR: toWaypoint,
  WCV: [num('closingSpeed', 0, knot), text('waypoint', 2)],
  WPL: [position(0, 'waypointLatitude', 'waypointLongitude'), text('waypoint', 4)],
  RTE: [
    num('parts', 0),
    num('part', 1),
    text('routeMode', 2),
    text('route', 3),
    ({ fields }, values) => {
      values.waypoints = fields.slice(4).filter((name) => name !== '');
    },
  ],
  AAM: [
    text('arrivalCircle', 0),
    text('arrivalPerpendicular', 1),
    num('arrivalRadius', 2, knot),
    text('waypoint', 4),
  ],
  OSD: [num('heading', 0), active('valid', 1), num('course', 2), inUnit('speed', 4, 8, kilometres)],
  TLL: [num('number', 0), position(1), text('name', 5), clock(6), text('targetStatus', 7)],
  TTM: [
    num('number', 0),
    num('distance', 1),
    num('bearing', 2),
    inUnit('speed', 4, 9, kilometres),
    num('course', 5),
    num('closestApproach', 7),
    num('timeToClosestApproach', 8),
    text('name', 10),
    text('targetStatus', 11),
    clock(13),
  ],
  TXT: [num('parts', 0), num('part', 1), text('text', 2), text('message', 3)],
  ALR: [
    clock(0),
    text('number', 1),
    active('alarmActive', 2),
    active('acknowledged', 3),
    text('alarmText', 4),
    (_, values) => {
      if (values.alarmActive === true) values.alarm = 'general';
    },
  ],
  DSC: [text('format', 0), mmsi(1), text('category', 2), text('distress', 3), dscPosition],
  PGRMZ: [inUnit('altitude', 0, 1, { f: 0.3048, F: 0.3048, M: 1 }), num('fixType', 2)],
  PGRME: [num('accuracy', 0)],
  PNKEP: [performance],
};

/** Performance data of NKE: 01 target speed, 02 course on the next tack, 03 best angle upwind and performance. */
function performance(sentence: Sentence, values: Values): void {
  const kind = Number(sentence.fields[0]);
  if (kind === 1) num('polar', 1, knot)(sentence, values);
  if (kind === 2) num('nextTackCourse', 1)(sentence, values);
  if (kind === 3) {
    num('upwindAngle', 1)(sentence, values);
    num('performance', 2)(sentence, values);
  }
}

/** An MMSI of a DSC call: ten digits, of which the last is filling. */
function mmsi(at: number): Part {
  return ({ fields }, values) => {
    if (/^\d{9,10}$/.test(fields[at] ?? '')) values.mmsi = Number((fields[at] as string).slice(0, 9));
  };
}

/** DSC position: quadrant (0 NE, 1 NW, 2 SE, 3 SW), latitude ddmm, longitude dddmm; nines mean that it is not known. */
function dscPosition({ fields }: Sentence, values: Values): void {
  const match = /^([0-3])(\d\d)(\d\d)(\d{3})(\d\d)$/.exec(fields[5] ?? '');
  if (fields[0] !== '12' || match === null || fields[5] === '9999999999') return;
  const [quadrant, lat, latMin, lon, lonMin] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  values.latitude = (quadrant >= 2 ? -1 : 1) * (lat + latMin / 60);
  values.longitude = (quadrant % 2 === 1 ? -1 : 1) * (lon + lonMin / 60);
}

// --- frames ---------------------------------------------------------------------------------------------------------------

/** The text before the asterisk, once the checksum after it is right. */
function checked(line: string): string {
  const star = line.indexOf('*');
  if (star < 0) return line;
  const digits = line.slice(star + 1).trim();
  if (!/^[0-9a-f]{2}$/i.test(digits)) throw new Error(`not a checksum: ${digits}`);
  const body = line.slice(0, star);
  const sum = xor8(Uint8Array.from(body, (character) => character.charCodeAt(0)));
  if (sum !== Number.parseInt(digits, 16))
    throw new Error(`checksum is ${sum.toString(16)}, the sentence says ${digits}`);
  return body;
}

/** Parameters of a tag block, by their letter. */
function tagBlock(line: string): Values {
  const tag: Values = {};
  for (const parameter of checked(line).split(',')) {
    const [letter = '', ...rest] = parameter.split(':');
    if (rest.length === 0) throw new Error(`not a parameter of a tag block: ${parameter}`);
    tag[letter] = rest.join(':');
  }
  return tag;
}

function tagTime(tag: Values): Date | undefined {
  const seconds = Number(tag.c);
  if (!Number.isFinite(seconds) || seconds <= 0) return undefined;
  // Some devices give milliseconds.
  return new Date(seconds > 1e11 ? seconds : seconds * 1_000);
}

/** TALKER and type; a proprietary address is a type of its own, and xxyyQ asks yy for a sentence. */
function address(head: string): { talker: string; type: string } {
  if (!/^[A-Z0-9]{3,12}$/.test(head)) throw new Error(`not an address: ${head}`);
  if (head.startsWith('P')) return { talker: 'P', type: head };
  if (head.length === 5 && head.endsWith('Q')) return { talker: head.slice(0, 2), type: 'Q' };
  return { talker: head.slice(0, 2), type: head.slice(2) };
}

export function uplink(bytes: Uint8Array, ctx: Context) {
  const line = latin1(bytes).trimEnd();
  const tagged = /^\\([^\\]*)\\(.*)$/.exec(line);
  const tag = tagged === null ? undefined : tagBlock(tagged[1] as string);
  const rest = tagged === null ? line : (tagged[2] as string);
  if (!/^[$!]/.test(rest)) throw new Error(`a sentence begins with $ or !, this is ${rest.slice(0, 20)}`);
  const [head = '', ...fields] = checked(rest.slice(1)).split(',');
  const { talker, type } = address(head);
  const sentence: Sentence = { type, fields, ctx };
  const values: Values = { talker, type, fields };
  for (const part of sentences[type] ?? []) part(sentence, values);
  if (tag !== undefined) values.tag = tag;
  const time = sentence.time ?? (tag && tagTime(tag));
  return { values, ...(time && { time }) };
}

// --- commands -------------------------------------------------------------------------------------------------------------

const restarts: Record<string, string> = {
  hot: 'PMTK101',
  warm: 'PMTK102',
  cold: 'PMTK103',
  factory: 'PMTK104',
};

function command(method: unknown, params: Values): string {
  switch (method) {
    case 'sentence':
      return String(params.text);
    case 'query':
      return `${params.talker ?? 'CC'}${params.listener ?? 'GP'}Q,${params.type}`;
    case 'interval': {
      const milliseconds = Math.round(Number(params.seconds) * 1_000);
      if (!(milliseconds >= 100 && milliseconds <= 10_000)) throw new Error('seconds must be 0.1 to 10');
      return `PMTK220,${milliseconds}`;
    }
    case 'reboot':
      return restarts[String(params.start ?? 'hot')] ?? fail(`no such start: ${params.start}`);
    default:
      return fail(`no such command: ${method}`);
  }
}

function fail(reason: string): never {
  throw new Error(reason);
}

export function downlink({ values }: { values: { method?: unknown; params?: Values } }): string {
  const body = command(values.method, values.params ?? {}).replace(/^[$!]/, '');
  if (!/^[\x20-\x7e]{3,250}$/.test(body) || /[$!*\\]/.test(body)) throw new Error(`not a sentence: ${body}`);
  const sum = xor8(utf8Bytes(body)).toString(16).toUpperCase().padStart(2, '0');
  return `$${body}*${sum}\r\n`;
}
