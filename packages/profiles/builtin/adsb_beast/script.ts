/**
 * Mode S and Mode A/C messages in Beast frames.
 *
 *     1a  TYPE  CLOCK (6)  SIGNAL (1)  MESSAGE          type 31: 2 bytes, 32: 7, 33: 14; the framing undoes the doubled 1a
 *
 * A message begins with its downlink format (5 bits) and ends with a parity of 24 bits. Formats 17 and 18 (extended squitter)
 * have a plain parity; in others the address of the aircraft is laid over it. Layouts: ICAO Annex 10 volume IV and
 * Doc 9871, "The 1090 Megahertz Riddle" (J. Sun).
 */
import { BitReader, checksum, concat, hex } from 'fairlead:helpers';

type Values = Record<string, unknown>;
/** Even and odd compact position: latitude, longitude and arrival (s) of each; 0 where it is not there. */
type Pair = [number, number, number, number, number, number];
interface Context {
  time: number;
  type?: string;
  state: { pairs?: Record<string, Pair> };
  parameters: { latitude?: number; longitude?: number };
}
interface Sighting {
  readonly icao: string;
  readonly ctx: Context;
}

const foot = 0.3048;
const knot = 1.852;
const parity = { width: 24, poly: 0xfff409, init: 0, refin: false, refout: false, xorout: 0 };

/** Bits `first` to `last` of a field, counted from 1 as the documents do. */
function take(bytes: Uint8Array, first: number, last: number): number {
  const bits = new BitReader(bytes);
  bits.skip(first - 1);
  return bits.bits(last - first + 1);
}

function takeSigned(bytes: Uint8Array, first: number, last: number): number {
  const bits = new BitReader(bytes);
  bits.skip(first - 1);
  return bits.signed(last - first + 1);
}

// --- altitude, squawk, call sign ------------------------------------------------------------------------------------------

/** Altitude in feet of 13 bits (C1 A1 C2 A2 C4 A4 M B1 Q B2 D2 B4 D4); undefined: not given. */
function altitude13(code: number): number | undefined {
  if (code === 0) return undefined;
  if (code & 0x40) return Math.round((((code >> 1) & 0xfc0) | (code & 0x3f)) / foot);
  if (code & 0x10) {
    const steps = ((code >> 2) & 0x7e0) | ((code >> 1) & 0x10) | (code & 0xf);
    return steps * 25 - 1_000;
  }
  return gillham(code);
}

/** 100 ft steps in Gray code: 500 ft of D2 D4 A1 A2 A4 B1 B2 B4, then C1 C2 C4. */
function gillham(code: number): number | undefined {
  const bit = (n: number): number => (code >> (13 - n)) & 1;
  const gray = [11, 13, 2, 4, 6, 8, 10, 12].map(bit);
  let fives = 0;
  let last = 0;
  for (const digit of gray) {
    last ^= digit;
    fives = fives * 2 + last;
  }
  const [c1, c2, c4] = [bit(1), bit(3), bit(5)] as [number, number, number];
  let ones = c1 * 4 + (c1 ^ c2) * 2 + (c1 ^ c2 ^ c4);
  if (ones === 0 || ones === 5 || ones === 6) return undefined;
  if (ones === 7) ones = 5;
  if (fives % 2 === 1) ones = 6 - ones;
  return fives * 500 + ones * 100 - 1_300;
}

/** Four octal digits of C1 A1 C2 A2 C4 A4 x B1 D1 B2 D2 B4 D4. */
function squawk(code: number): string {
  const bit = (n: number): number => (code >> (13 - n)) & 1;
  const digit = (high: number, middle: number, low: number): number =>
    bit(high) * 4 + bit(middle) * 2 + bit(low);
  return `${digit(6, 4, 2)}${digit(12, 10, 8)}${digit(5, 3, 1)}${digit(13, 11, 9)}`;
}

