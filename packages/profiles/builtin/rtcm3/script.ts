/**
 * RTCM 3 messages.
 *
 *     d3   000000 LENGTH (10 bits)   message   CRC-24Q (3)          message: TYPE (12 bits) STATION (12 bits) ..
 *
 * A message is a list of data fields (DF), whose size and scale the standard fixes. Layouts: RTCM 10403.3. An NTRIP
 * caster is asked first (RTCM 10410.0) and answers with a line or an HTTP header.
 */
import { ascii, BitReader, base64, hex, utf8, utf8Bytes } from 'fairlead:helpers';

type Values = Record<string, unknown>;
type Fields = Record<string, number>;
interface Context {
  time: number;
  state: { asked?: boolean };
  parameters: { mountpoint?: string; user?: string };
  secret?: string;
}

// --- data fields ------------------------------------------------------------------------------------------------------------
// By number: u (unsigned), i (two's complement) or m (sign and magnitude) with the number of bits, then "/" and what the
// value is divided by, "^" and the power of two that it is multiplied by, or "*" and a factor.

const table =
  '3:u12 4:u30 5:u1 6:u5 7:u1 8:u3 9:u6 10:u1 11:u24/50 12:i20/2000 13:u7 14:u8*299792.458 15:u8/4 16:u2 17:i14/50 ' +
  '18:i20/2000 19:u7 20:u8/4 21:u6 22:u1 23:u1 24:u1 25:i38/10000 26:i38/10000 27:i38/10000 28:u16/10000 31:u8 34:u27 ' +
  '35:u5 36:u1 37:u3 38:u6 39:u1 40:u5 41:u25/50 42:i20/2000 43:u7 44:u7*599584.916 45:u8/4 46:u2 47:i14/50 48:i20/2000 ' +
  '49:u7 50:u8/4 51:u16 52:u17 53:u5 54:u8 55:u12 56:u1 57:u16/10 71:u8 76:u10 77:u4 78:u2 79:i14^-43 81:u16*16 82:i8^-55 ' +
  '83:i16^-43 84:i22^-31 85:u10 86:i16^-5 87:i16^-43 88:i32^-31 89:i16^-29 90:u32^-33 91:i16^-29 92:u32^-19 93:u16*16 ' +
  '94:i16^-29 95:i32^-31 96:i16^-29 97:i32^-31 98:i16^-5 99:i32^-31 100:i24^-43 101:i8^-31 102:u6 103:u1 104:u1 105:u1 ' +
  '106:u2 107:u12 108:u1 109:u1 110:u7*15 111:m24^-20 112:m27^-11 113:m5^-30 114:m24^-20 115:m27^-11 116:m5^-30 ' +
  '117:m24^-20 118:m27^-11 119:m5^-30 120:u1 121:m11^-40 122:u2 123:u1 124:m22^-30 125:m5^-30 126:u5 127:u1 128:u4 129:u11 ' +
  '130:u2 131:u1 132:u11 133:m32^-31 134:u5 135:m22^-30 136:u1 137:u1 141:u1 142:u1 147:u8 190:u1 191:u1 192:i21/2 193:i22/2 ' +
  '194:u12/2 195:u12/2 196:i8/1000 197:i8/1000 198:i15/100 199:i9*0.00003 200:i9*0.00003 201:i9/1000 212:u2 213:u2 214:u3 ' +
  '215:u3 248:u30 252:u6 287:u2 288:u1 289:u12 290:u10 291:u8 292:i14^-43 293:u14*60 294:i6^-59 295:i21^-46 296:i31^-34 ' +
  '297:i16^-5 298:i16^-43 299:i32^-31 300:i16^-29 301:u32^-33 302:i16^-29 303:u32^-19 304:u14*60 305:i16^-29 306:i32^-31 ' +
  '307:i16^-29 308:i32^-31 309:i16^-5 310:i32^-31 311:i24^-43 312:i10^-32 313:i10^-32 314:u2 315:u1 316:u2 317:u1 364:u2 ' +
  '375:u1 385:u20 386:u17 387:u6 388:u1 391:u4 393:u1 397:u8 398:u10^-10 399:i14 400:i15^-24 401:i22^-29 402:u4 403:u6 ' +
  '404:i15/10000 405:i20^-29 406:i24^-31 407:u10 408:u10^-4 409:u3 411:u2 412:u2 413:u4 414:u16 415:u4 416:u3 417:u1 418:u3 ' +
  '419:u4 420:u1 421:u1 422:u4 423:i16/50 424:i16/50 425:i16/50 426:i16/50 427:u30 428:u30 488:u6 489:u13 490:u4 491:i14^-43 ' +
  '492:u5 493:u17*8 494:i11^-66 495:i22^-50 496:i24^-33 497:u5 498:i18^-6 499:i16^-43 500:i32^-31 501:i18^-31 502:u32^-33 ' +
  '503:i18^-31 504:u32^-19 505:u17*8 506:i18^-31 507:i32^-31 508:i18^-31 509:i32^-31 510:i18^-6 511:i32^-31 512:i24^-43 ' +
  '513:i10/10 514:i10/10 515:u1';

