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

const knot = 1.852;
const metresPerSecond = { K: 1 / 3.6, M: 1, N: knot / 3.6, S: 0.44704 } as Record<string, number>;
const kilometres = { N: knot, K: 1, S: 1.609344 } as Record<string, number>;

// --- readers ----------------------------------------------------------------------------------------------------------

function number({ fields, type }: Sentence, at: number): number | undefined {
  const text = fields[at]?.trim() ?? '';
  if (text === '') return undefined;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text))
    throw new Error(`${type} field ${at + 1} is not a number: ${text}`);
  return Number(text);
}

/** A number times a factor, which depends on the letter that another field holds; no letter of the table: nothing. */
function scaled(
  sentence: Sentence,
  at: number,
  letterAt: number,
  factors: Record<string, number>,
): Values[string] {
  const value = number(sentence, at);
  const factor = factors[sentence.fields[letterAt] ?? ''];
  return value === undefined || factor === undefined ? undefined : value * factor;
}

function celsius(sentence: Sentence, at: number): number | undefined {
  const value = number(sentence, at);
  const unit = sentence.fields[at + 1];
  if (value === undefined) return undefined;
  return unit === 'F' ? ((value - 32) * 5) / 9 : unit === 'K' ? value - 273.15 : value;
}

function place({ fields, type }: Sentence, at: number): [latitude: number, longitude: number] | undefined {
  const [lat, north = '', lon, east = ''] = fields.slice(at, at + 4);
  if (!lat || !lon || !north || !east) return undefined;
  if (!/^[NS]$/.test(north) || !/^[EW]$/.test(east))
    throw new Error(`${type} has no such hemisphere: ${north} ${east}`);
  return [nmeaCoordinate(lat, north), nmeaCoordinate(lon, east)];
}

const dayMs = 86_400_000;

/** A time of day; the day is the one that puts it nearest to the last dated sentence, else to the arrival. */
function clock(sentence: Sentence, at: number): string | undefined {
  const value = sentence.fields[at];
  if (!value) return undefined;
  const { state, time } = sentence.ctx;
  const ofDay = timeOfDay(value);
  const near = state.last ?? time;
  const found = Math.round((near - ofDay) / dayMs) * dayMs + ofDay;
  if (state.last !== undefined) state.last = found;
  sentence.time = new Date(found);
  return value;
}

function timeOfDay(value: string): number {
  const match = /^(\d\d)(\d\d)(\d\d)(\.\d*)?$/.exec(value);
  if (match === null) throw new Error(`not a time: ${value}`);
  const [hour, minute, second] = match.slice(1, 4).map(Number) as [number, number, number];
  if (hour > 23 || minute > 59 || second > 60) throw new Error(`not a time: ${value}`);
  return ((hour * 60 + minute) * 60 + second) * 1_000 + Math.round(Number(`0${match[4] ?? ''}`) * 1_000);
}

/** A time with its date, which serves the sentences after it. */
function dated(sentence: Sentence, time: string, year: number, month: number, day: number): Values {
  const start = dateUTC(year, month, day).getTime();
  if (time === '') return {};
  const full = start + timeOfDay(time);
  sentence.ctx.state.last = full;
  sentence.time = new Date(full);
  return { timeOfDay: time };
}

// --- the sentences ----------------------------------------------------------------------------------------------------
// Each is a list of field:kind:key, the first field being 0. Kinds: n number, sea (knots or nautical miles, given in km/h or
// km), t text, a whether it is A, c temperature with its unit, w (negative where the next letter is W), T and M (only
// where the next letter is that one), and those of `kinds`, which give several values. "*" is a factor.

const depth = '0:n:depthFeet 2:n:depth 4:n:depthFathoms';
const toWaypoint =
  '0:clock 1:waypoint 5:n:bearing 7:n:bearingMagnetic 9:sea:distanceToWaypoint 11:t:waypoint 12:t:mode';
