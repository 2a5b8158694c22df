// Reads sentences by their layouts, and fields with a form of their own.

import { layouts } from './layouts.ts';
import {
  celsius,
  clock,
  dated,
  kilometres,
  knot,
  metresPerSecond,
  number,
  place,
  type Sentence,
  scaled,
  type Values,
} from './readers.ts';

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

export const sentences: ReadonlyMap<string, readonly Entry[]> = new Map(
  Object.entries(layouts).map(([type, layout]) => [type, parseLayout(layout)]),
);
const satellite = parseLayout('0:n:number 1:n:elevation 2:n:azimuth 3:n:snr');
const nkeKinds = ['1:sea:polar', '1:n:nextTackCourse', '1:n:upwindAngle 2:n:performance'].map(parseLayout);

/** The values of a layout; its fields count from `from` on. What is undefined is left out. */
export function read(entries: readonly Entry[], sentence: Sentence, from = 0): Values {
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