interface Field {
  readonly kind: string;
  readonly bits: number;
  readonly scale: (value: number) => number;
}

const fields: ReadonlyMap<number, Field> = new Map(table.split(' ').map(parseField));

function parseField(entry: string): [number, Field] {
  const [, number, kind = '', bits, operator, operand] =
    /^(\d+):([uim])(\d+)(?:([/*^])(.+))?$/.exec(entry) ?? [];
  const by = Number(operand);
  const factor = operator === '^' ? 2 ** by : by;
  const scale =
    operator === undefined
      ? (value: number) => value
      : operator === '/'
        ? (value: number) => value / by
        : (value: number) => value * factor;
  return [Number(number), { kind, bits: Number(bits), scale }];
}

function readField(bits: BitReader, number: number): number {
  const { kind, bits: size, scale } = fields.get(number) as Field;
  if (kind === 'u') return scale(bits.bits(size));
  if (kind === 'i') return scale(bits.signed(size));
  const negative = bits.flag();
  const value = scale(bits.bits(size - 1));
  return negative ? -value : value;
}

/** Fields by their numbers; "_n" skips n bits. */
function readFields(bits: BitReader, list: string, out: Fields = {}): Fields {
  for (const entry of list.split(' ')) {
    if (entry.startsWith('_')) {
      bits.skip(Number(entry.slice(1)));
      continue;
    }
    const name = `DF${entry.padStart(3, '0')}`;
    out[name] = readField(bits, Number(entry));
  }
  return out;
}

// --- messages ---------------------------------------------------------------------------------------------------------------

const gpsHead = '3 4 5 6 7 8';
const glonassHead = '3 34 5 35 36 37';
const station = '3 21 22 23 24 141 25 142 _1 26 364 27';
const galileo =
  '252 289 290 291 292 293 294 295 296 297 298 299 300 301 302 303 304 305 306 307 308 309 310 311 312';

/** Messages that are a plain list of fields. */
const plain: Record<number, string> = {
  1005: station,
  1006: `${station} 28`,
  1019: '9 76 77 78 79 71 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99 100 101 102 103 137',
  1020: '38 40 104 105 106 107 108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 123 124 125 126 127 128 129 130 131 132 133 134 135 136',
  1042: '488 489 490 491 492 493 494 495 496 497 498 499 500 501 502 503 504 505 506 507 508 509 510 511 512 513 514 515',
  1045: `${galileo} 314 315`,
  1046: `${galileo} 313 316 317 287 288`,
  1057: '385 391 388 375 413 414 415 387',
  1058: '385 391 388 413 414 415 387',
  1059: '385 391 388 413 414 415 387',
  1060: '385 391 388 375 413 414 415 387',
  1061: '385 391 388 413 414 415 387',
  1062: '385 391 388 413 414 415 387',
  1063: '386 391 388 375 413 414 415 387',
  1064: '386 391 388 413 414 415 387',
  1065: '386 391 388 413 414 415 387',
  1066: '386 391 388 375 413 414 415 387',
  1067: '386 391 388 413 414 415 387',
  1068: '386 391 388 413 414 415 387',
};

/** Observations: a head, the field that counts the satellites, and the fields of each satellite. */
const observed: Record<number, [head: string, count: string, satellite: string]> = {
  1001: [gpsHead, 'DF006', '9 10 11 12 13'],
  1002: [gpsHead, 'DF006', '9 10 11 12 13 14 15'],
  1003: [gpsHead, 'DF006', '9 10 11 12 13 16 17 18 19'],
  1004: [gpsHead, 'DF006', '9 10 11 12 13 14 15 16 17 18 19 20'],
  1009: [glonassHead, 'DF035', '38 39 40 41 42 43'],
  1010: [glonassHead, 'DF035', '38 39 40 41 42 43 44 45'],
  1011: [glonassHead, 'DF035', '38 39 40 41 42 43 46 47 48 49'],
  1012: [glonassHead, 'DF035', '38 39 40 41 42 43 44 45 46 47 48 49 50'],
};

/** Messages that need more than a list. */
const special: Record<number, (bits: BitReader) => Values> = {
  1007: (bits) => antenna(bits, false),
  1008: (bits) => antenna(bits, true),
  1013: (bits) => {
    const df = readFields(bits, '3 51 52 53 54');
    return { df, announced: repeated(bits, '55 56 57', df.DF053 as number) };
  },
  1023: (bits) => {
    const df = readFields(bits, '147 190 191 192 193 194 195 196 197 198');
    const points = repeated(bits, '199 200 201', 16);
    return { df: readFields(bits, '212 213 214 215 51', df), points };
  },
  1029: (bits) => {
    const df = readFields(bits, '3 51 52');
    bits.skip(7);
    const bytes = new Uint8Array(bits.bits(8)).map(() => bits.bits(8));
    return { df, message: utf8(bytes) };
  },
  1033: (bits) => ({
    ...antenna(bits, true),
    receiver: counted(bits),
    firmware: counted(bits),
    serial: counted(bits),
  }),
  1230: (bits) => {
    const df = readFields(bits, '3 421 _3 422');
    for (const n of [0, 1, 2, 3])
      if (((df.DF422 as number) >> (3 - n)) & 1) readFields(bits, String(423 + n), df);
    return { df };
  },
};

function repeated(bits: BitReader, list: string, count: number): Fields[] {
  return Array.from({ length: count }, () => readFields(bits, list));
}

/** Text after its number of characters. */
function counted(bits: BitReader): string {
  return ascii(new Uint8Array(bits.bits(8)).map(() => bits.bits(8)));
}

function antenna(bits: BitReader, serial: boolean): Values {
  const df: Values = readFields(bits, '3');
  const length = bits.bits(8);
  const text = ascii(new Uint8Array(length).map(() => bits.bits(8)));
  Object.assign(df, { DF029: length, DF030: text }, readFields(bits, '31'));
  return { df, antenna: text, ...(serial && { antennaSerial: counted(bits) }) };
}

// --- multiple signal messages -----------------------------------------------------------------------------------------------

const systems: Record<number, [name: string, epoch: string, key: string]> = {
  107: ['GPS', '4', 'DF004'],
  108: ['GLONASS', '416 34', 'DF034'],
  109: ['Galileo', '248', 'DF248'],
  110: ['SBAS', '4', 'DF004'],
  111: ['QZSS', '428', 'DF428'],
  112: ['BeiDou', '427', 'DF427'],
  113: ['NavIC', '4', 'DF004'],
};

/** Of each form 1 to 7: the fields of satellites and of signals. "419" stands for four bits of the system's own. */
const forms: Record<number, [satellite: string, signal: string]> = {
  1: ['398', '400'],
  2: ['398', '401 402 420'],
  3: ['398', '400 401 402 420'],
  4: ['397 398', '400 401 402 420 403'],
  5: ['397 419 398 399', '400 401 402 420 403 404'],
  6: ['397 398', '405 406 407 420 408'],
  7: ['397 419 398 399', '405 406 407 420 408 404'],
};

function multipleSignals(type: number, bits: BitReader): Values {
  const [system, epoch, key] = systems[Math.floor(type / 10)] as [string, string, string];
  const [ofSatellite, ofSignal] = forms[type % 10] as [string, string];
  const df = readFields(bits, `3 ${epoch} 393 409 _7 411 412 417 418`);
  const satellites = marked(bits, 64);
  const signals = marked(bits, 32);
  if (satellites.length * signals.length > 64) throw new Error('a message has at most 64 cells');
  const observations: Fields[] = satellites.map((satellite) => ({ satellite }));
  const cells = satellites
    .flatMap((satellite) => signals.map((signal): Fields => ({ satellite, signal })))
    .filter(() => bits.flag());
  inColumns(bits, ofSatellite, observations);
  inColumns(bits, ofSignal, cells);
  return { df, system, epoch: df[key], observations, cells };
}

/** Numbers, from 1, of the bits that are set. */
function marked(bits: BitReader, count: number): number[] {
  const found: number[] = [];
  for (let n = 1; n <= count; n++) if (bits.flag()) found.push(n);
  return found;
}

/** The first field of all rows, then the second field of all, and so on. */
function inColumns(bits: BitReader, list: string, rows: readonly Fields[]): void {
  for (const field of list.split(' ')) for (const row of rows) readFields(bits, field, row);
}

// --- meaning ------------------------------------------------------------------------------------------------------------------

const semiMajor = 6_378_137;
const eccentricity = 0.006_694_379_990_14;
const degrees = 180 / Math.PI;

/** Earth-centred metres to WGS 84. A few steps bring the latitude to less than a millimetre. */
function geodetic(x: number, y: number, z: number): Values {
  const across = Math.hypot(x, y);
  if (Math.hypot(across, z) < 6_000_000) return {};
  let latitude = Math.atan2(z, across * (1 - eccentricity));
  let radius = semiMajor;
  for (let step = 0; step < 6; step++) {
    radius = semiMajor / Math.sqrt(1 - eccentricity * Math.sin(latitude) ** 2);
    latitude = Math.atan2(z + eccentricity * radius * Math.sin(latitude), across);
  }
  const altitude =
    Math.abs(latitude) < 1.4
      ? across / Math.cos(latitude) - radius
      : z / Math.sin(latitude) - radius * (1 - eccentricity);
  return { latitude: latitude * degrees, longitude: Math.atan2(y, x) * degrees, altitude };
}

function meaning({ DF003, DF004, DF025, DF026, DF027, DF028, DF034 }: Fields): Values {
  return {
    ...(DF003 !== undefined && { stationId: DF003, deviceId: String(DF003) }),
    ...((DF004 ?? DF034) !== undefined && { epoch: DF004 ?? DF034 }),
    ...(DF025 !== undefined && {
      ecefX: DF025,
      ecefY: DF026,
      ecefZ: DF027,
      ...geodetic(DF025, DF026 as number, DF027 as number),
    }),
    ...(DF028 !== undefined && { antennaHeight: DF028 }),
  };
}

/** Modified Julian day and second of the day. */
function julian({ DF051, DF052 }: Fields): Date | undefined {
  if (DF051 === undefined || DF052 === undefined) return undefined;
  return new Date((DF051 - 40_587) * 86_400_000 + DF052 * 1_000);
}

function read(type: number, bits: BitReader): Values | undefined {
  const list = plain[type];
  if (list !== undefined) return { df: readFields(bits, list) };
  const observations = observed[type];
  if (observations !== undefined) {
    const [head, count, satellite] = observations;
    const df = readFields(bits, head);
    return { df, observations: repeated(bits, satellite, df[count] as number) };
  }
  if (systems[Math.floor(type / 10)] !== undefined && forms[type % 10] !== undefined)
    return multipleSignals(type, bits);
  return special[type]?.(bits);
}

export function uplink(bytes: Uint8Array) {
  if (bytes[0] !== 0xd3) return casterAnswer(ascii(bytes));
  const message = bytes.subarray(3, -3);
  // A filler frame: casters send it to keep the link.
  if (message.length === 0) return undefined;
  const bits = new BitReader(message);
  const messageType = bits.bits(12);
  const head = { messageType, length: message.length };
  const content = read(messageType, bits);
  if (content === undefined) return { values: { ...head, payload: hex(message) } };
  const df = content.df as Fields;
  const time = julian(df);
  return { values: { ...head, ...meaning(df), ...content }, ...(time && { time }) };
}

function casterAnswer(text: string) {
  const [line = ''] = text.split('\r\n', 1);
  if (!/^(ICY|HTTP\/1\.[01]) 200/.test(line))
    throw new Error(`the caster refused the stream: ${line.slice(0, 80)}`);
  return { values: { caster: line } };
}

// --- requests -----------------------------------------------------------------------------------------------------------------

function request(mountpoint: unknown, user: unknown, password: unknown): string {
  const name = String(mountpoint);
  if (!/^[\w.~-]{1,100}$/.test(name)) throw new Error(`not a mountpoint: ${name}`);
  const login = user ? `Authorization: Basic ${base64(utf8Bytes(`${user}:${password ?? ''}`))}\r\n` : '';
  return `GET /${name} HTTP/1.0\r\nUser-Agent: NTRIP Fairlead\r\n${login}\r\n`;
}

/** Asks a caster once a link; a plain stream needs nothing. */
export function poll({ state, parameters, secret }: Context) {
  if (!parameters.mountpoint || state.asked) return undefined;
  state.asked = true;
  return { send: request(parameters.mountpoint, parameters.user, secret), answer: false as const };
}

export function downlink(
  { values }: { values: { method?: unknown; params?: Values } },
  ctx: Context,
): string {
  if (values.method !== 'mount') throw new Error(`no such command: ${values.method}`);
  return request(values.params?.mountpoint, ctx.parameters.user, ctx.secret);
}