const weather = '0:n:pressure*33.8638866667 2:n:pressure*1000';

const layouts: Record<string, string> = {
  GGA: '0:clock 1:place 5:fix 6:n:satellites 7:n:hdop 8:n:altitude 10:n:geoidSeparation 12:n:differentialAge 13:t:differentialStation',
  GNS: '0:clock 1:place 5:modes 6:n:satellites 7:n:hdop 8:n:altitude 9:n:geoidSeparation 10:n:differentialAge 11:t:differentialStation 12:t:navigationalStatus',
  GLL: '0:place 4:clock 5:a:valid 6:t:mode',
  RMC: '0:rmcDate 1:a:valid 2:place 6:speed 7:n:course 9:w:variation 11:t:mode 12:t:navigationalStatus',
  // Before version 2.3 without the letters of the units.
  'VTG of 4': '0:n:course 1:n:courseMagnetic 2:speed 3:n:speed',
  VTG: '0:n:course 2:n:courseMagnetic 4:speed 6:n:speed 8:t:mode',
  ZDA: '0:zdaDate 4:zone',
  GSA: '0:t:mode 1:n:fixType 2:used 14:n:pdop 15:n:hdop 16:n:vdop 17:n:systemId',
  GSV: '0:n:parts 1:n:part 2:n:inView 3:inView',
  GST: '0:clock 1:n:rms 2:n:errorMajor 3:n:errorMinor 4:n:errorOrientation 5:n:errorLatitude 6:n:errorLongitude 7:n:errorAltitude',
  GBS: '0:clock 1:n:errorLatitude 2:n:errorLongitude 3:n:errorAltitude 4:n:failedSatellite',
  DTM: '0:t:datum 7:t:datumReference',
  HDT: '0:n:heading',
  THS: '0:n:heading 1:t:headingMode',
  HDM: '0:n:headingMagnetic',
  HDG: '0:n:headingMagnetic 1:w:deviation 3:w:variation',
  HSC: '0:n:headingToSteer 2:n:headingToSteerMagnetic',
  ROT: '0:n:rateOfTurn 1:a:valid',
  DBT: depth,
  DBS: depth,
  DBK: depth,
  DPT: '0:n:depth 1:n:transducerOffset 2:n:depthRange',
  MTW: '0:c:waterTemperature',
  MTA: '0:c:temperature',
  MHU: '0:n:humidity 1:n:absoluteHumidity 2:c:dewPoint',
  MMB: weather,
  MDA: `${weather} 4:c:temperature 6:c:waterTemperature 8:n:humidity 9:n:absoluteHumidity 10:c:dewPoint 12:n:windDirection 14:n:windDirectionMagnetic 16:knots 18:n:windSpeed`,
  MWD: '0:n:windDirection 2:n:windDirectionMagnetic 4:knots 6:n:windSpeed',
  MWV: '0:n:windAngle 1:reference 2:wind 4:a:valid',
  VWR: '0:side 2:wind',
  VWT: '0:side 2:wind',
  VHW: '0:n:heading 2:n:headingMagnetic 4:n:waterSpeedKnots 4:sea:waterSpeed 6:n:waterSpeed',
  VLW: '0:sea:totalDistance 2:sea:tripDistance 4:sea:groundDistance 6:sea:groundTripDistance',
  VDR: '0:n:currentSet 2:n:currentSetMagnetic 4:sea:currentDrift',
  VPW: '0:sea:upwindSpeed',
  VBW: '0:sea:waterSpeed 3:sea:speed',
  RSA: '0:n:rudder 1:a:valid 2:n:rudderPort',
  RPM: '0:t:source 1:n:number 2:n:rpm 3:n:pitch 4:a:valid',
  XDR: '0:transducers',
  XTE: '2:track 0:a:valid 5:t:mode',
  XTR: '0:track',
  APB: '2:track 0:a:valid 5:t:arrivalCircle 6:t:arrivalPerpendicular 7:n:bearingOrigin 9:t:waypoint 10:T:bearing 10:M:bearingMagnetic 12:T:headingToSteer 12:M:headingToSteerMagnetic',
  RMB: '0:a:valid 1:seaTrack 3:t:origin 4:t:waypoint 5:waypoint 9:sea:distanceToWaypoint 10:n:bearing 11:sea:closingSpeed 12:t:arrivalCircle',
  BOD: '0:n:bearing 2:n:bearingMagnetic 4:t:waypoint 5:t:origin',
  BWW: '0:n:bearing 2:n:bearingMagnetic 4:t:waypoint 5:t:origin',
  BWC: toWaypoint,
  BWR: toWaypoint,
  WCV: '0:sea:closingSpeed 2:t:waypoint',
  WPL: '0:waypoint 4:t:waypoint',
  RTE: '0:n:parts 1:n:part 2:t:routeMode 3:t:route 4:names',
  AAM: '0:t:arrivalCircle 1:t:arrivalPerpendicular 2:sea:arrivalRadius 4:t:waypoint',
  OSD: '0:n:heading 1:a:valid 2:n:course 4:osdSpeed',
  TLL: '0:n:number 1:place 5:t:name 6:clock 7:t:targetStatus',
  TTM: '0:n:number 1:n:distance 2:n:bearing 4:ttmSpeed 5:n:course 7:n:closestApproach 8:n:timeToClosestApproach 10:t:name 11:t:targetStatus 13:clock',
  TXT: '0:n:parts 1:n:part 2:t:text 3:t:message',
  ALR: '0:clock 1:t:number 2:a:alarmActive 3:a:acknowledged 4:t:alarmText 2:alarm',
  DSC: '0:t:format 1:mmsi 2:t:category 3:t:distress 5:dscPlace',
  PGRMZ: '0:garminAltitude 2:n:fixType',
  PGRME: '0:n:accuracy',
  PASHR: '0:clock 1:n:heading 3:n:rollAngle 4:n:pitchAngle',
  PNKEP: '0:nke',
};