function characters(bytes: Uint8Array, first: number): string {
  let text = '';
  for (let i = 0; i < 8; i++) {
    const code = take(bytes, first + i * 6, first + i * 6 + 5);
    text +=
      code >= 1 && code <= 26
        ? String.fromCharCode(code + 64)
        : code === 32
          ? '_'
          : code >= 48 && code <= 57
            ? String.fromCharCode(code)
            : '#';
  }
  return text;
}

function callsign(text: string): Values {
  const callsign = text.replace(/[_#]+$/, '');
  return { callsignCharacters: text, ...(callsign && !callsign.includes('#') && { callsign }) };
}

function height(feet: number | undefined, source = 'barometric'): Values {
  return feet === undefined ? {} : { altitude: feet * foot, altitudeFeet: feet, altitudeSource: source };
}

function groundSpeed(knots: number): Values {
  return { speed: knots * knot, groundSpeed: knots * knot, speedKnots: Math.trunc(knots) };
}

// --- compact positions ----------------------------------------------------------------------------------------------------

const modulo = (a: number, b: number): number => a - b * Math.floor(a / b);

/** Zones of longitude at a latitude: 59 at the equator, 1 at the poles. */
function zones(latitude: number): number {
  const across = Math.abs(latitude);
  if (across >= 87) return across > 87 ? 1 : 2;
  const part = (1 - Math.cos(Math.PI / 30)) / Math.cos((Math.PI / 180) * across) ** 2;
  return Math.floor((2 * Math.PI) / Math.acos(1 - part));
}

const scale = 2 ** 17;

/** From one message and a place within 180 nautical miles (on the ground 45). */
function nearby(odd: number, lat: number, lon: number, span: number, near: Values): Values {
  const [y, x] = [Number(near.latitude), Number(near.longitude)];
  const height = span / (60 - odd);
  const latitude = height * (Math.floor(0.5 + y / height - lat / scale) + lat / scale);
  const width = span / Math.max(1, zones(latitude) - odd);
  const longitude = width * (Math.floor(0.5 + x / width - lon / scale) + lon / scale);
  return { latitude, longitude: modulo(longitude + 180, 360) - 180 };
}

/** From an even and an odd message of the last ten seconds, in the air. */
function global(pair: Pair, odd: number): Values | undefined {
  const [evenLat, evenLon, evenTime, oddLat, oddLon, oddTime] = pair;
  if (evenTime === 0 || oddTime === 0 || Math.abs(evenTime - oddTime) > 10) return undefined;
  const zone = Math.floor((59 * evenLat - 60 * oddLat) / scale + 0.5);
  const south = (value: number): number => (value >= 270 ? value - 360 : value);
  const evenLatitude = south((360 / 60) * (modulo(zone, 60) + evenLat / scale));
  const oddLatitude = south((360 / 59) * (modulo(zone, 59) + oddLat / scale));
  const count = zones(evenLatitude);
  if (count !== zones(oddLatitude)) return undefined;
  const latitude = odd ? oddLatitude : evenLatitude;
  if (Math.abs(latitude) > 90) return undefined;
  const wide = Math.max(1, count - odd);
  const turn = Math.floor((evenLon * (count - 1) - oddLon * count) / scale + 0.5);
  const longitude = (360 / wide) * (modulo(turn, wide) + (odd ? oddLon : evenLon) / scale);
  return { latitude, longitude: longitude >= 180 ? longitude - 360 : longitude };
}

/** As many aircraft as fit into the state of a link. */
const aircraftKept = 48;

function remembered({ icao, ctx }: Sighting, odd: number, lat: number, lon: number): Pair {
  const pairs = ctx.state.pairs ?? {};
  const pair: Pair = pairs[icao] ?? [0, 0, 0, 0, 0, 0];
  pair.splice(odd * 3, 3, lat, lon, Math.round(ctx.time / 1_000));
  delete pairs[icao];
  const kept = Object.entries(pairs).slice(1 - aircraftKept);
  ctx.state.pairs = { ...Object.fromEntries(kept), [icao]: pair };
  return pair;
}

function position(me: Uint8Array, sighting: Sighting, surface: boolean): Values {
  const [odd, lat, lon] = [take(me, 22, 22), take(me, 23, 39), take(me, 40, 56)];
  const cpr = { cpr: { odd, lat, lon } };
  const { latitude = 91, longitude = 181 } = sighting.ctx.parameters;
  if (Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)
    return { ...cpr, ...nearby(odd, lat, lon, surface ? 90 : 360, { latitude, longitude }), valid: true };
  // On the ground a pair leaves four places: only the receiver's own place tells which.
  if (surface) return cpr;
  const found = global(remembered(sighting, odd, lat, lon), odd);
  return found === undefined ? cpr : { ...cpr, ...found, valid: true };
}

// --- extended squitter ----------------------------------------------------------------------------------------------------

/** Ground speed of the seven bits of movement, in knots: steps that grow with the speed. */
function movement(code: number): number | undefined {
  const steps: [from: number, knots: number, step: number][] = [
    [124, 175, 0],
    [109, 100, 5],
    [94, 70, 2],
    [39, 15, 1],
    [13, 2, 0.5],
    [9, 1, 0.25],
    [2, 0.125, 0.125],
    [1, 0, 0],
  ];
  const found = code > 124 ? undefined : steps.find(([from]) => code >= from);
  return found && found[1] + (code - found[0]) * found[2];
}

function surfacePosition(me: Uint8Array, sighting: Sighting): Values {
  const knots = movement(take(me, 6, 12));
  const course = take(me, 13, 13) ? { course: (take(me, 14, 20) * 360) / 128 } : {};
  return {
    onGround: true,
    ...(knots !== undefined && groundSpeed(knots)),
    ...course,
    ...position(me, sighting, true),
  };
}

function airbornePosition(me: Uint8Array, sighting: Sighting, gnss: boolean): Values {
  const code = take(me, 9, 20);
  // Twelve bits are those of a reply without the bit M.
  const feet = gnss ? Math.round(code / foot) : altitude13(((code & 0xfc0) << 1) | (code & 0x3f));
  return {
    onGround: false,
    surveillanceStatus: take(me, 6, 7),
    ...height(gnss && code === 0 ? undefined : feet, gnss ? 'gnss' : 'barometric'),
    ...position(me, sighting, false),
  };
}

function velocity(me: Uint8Array): Values {
  const subtype = take(me, 6, 8);
  const factor = subtype === 2 || subtype === 4 ? 4 : 1;
  const climb = take(me, 38, 46);
  const rate = (climb - 1) * 64 * (take(me, 37, 37) ? -1 : 1) || 0;
  const vertical = climb !== 0 && {
    verticalRate: (rate * foot) / 60,
    verticalRateFpm: rate,
    verticalRateSource: take(me, 36, 36) ? 'barometric' : 'gnss',
  };
  if (subtype === 1 || subtype === 2) return { ...overGround(me, factor), ...vertical };
  if (subtype === 3 || subtype === 4) return { ...throughAir(me, factor), ...vertical };
  return {};
}

function overGround(me: Uint8Array, factor: number): Values {
  const [east, north] = [take(me, 15, 24), take(me, 26, 35)];
  if (east === 0 || north === 0) return {};
  const x = (east - 1) * factor * (take(me, 14, 14) ? -1 : 1);
  const y = (north - 1) * factor * (take(me, 25, 25) ? -1 : 1);
  return { ...groundSpeed(Math.hypot(x, y)), course: modulo((Math.atan2(x, y) * 180) / Math.PI, 360) };
}

function throughAir(me: Uint8Array, factor: number): Values {
  const speed = take(me, 26, 35);
  return {
    ...(take(me, 14, 14) && { headingMagnetic: (take(me, 15, 24) * 360) / 1_024 }),
    ...(speed && { [take(me, 25, 25) ? 'trueAirspeed' : 'indicatedAirspeed']: (speed - 1) * factor }),
  };
}

function status(me: Uint8Array): Values {
  if (take(me, 6, 8) !== 1) return {};
  const emergency = take(me, 9, 11);
  return { emergency, squawk: squawk(take(me, 12, 24)), ...(emergency && { alarm: 'sos' }) };
}

function targetState(me: Uint8Array): Values {
  if (take(me, 6, 7) !== 1) return {};
  const [altitude, pressure] = [take(me, 10, 20), take(me, 21, 29)];
  return {
    ...(altitude && { selectedAltitudeFeet: (altitude - 1) * 32 }),
    ...(pressure && { pressureSetting: 800 + (pressure - 1) * 0.8 }),
    ...(take(me, 30, 30) && { selectedHeading: modulo((takeSigned(me, 31, 39) * 180) / 256, 360) }),
  };
}

function squitter(me: Uint8Array, sighting: Sighting): Values {
  const typecode = take(me, 1, 5);
  const read = (): Values => {
    if (typecode >= 1 && typecode <= 4) return { category: take(me, 6, 8), ...callsign(characters(me, 9)) };
    if (typecode >= 5 && typecode <= 8) return surfacePosition(me, sighting);
    if (typecode >= 9 && typecode <= 18) return airbornePosition(me, sighting, false);
    if (typecode === 19) return velocity(me);
    if (typecode >= 20 && typecode <= 22) return airbornePosition(me, sighting, true);
    if (typecode === 28) return status(me);
    if (typecode === 29) return targetState(me);
    if (typecode === 31) return { version: take(me, 41, 43) };
    return {};
  };
  return { typecode, ...read() };
}

// --- Comm-B ---------------------------------------------------------------------------------------------------------------
// A reply does not say which register it holds. Each register has bits that tell whether a value is given, reserved
// bits, and values that an aircraft can have.

/** A status bit and the bits of its value: without the status the value is 0. */
type Guard = readonly [status: number, first: number, last: number];
interface Register {
  readonly guards: readonly Guard[];
  readonly fits?: (mb: Uint8Array, feet: number | undefined) => boolean;
  readonly read: (mb: Uint8Array) => Values;
}

const given = (mb: Uint8Array, status: number, values: Values): Values =>
  take(mb, status, status) ? values : {};

const registers: Record<string, Register> = {
  BDS10: { guards: [], fits: (mb) => mb[0] === 0x10 && take(mb, 10, 14) === 0, read: () => ({}) },
  BDS17: {
    guards: [],
    fits: (mb) => take(mb, 25, 56) === 0 && take(mb, 7, 7) === 1 && take(mb, 1, 6) !== 0,
    read: () => ({}),
  },
  BDS20: {
    guards: [],
    fits: (mb) => mb[0] === 0x20 && !characters(mb, 9).includes('#'),
    read: (mb) => callsign(characters(mb, 9)),
  },
  BDS30: {
    guards: [],
    fits: (mb) => mb[0] === 0x30 && take(mb, 29, 30) !== 3 && take(mb, 16, 22) < 48,
    read: () => ({}),
  },
  BDS40: {
    guards: [
      [1, 2, 13],
      [14, 15, 26],
      [27, 28, 39],
      [48, 49, 51],
      [54, 55, 56],
    ],
    fits: (mb) => take(mb, 40, 47) === 0 && take(mb, 52, 53) === 0,
    read: (mb) => ({
      ...given(mb, 1, { selectedAltitudeFeet: take(mb, 2, 13) * 16 }),
      ...given(mb, 14, { selectedAltitudeFmsFeet: take(mb, 15, 26) * 16 }),
      ...given(mb, 27, { pressureSetting: take(mb, 28, 39) / 10 + 800 }),
    }),
  },
  BDS44: {
    guards: [
      [5, 6, 23],
      [35, 36, 46],
      [47, 48, 49],
      [50, 51, 56],
    ],
    fits: (mb) => {
      const temperature = takeSigned(mb, 24, 34) / 4;
      return (
        take(mb, 1, 4) >= 1 &&
        take(mb, 1, 4) <= 4 &&
        take(mb, 5, 5) === 1 &&
        take(mb, 6, 14) <= 250 &&
        temperature >= -80 &&
        temperature <= 60
      );
    },
    read: (mb) => ({
      windSpeed: (take(mb, 6, 14) * knot) / 3.6,
      windDirection: (take(mb, 15, 23) * 180) / 256,
      temperature: takeSigned(mb, 24, 34) / 4,
      ...given(mb, 35, { pressure: take(mb, 36, 46) }),
      ...given(mb, 50, { humidity: (take(mb, 51, 56) * 100) / 64 }),
    }),
  },
  BDS45: {
    guards: [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
      [10, 11, 12],
      [13, 14, 15],
      [16, 17, 26],
      [27, 28, 38],
      [39, 40, 51],
    ],
    fits: (mb) => {
      const temperature = takeSigned(mb, 17, 26) / 4;
      return take(mb, 52, 56) === 0 && temperature >= -80 && temperature <= 60;
    },
    read: (mb) => ({
      ...given(mb, 16, { temperature: takeSigned(mb, 17, 26) / 4 }),
      ...given(mb, 27, { pressure: take(mb, 28, 38) }),
    }),
  },
  BDS50: {
    guards: [
      [1, 2, 11],
      [12, 13, 23],
      [24, 25, 34],
      [35, 36, 45],
      [46, 47, 56],
    ],
    fits: (mb) => {
      const [ground, air] = [take(mb, 25, 34) * 2, take(mb, 47, 56) * 2];
      const both = take(mb, 24, 24) && take(mb, 46, 46);
      return (
        Math.abs(takeSigned(mb, 2, 11) * 45) <= 50 * 256 &&
        ground <= 600 &&
        air <= 600 &&
        !(both && Math.abs(ground - air) > 200)
      );
    },
    read: (mb) => ({
      ...given(mb, 1, { roll: (takeSigned(mb, 2, 11) * 45) / 256 }),
      ...given(mb, 12, { course: modulo((takeSigned(mb, 13, 23) * 90) / 512, 360) }),
      ...given(mb, 24, groundSpeed(take(mb, 25, 34) * 2)),
      ...given(mb, 35, { trackRate: (takeSigned(mb, 36, 45) * 8) / 256 }),
      ...given(mb, 46, { trueAirspeed: take(mb, 47, 56) * 2 }),
    }),
  },
  BDS60: {
    guards: [
      [1, 2, 12],
      [13, 14, 23],
      [24, 25, 34],
      [35, 36, 45],
      [46, 47, 56],
    ],
    fits: (mb, feet) => {
      const [speed, mach] = [take(mb, 14, 23), (take(mb, 25, 34) * 2.048) / 512];
      const rates = [takeSigned(mb, 36, 45), takeSigned(mb, 47, 56)].map((rate) => Math.abs(rate * 32));
      if (speed > 500 || mach > 1 || rates.some((rate) => rate > 6_000)) return false;
      return (
        !(take(mb, 13, 13) && take(mb, 24, 24) && feet !== undefined) ||
        Math.abs(airspeed(mach, feet) - speed) <= 20
      );
    },
    read: (mb) => ({
      ...given(mb, 1, { headingMagnetic: modulo((takeSigned(mb, 2, 12) * 90) / 512, 360) }),
      ...given(mb, 13, { indicatedAirspeed: take(mb, 14, 23) }),
      ...given(mb, 24, { mach: (take(mb, 25, 34) * 2.048) / 512 }),
      ...given(mb, 35, { baroVerticalRateFpm: takeSigned(mb, 36, 45) * 32 }),
      ...given(mb, 46, { inertialVerticalRateFpm: takeSigned(mb, 47, 56) * 32 }),
    }),
  },
};

/** Calibrated airspeed in knots of a Mach number at an altitude of the standard atmosphere. */
function airspeed(mach: number, feet: number): number {
  const metres = feet * foot;
  const pressure =
    metres < 11_000
      ? 101_325 * (1 - 0.0065 * (metres / 288.15)) ** 5.25588
      : 22_632 * Math.exp(-(metres - 11_000) / 6_341.62);
  const impact = pressure * ((1 + 0.2 * mach ** 2) ** 3.5 - 1);
  return 340.294 * Math.sqrt(5 * ((impact / 101_325 + 1) ** (2 / 7) - 1)) * (3.6 / knot);
}

function commB(mb: Uint8Array, feet: number | undefined): Values {
  if (mb.every((byte) => byte === 0)) return {};
  const fitting = Object.entries(registers).filter(
    ([, { guards, fits }]) =>
      guards.every(
        ([status, first, last]) => take(mb, status, status) === 1 || take(mb, first, last) === 0,
      ) &&
      (fits?.(mb, feet) ?? true),
  );
  const [only] = fitting;
  return {
    ...(only && { bds: fitting.map(([name]) => name).join() }),
    ...(only && fitting.length === 1 && only[1].read(mb)),
  };
}

// --- messages ---------------------------------------------------------------------------------------------------------------

const address = (value: number): string => value.toString(16).padStart(6, '0').toUpperCase();

function modeS(message: Uint8Array, ctx: Context): Values {
  const df = Math.min(take(message, 1, 5), 24);
  const long = message.length === 14;
  if (long !== df >= 16) throw new Error(`downlink format ${df} in ${message.length} bytes`);
  const rest =
    checksum(parity, message.subarray(0, -3)) ^ take(message, message.length * 8 - 23, message.length * 8);
  if (df === 17 || df === 18) {
    if (rest !== 0) return { df, crcValid: false };
    const icao = address(take(message, 9, 32));
    const own = df === 17 || take(message, 6, 8) <= 1 || take(message, 6, 8) === 6;
    const content = own || take(message, 6, 8) === 2 ? squitter(message.subarray(4, 11), { icao, ctx }) : {};
    return { df, crcValid: true, icao, capability: take(message, 6, 8), ...content };
  }
  if (df === 11) {
    if (rest > 0x7f) return { df, crcValid: false };
    return {
      df,
      crcValid: true,
      icao: address(take(message, 9, 32)),
      capability: take(message, 6, 8),
      interrogator: rest,
    };
  }
  if (df === 24) return { df };
  const icao = address(rest);
  const code = take(message, 20, 32);
  if (df === 0 || df === 16)
    return { df, icao, onGround: take(message, 6, 6) === 1, ...height(altitude13(code)) };
  const identity = df === 5 || df === 21;
  const feet = identity ? undefined : altitude13(code);
  const flightStatus = take(message, 6, 8);
  return {
    df,
    icao,
    flightStatus,
    ...(flightStatus < 4 && { onGround: flightStatus % 2 === 1 }),
    ...(identity ? { squawk: squawk(code) } : height(feet)),
    ...(long && commB(message.subarray(4, 11), feet)),
  };
}

export function uplink(bytes: Uint8Array, ctx: Context) {
  const message = bytes.subarray(9);
  const head = { mlat: take(bytes, 17, 64), signal: bytes[8], frame: hex(message) };
  if (bytes[1] === 0x31)
    return { values: { ...head, modeAC: (take(message, 1, 16) & 0x7777).toString(16).padStart(4, '0') } };
  if (bytes[1] === 0x34) return { values: head };
  const values: Values = modeS(message, ctx);
  const { icao } = values;
  const device = ctx.type === 'gateway' && typeof icao === 'string' && { device: icao };
  return { values: { ...head, ...values, ...(icao !== undefined && { deviceId: icao }) }, ...device };
}

export function downlink({ values }: { values: { method?: unknown; params?: Values } }): Uint8Array {
  const letter = String(values.params?.letter);
  if (values.method !== 'option') throw new Error(`no such command: ${values.method}`);
  if (!/^[c-jC-J]$/.test(letter)) throw new Error(`not the letter of an option: ${letter}`);
  return concat([0x1a, 0x31], letter);
}