/** Readers that give one value. */
const single: Record<string, (sentence: Sentence, at: number) => unknown> = {
  n: number,
  sea: (sentence, at) => scale(number(sentence, at), knot),
  t: ({ fields }, at) => fields[at] || undefined,
  a: ({ fields }, at) => (fields[at] ? fields[at] === 'A' : undefined),
  c: celsius,
  w: (sentence, at) => scale(number(sentence, at), sentence.fields[at + 1] === 'W' ? -1 : 1),
  T: (sentence, at) => scaled(sentence, at, at + 1, { T: 1 }),
  M: (sentence, at) => scaled(sentence, at, at + 1, { M: 1 }),
};

const scale = (value: number | undefined, factor: number): number | undefined =>
  value === undefined ? undefined : value * factor;

/** Readers that give several values, or values with fixed names. */
const kinds: Record<string, (sentence: Sentence, at: number) => Values> = {
  clock: (sentence, at) => ({ timeOfDay: clock(sentence, at) }),
  place: (sentence, at) => {
    const [latitude, longitude] = place(sentence, at) ?? [];
    return { latitude, longitude };
  },
  waypoint: (sentence, at) => {
    const [waypointLatitude, waypointLongitude] = place(sentence, at) ?? [];
    return { waypointLatitude, waypointLongitude };
  },
  fix: (sentence, at) => {
    const fixQuality = number(sentence, at);
    return fixQuality === undefined ? {} : { fixQuality, valid: fixQuality >= 1 && fixQuality <= 5 };
  },
  modes: ({ fields }, at) => (fields[at] ? { mode: fields[at], valid: /[^N]/.test(fields[at]) } : {}),
  speed: (sentence, at) => {
    const speedKnots = number(sentence, at);
    return { speed: scale(speedKnots, knot), speedKnots };
  },
  rmcDate: (sentence, at) => {
    const date = sentence.fields[8] ?? '';
    if (date === '') return { timeOfDay: clock(sentence, at) };
    if (!/^\d{6}$/.test(date)) throw new Error(`not a date: ${date}`);
    const [day, month, year] = [date.slice(0, 2), date.slice(2, 4), date.slice(4)].map(Number) as [
      number,
      number,
      number,
    ];
    return dated(sentence, sentence.fields[at] ?? '', year + (year < 80 ? 2_000 : 1_900), month, day);
  },
  zdaDate: (sentence, at) => {
    const [time = '', ...date] = sentence.fields.slice(at, at + 4);
    if (date.includes('') || date.length < 3) return { timeOfDay: clock(sentence, at) };
    const [day, month, year] = date.map(Number) as [number, number, number];
    return dated(sentence, time, year, month, day);
  },
  zone: (sentence, at) => {
    const hours = number(sentence, at);
    const minutes = number(sentence, at + 1) ?? 0;
    return hours === undefined
      ? {}
      : { localZone: hours * 60 + (sentence.fields[at]?.startsWith('-') ? -minutes : minutes) };
  },
  used: ({ fields }, at) => ({
    usedSatellites: fields
      .slice(at, at + 12)
      .filter((name) => name !== '')
      .map(Number),
  }),
  inView: (sentence, from) => {
    const satellitesInView: Values[] = [];
    const { fields } = sentence;
    let at = from;
    for (; at + 3 < fields.length; at += 4)
      if (fields[at]) satellitesInView.push(read(satellite, sentence, at));
    return { satellitesInView, signalId: fields[at] || undefined };
  },
  knots: (sentence, at) => {
    const windSpeedKnots = number(sentence, at);
    return { windSpeedKnots, windSpeed: scale(windSpeedKnots, knot / 3.6) };
  },
  wind: (sentence, at) => ({
    windSpeed: scaled(sentence, at, at + 1, metresPerSecond),
    windSpeedKnots: scaled(sentence, at, at + 1, { N: 1 }),
  }),
  reference: ({ fields }, at) =>
    fields[at] ? { windReference: fields[at] === 'T' ? 'true' : 'relative' } : {},
  // An angle to port (L) or to starboard (R).
  side: (sentence, at) => {
    const angle = number(sentence, at);
    const windAngle = angle !== undefined && sentence.fields[at + 1] === 'L' ? (360 - angle) % 360 : angle;
    return { windAngle, windReference: sentence.type === 'VWT' ? 'true' : 'relative' };
  },
  track: (sentence, at) => crossTrack(sentence, at, kilometres[sentence.fields[at + 2] ?? 'N'] ?? knot),
  seaTrack: (sentence, at) => crossTrack(sentence, at, knot),
  names: ({ fields }, at) => ({ waypoints: fields.slice(at).filter((name) => name !== '') }),
  osdSpeed: (sentence, at) => ({ speed: scaled(sentence, at, 8, kilometres) }),
  ttmSpeed: (sentence, at) => ({ speed: scaled(sentence, at, 9, kilometres) }),
  garminAltitude: (sentence, at) => ({
    altitude: scaled(sentence, at, at + 1, { f: 0.3048, F: 0.3048, M: 1 }),
  }),
  alarm: ({ fields }, at) => (fields[at] === 'A' ? { alarm: 'general' } : {}),
  // Ten digits, of which the last is filling.
  mmsi: ({ fields }, at) =>
    /^\d{9,10}$/.test(fields[at] ?? '') ? { mmsi: Number(fields[at]?.slice(0, 9)) } : {},
  dscPlace,
  transducers,
  nke,
};

/** The side to steer to: a ship that must steer left is to the right of its track. */
function crossTrack(sentence: Sentence, at: number, factor: number): Values {
  const steer = sentence.fields[at + 1] || undefined;
  return { steer, crossTrackError: scale(number(sentence, at), steer === 'R' ? -factor : factor) };
}

/** Quadrant (0 NE, 1 NW, 2 SE, 3 SW), latitude ddmm, longitude dddmm of a distress call; nines: not known. */
function dscPlace({ fields }: Sentence, at: number): Values {
  const match = /^([0-3])(\d\d)(\d\d)(\d{3})(\d\d)$/.exec(fields[at] ?? '');
  if (fields[0] !== '12' || match === null) return {};
  const [quadrant, lat, latMin, lon, lonMin] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    latitude: (quadrant >= 2 ? -1 : 1) * (lat + latMin / 60),
    longitude: (quadrant % 2 === 1 ? -1 : 1) * (lon + lonMin / 60),
  };
}

/** Key and factor of a transducer, by its type and unit. */
const transducerKeys: Record<string, [key: string, factor: number]> = {
  CC: ['temperature', 1],
  PB: ['pressure', 1_000],
  PP: ['pressure', 0.01],
  HP: ['humidity', 1],
  UV: ['voltage', 1],
  IA: ['current', 1],
};

function transducers(sentence: Sentence, from: number): Values {
  const list: Values[] = [];
  const values: Values = {};
  for (let at = from; at + 1 < sentence.fields.length; at += 4) {
    const [type = '', , unit = '', name = ''] = sentence.fields.slice(at, at + 4);
    const value = number(sentence, at + 1);
    if (value === undefined) continue;
    list.push({ type, value, unit, name });
    const [key, factor = 1] = transducerKeys[type + unit] ?? [];
    if (key !== undefined) values[key] = value * factor;
  }
  return { ...values, transducers: list };
}

/** Performance data of NKE: 01 target speed, 02 course on the next tack, 03 best angle upwind and performance. */
function nke(sentence: Sentence, at: number): Values {
  const entries = nkeKinds[Number(sentence.fields[at]) - 1];
  return entries === undefined ? {} : read(entries, sentence);
}

interface Entry {
  readonly at: number;
  readonly key: string;
  readonly factor: number;
  readonly one: ((sentence: Sentence, at: number) => unknown) | undefined;
  readonly several: ((sentence: Sentence, at: number) => Values) | undefined;
}

function parseLayout(layout: string): readonly Entry[] {
  return layout.split(' ').map((entry) => {
    const [, at, kind = '', key = '', factor = '1'] =
      /^(\d+):(\w+)(?::(\w+))?(?:\*([\d.]+))?$/.exec(entry) ?? [];
    const [one, several] = key === '' ? [undefined, kinds[kind]] : [single[kind], undefined];
    return { at: Number(at), key, factor: Number(factor), one, several };
  });
}

const sentences: ReadonlyMap<string, readonly Entry[]> = new Map(
  Object.entries(layouts).map(([type, layout]) => [type, parseLayout(layout)]),
);
const satellite = parseLayout('0:n:number 1:n:elevation 2:n:azimuth 3:n:snr');
const nkeKinds = ['1:sea:polar', '1:n:nextTackCourse', '1:n:upwindAngle 2:n:performance'].map(parseLayout);

/** The values of a layout; its fields count from `from` on. What is undefined is left out. */
function read(entries: readonly Entry[], sentence: Sentence, from = 0): Values {
  const values: Values = {};
  for (const { at, key, factor, one, several } of entries) {
    if (one !== undefined) {
      const value = one(sentence, from + at);
      if (value !== undefined) values[key] = typeof value === 'number' ? value * factor : value;
      continue;
    }
    for (const [name, value] of Object.entries(several?.(sentence, from + at) ?? {}))
      if (value !== undefined) values[name] = value;
  }
  return values;
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
  const entries = sentences.get(type === 'VTG' && fields.length === 4 ? 'VTG of 4' : type);
  const values: Values = { talker, type, fields, ...(entries && read(entries, sentence)) };
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
