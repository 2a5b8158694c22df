/**
 * AIS messages in NMEA sentences.
 *
 *     !AIVDM , parts , part , group , channel , payload , fill bits * CHECK CR LF
 *
 * The payload has six bits a character: type (6), repeat (2), MMSI (30), then what the type says. Some receivers put a
 * tag block before the sentence, some add fields after the checksum, of which the last is the Unix time.
 * Layouts: ITU-R M.1371-5; names of the fields: "AIVDM/AIVDO protocol decoding" (E. Raymond).
 */
import { BitReader, concat, dateUTC, hex, latin1, utf8Bytes, xor8 } from 'fairlead:helpers';

type Values = Record<string, unknown>;
type Message = Record<string, number | string | boolean>;
/** Parts of a message that is not complete yet. */
interface Group {
  key: string;
  since: number;
  parts: (string | null)[];
}
interface Context {
  time: number;
  type?: string;
  state: { groups?: Group[] };
}

// --- layouts --------------------------------------------------------------------------------------------------------------
// name:kind, kind being u (unsigned), i (signed), b (bit) or t (text) with the number of bits and "/" with what the
// value is divided by, and an offset. "_" is spare, "*" takes all the rest. From "?" on the message may end: what is missing is 0.

const place = 'accuracy:b1 lon:i28/600000 lat:i27/600000';
const coarse = (prefix: string) => `${prefix}lon:i18/600 ${prefix}lat:i17/600`;
const size = 'to_bow:u9 to_stern:u9 to_port:u6 to_starboard:u6';
const moving = `status:u4 turn:i8 speed:u10/10 ${place} course:u12/10 heading:u9 second:u6 maneuver:u2 _:u3 raim:b1 ?radio:u19`;
const base = `year:u14 month:u4 day:u5 hour:u5 minute:u6 second:u6 ${place} epfd:u4 _:u10 raim:b1 radio:u19`;
const acknowledge = '_:u2 mmsi1:u30 _:u2 ?mmsi2:u30 _:u2 ?mmsi3:u30 _:u2 ?mmsi4:u30';
const slots = (n: number) => `offset${n}:u12 number${n}:u4 timeout${n}:u3 increment${n}:u11`;

const layouts: Record<number, string> = {
  1: moving,
  2: moving,
  3: moving,
  4: base,
  5: `ais_version:u2 imo:u30 callsign:t42 shipname:t120 shiptype:u8 ${size} epfd:u4 month:u4 day:u5 hour:u5 minute:u6 draught:u8/10 destination:t120 ?dte:u1`,
  6: 'seqno:u2 dest_mmsi:u30 retransmit:b1 _:u1 dac:u10 fid:u6 data:*',
  7: acknowledge,
  8: '_:u2 dac:u10 fid:u6 data:*',
  9: `alt:u12 speed:u10 ${place} course:u12/10 second:u6 regional:u8 dte:u1 _:u3 assigned:b1 raim:b1 radio:u20`,
  10: '_:u2 dest_mmsi:u30',
  11: base,
  12: 'seqno:u2 dest_mmsi:u30 retransmit:b1 _:u1 text:*',
  13: acknowledge,
  14: '_:u2 text:*',
  15: '_:u2 mmsi1:u30 type1_1:u6 offset1_1:u12 ?_:u2 type1_2:u6 offset1_2:u12 ?_:u2 mmsi2:u30 type2_1:u6 offset2_1:u12',
  16: '_:u2 mmsi1:u30 offset1:u12 increment1:u10 ?mmsi2:u30 offset2:u12 increment2:u10',
  17: `_:u2 ${coarse('')} _:u5 data:*`,
  18: `reserved:u8 speed:u10/10 ${place} course:u12/10 heading:u9 second:u6 regional:u2 cs:b1 display:b1 dsc:b1 band:b1 msg22:b1 assigned:b1 raim:b1 radio:u20`,
  19: `reserved:u8 speed:u10/10 ${place} course:u12/10 heading:u9 second:u6 regional:u4 shipname:t120 shiptype:u8 ${size} epfd:u4 raim:b1 dte:u1 assigned:b1`,
  20: `_:u2 ${slots(1)} ?${slots(2)} ?${slots(3)} ?${slots(4)}`,
  21: `aid_type:u5 name:t120 ${place} ${size} epfd:u4 second:u6 off_position:b1 regional:u8 raim:b1 virtual_aid:b1 ?assigned:b1 ?_:u1 name_ext:*`,
  22: '_:u2 channel_a:u12 channel_b:u12 txrx:u4 power:b1',
  23: `_:u2 ${coarse('ne_')} ${coarse('sw_')} stationtype:u4 shiptype:u8 _:u22 txrx:u2 interval:u4 quiet:u4`,
  24: 'partno:u2',
  25: 'addressed:b1 structured:b1',
  26: 'addressed:b1 structured:b1',
  27: `accuracy:b1 raim:b1 status:u4 ${coarse('')} speed:u6 course:u9 gnss:b1`,
};

/** Weather and sea, of which the forms of two circulars of the IMO differ in what is given here. */
const weather = (air: string, more: string, level: string, water: string, salinity: string) =>
  `day:u5 hour:u5 minute:u6 wspeed:u7 wgust:u7 wdir:u9 wgustdir:u9 ${air} ${more} waterlevel:${level} leveltrend:u2 cspeed:u8/10 cdir:u9 cspeed2:u8/10 cdir2:u9 cdepth2:u5 cspeed3:u8/10 cdir3:u9 cdepth3:u5 waveheight:u8/10 waveperiod:u6 wavedir:u9 swellheight:u8/10 swellperiod:u6 swelldir:u9 seastate:u4 watertemp:${water} preciptype:u3 salinity:${salinity} ice:u2`;

/** Contents of binary messages, by their area code and function. */
const contents: Record<string, string> = {
  '1/11': `lat:i24/60000 lon:i25/60000 ${weather('airtemp:u11/10-60 humidity:u7', 'dewpoint:u10/10-20 pressure:u9+800 pressuretend:u2 visibility:u8/10', 'u9/10-10', 'u10/10-10', 'u9/10')}`,
  '1/31': `lon:i25/60000 lat:i24/60000 accuracy:b1 ${weather('airtemp:i11/10 humidity:u7', 'dewpoint:i10/10 pressure:u9+799 pressuretend:u2 visgreater:b1 visibility:u7/10', 'u12/100-10', 'i10/10', 'u9/10')}`,
  '1/16': 'persons:u13',
  '200/10':
    'vin:t48 length:u13 beam:u10 shiptype:u14 hazard:u3 draught:u11 loaded:u2 speed_q:b1 course_q:b1 heading_q:b1',
  '200/55': 'crew:u8 passengers:u13 personnel:u8',
  '235/10':
    'ana_int:u10/20 ana_ext1:u10/20 ana_ext2:u10/20 racon:u2 light:u2 alarm:b1 stat_ext:u8 off_pos:b1',
};

/** What the first fields of a message say about those that follow. */
const continued: Record<number, (message: Message, bits: Bits) => string> = {
  // The bit that tells the form stands behind both forms.
  22: (_, bits) =>
    (bits.peek(70) ? 'dest1:u30 _:u5 dest2:u30 _:u5' : `${coarse('ne_')} ${coarse('sw_')}`) +
    ' addressed:b1 band_a:b1 band_b:b1 zonesize:u3',
  24: ({ partno, mmsi }) =>
    partno === 0
      ? 'shipname:t120'
      : `shiptype:u8 vendorid:t18 model:u4 serial:u20 callsign:t42 ${isAuxiliary(mmsi) ? 'mothership_mmsi:u30' : size}`,
  25: binary,
  26: (message) => `${binary(message)}-20 radio:u20`,
};

/** Binary messages with an address, an application, or neither. */
function binary({ addressed, structured }: Message): string {
  return `${addressed ? 'dest_mmsi:u30 ' : ''}${structured ? 'app_id:u16 ' : ''}data:*`;
}

/** A craft that belongs to a mother ship has an MMSI of the form 98MMMxxxx. */
const isAuxiliary = (mmsi: unknown): boolean => Math.floor(Number(mmsi) / 10_000_000) === 98;

// --- bits -----------------------------------------------------------------------------------------------------------------

class Bits {
  readonly #bytes: Uint8Array;
  readonly #reader: BitReader;
  readonly #padding: number;

  constructor(payload: string, fill: number, skip = 0) {
    const length = payload.length * 6 - fill;
    this.#bytes = unarmoured(payload);
    this.#reader = new BitReader(this.#bytes);
    this.#padding = this.#bytes.length * 8 - length;
    this.#reader.skip(skip);
  }

  get left(): number {
    return this.#reader.left - this.#padding;
  }

  /** `short`: bits that are missing are 0. */
  read(kind: string, bits: number, short: boolean): number | string | boolean {
    if (bits > this.left) {
      if (!short) throw new Error('the message is cut off');
      const given = Math.max(0, this.left);
      return kind === 'b' ? false : this.#reader.bits(given) * 2 ** (bits - given);
    }
    if (kind === 'i') return this.#reader.signed(bits);
    if (kind === 'b') return this.#reader.flag();
    if (kind === 't') return this.text(bits);
    return this.#reader.bits(bits);
  }

  text(bits: number): string {
    const text = this.#reader.text6(Math.floor(bits / 6));
    this.#reader.skip(bits % 6);
    return text;
  }

  /** bits:hex, the last byte with the bits that follow on the wire. */
  data(bits: number): string {
    const bytes: number[] = [];
    for (let left = bits; left > 0; left -= 8) {
      const some = Math.min(8, left);
      let byte = this.#reader.bits(some);
      for (let ahead = 0; ahead < 8 - some; ahead++) byte = byte * 2 + Number(this.peek(ahead));
      bytes.push(byte);
    }
    return `${bits}:${hex(Uint8Array.from(bytes))}`;
  }

  /** The bit so far on; behind the message they are 0. */
  peek(ahead: number): boolean {
    if (ahead >= this.left) return false;
    const at = this.#bytes.length * 8 - this.#reader.left + ahead;
    return (((this.#bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1) === 1;
  }
}

/** Six bits a character, packed into bytes. */
function unarmoured(payload: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((payload.length * 6) / 8));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const character of payload) {
    const code = character.charCodeAt(0);
    if (code < 48 || code > 119 || (code > 87 && code < 96)) throw new Error(`not armoured: ${character}`);
    held = ((held << 6) | (code > 87 ? code - 56 : code - 48)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
    }
  }
  if (bits > 0) bytes[at] = held << (8 - bits);
  return bytes;
}

interface Field {
  readonly name: string;
  readonly kind: string;
  readonly count: number;
  readonly divisor: number;
  readonly offset: number;
  readonly mayEnd: boolean;
}

function parseLayout(layout: string): readonly Field[] {
  let mayEnd = false;
  return layout.split(' ').map((field) => {
    const match = /^(\??)(\w+):([uibt*])(-?\d*)(?:\/(\d+))?([+-]\d+)?$/.exec(field);
    if (match === null) throw new Error(`no such field: ${field}`);
    const [, optional, name = '', kind = '', count, divisor = '1', offset = '0'] = match;
    mayEnd ||= optional === '?';
    return { name, kind, count: Number(count), divisor: Number(divisor), offset: Number(offset), mayEnd };
  });
}

const parsedContents: ReadonlyMap<string, readonly Field[]> = new Map(
  Object.entries(contents).map(([key, layout]) => [key, parseLayout(layout)]),
);
const header = parseLayout('type:u6 repeat:u2 mmsi:u30');
const parsed: ReadonlyMap<number, readonly Field[]> = new Map(
  Object.entries(layouts).map(([type, layout]) => [Number(type), parseLayout(layout)]),
);

function readFields(fields: readonly Field[], bits: Bits, message: Message): void {
  for (const { name, kind, count, divisor, offset, mayEnd } of fields) {
    const value = kind === '*' ? rest(name, bits, count) : bits.read(kind, count, mayEnd);
    if (name !== '_') message[name] = typeof value === 'number' ? value / divisor + offset : value;
  }
}

/** What is left, but for `less` bits that follow. */
function rest(name: string, bits: Bits, less: number): string {
  const count = bits.left + less;
  if (count < 0) throw new Error('the message is cut off');
  return name === 'data' ? bits.data(count) : bits.text(count);
}

function decode(payload: string, fill: number): Message {
  const bits = new Bits(payload, fill);
  const message: Message = {};
  readFields(header, bits, message);
  const type = message.type as number;
  const fields = parsed.get(type);
  if (fields === undefined) return { ...message, data: bits.data(bits.left) };
  readFields(fields, bits, message);
  const more = continued[type]?.(message, bits);
  if (more !== undefined) readFields(parseLayout(more), bits, message);
  const content = parsedContents.get(`${message.dac}/${message.fid}`);
  if (content === undefined) return message;
  const inside = new Bits(payload, fill, type === 6 ? 88 : 56);
  // A content that is too short says that it is something else.
  if (inside.left >= content.reduce((sum, { count }) => sum + count, 0)) readFields(content, inside, message);
  return message;
}

// --- meaning ----------------------------------------------------------------------------------------------------------------

const statuses = (
  'Under way using engine,At anchor,Not under command,Restricted manoeuverability,Constrained by her draught,Moored,' +
  'Aground,Engaged in fishing,Under way sailing,Reserved for HSC,Reserved for WIG,Power-driven vessel towing astern,' +
  'Power-driven vessel pushing ahead or towing alongside,Reserved,AIS-SART is active,Not defined'
).split(',');

const fixes: Record<number, string> = Object.fromEntries(
  'Undefined,GPS,GLONASS,Combined GPS/GLONASS,Loran-C,Chayka,Integrated navigation system,Surveyed,Galileo'
    .split(',')
    .map((name, i) => [i, name]),
);

const aids = (
  'Unspecified|Reference point|RACON|Fixed offshore structure|Spare, Reserved for future use|Light, without sectors|' +
  'Light, with sectors|Leading Light Front|Leading Light Rear|Beacon, Cardinal N|Beacon, Cardinal E|Beacon, Cardinal S|' +
  'Beacon, Cardinal W|Beacon, Port hand|Beacon, Starboard hand|Beacon, Preferred Channel port hand|' +
  'Beacon, Preferred Channel starboard hand|Beacon, Isolated danger|Beacon, Safe water|Beacon, Special mark|' +
  'Cardinal Mark N|Cardinal Mark E|Cardinal Mark S|Cardinal Mark W|Port hand Mark|Starboard hand Mark|' +
  'Preferred Channel Port hand|Preferred Channel Starboard hand|Isolated danger|Safe Water|Special Mark|' +
  'Light Vessel / LANBY / Rigs'
).split('|');

const shipGroups: Record<number, string> = {
  2: 'Wing in ground (WIG)',
  4: 'High speed craft (HSC)',
  6: 'Passenger',
  7: 'Cargo',
  8: 'Tanker',
  9: 'Other Type',
};
const ships3 =
  'Fishing|Towing|Towing: length exceeds 200m or breadth exceeds 25m|Dredging or underwater ops|Diving ops|Military ops|Sailing|Pleasure Craft|Reserved|Reserved';
const ships5 =
  'Pilot Vessel|Search and Rescue vessel|Tug|Port Tender|Anti-pollution equipment|Law Enforcement|Spare - Local Vessel|Spare - Local Vessel|Medical Transport|Ship according to RR Resolution No. 18';

function shipType(code: number): string {
  const [tens, ones] = [Math.floor(code / 10), code % 10];
  if (tens === 3) return ships3.split('|')[ones] as string;
  if (tens === 5) return ships5.split('|')[ones] as string;
  const group = shipGroups[tens];
  if (group === undefined) return code === 0 ? 'Not available' : 'Reserved for future use';
  if (ones === 0) return `${group} - all ships of this type`;
  if (ones <= 4) return `${group} - Hazardous category ${'ABCD'[ones - 1]}`;
  return `${group} - ${ones === 9 ? 'No additional information' : 'Reserved for future use'}`;
}

/** Codes of binary messages: where their text goes, and the texts. */
const codeTexts: Record<string, [target: string, names: string]> = {
  pressuretend: ['pressuretend', 'steady,increasing,decreasing,N/A'],
  leveltrend: ['leveltrend', 'steady,increasing,decreasing,N/A'],
  preciptype: ['preciptype_text', 'reserved,rain,thunderstorm,freezing rain,mixed/ice,snow,reserved,N/A'],
  stationtype: [
    'stationtype_text',
    'All types of mobiles,Reserved for future use,All types of Class B mobile stations,SAR airborne mobile station,Aid to Navigation station,Class B shipborne mobile station (IEC62287 only),Regional use and inland waterways',
  ],
  ice: ['ice_text', 'no,yes,reserved,N/A'],
  racon: ['racon_text', 'no RACON installed,RACON not monitored,RACON operational,RACON ERROR'],
  light: ['light_text', 'no light or no monitoring,Light ON,Light OFF,Light ERROR'],
  loaded: ['loaded_text', 'N/A,Unloaded,Loaded'],
};

const two = (value: unknown): string => String(value).padStart(2, '0');

/** Texts beside the numbers, and times in one piece. Positions that are coarse are shown as coarse as they are. */
function explained(message: Message): Message {
  const {
    status,
    epfd,
    shiptype,
    aid_type,
    turn,
    year,
    month,
    day,
    hour,
    minute,
    second,
    name_ext,
    ...rest
  } = message;
  const out: Message = { ...rest };
  if (typeof status === 'number') Object.assign(out, { status, status_text: statuses[status] as string });
  if (typeof turn === 'number') out.turn = turnText(turn);
  if (typeof epfd === 'number')
    Object.assign(out, {
      epfd,
      epfd_text: fixes[epfd] ?? (epfd === 15 ? 'internal GNSS' : `Reserved (${epfd})`),
    });
  if (typeof shiptype === 'number')
    Object.assign(out, { shiptype, ...(shiptype < 256 && { shiptype_text: shipType(shiptype) }) });
  if (typeof aid_type === 'number') Object.assign(out, { aid_type, aid_type_text: aids[aid_type] as string });
  for (const [key, [target, names]] of Object.entries(codeTexts)) {
    const name = names.split(',')[Number(rest[key])];
    if (rest[key] !== undefined && name !== undefined) out[target] = name;
  }
  for (const [key, value] of Object.entries(rest))
    if (/^(ne|sw)_/.test(key) && typeof value === 'number') out[key] = value.toFixed(6);
  if (rest.type === 17) for (const key of ['lon', 'lat']) out[key] = Math.round(Number(rest[key]) * 10) / 10;
  if (rest.type === 25 || rest.type === 26)
    Object.assign(out, { dest_mmsi: rest.dest_mmsi ?? 0, app_id: rest.app_id ?? 0 });
  if (typeof name_ext === 'string' && name_ext !== '') out.name = `${out.name}${name_ext}`;
  if (year !== undefined)
    out.timestamp = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}Z`;
  else if (month !== undefined) out.eta = `${two(month)}-${two(day)}T${two(hour)}:${two(minute)}Z`;
  else if (day !== undefined) out.timestamp = `${two(day)}T${two(hour)}:${two(minute)}Z`;
  else if (second !== undefined) out.second = second;
  return out;
}

/** Degrees a minute are the square of the value over 4.733; 127 and -127 say only that it is more than 5° in 30 s. */
function turnText(turn: number): string {
  if (turn === -128) return 'n/a';
  if (Math.abs(turn) === 127) return turn < 0 ? 'fastleft' : 'fastright';
  return rate(turn).toFixed(2);
}

const rate = (turn: number): number => Math.sign(turn) * (turn / 4.733) ** 2;

const known = (value: unknown, none: number): value is number => typeof value === 'number' && value < none;

/** The values of the vocabulary: without those that are marked as not available. */
function vocabulary(message: Message): Values {
  const { type, mmsi, lon, lat, speed, course, heading, turn, alt, to_bow, to_stern, to_port, to_starboard } =
    message;
  const values: Values = { type, mmsi, deviceId: String(mmsi).padStart(9, '0') };
  if (lon !== undefined) values.valid = Math.abs(Number(lon)) <= 180 && Math.abs(Number(lat)) <= 90;
  if (values.valid === true) Object.assign(values, { latitude: lat, longitude: lon });
  if (known(speed, type === 9 ? 1_023 : type === 27 ? 63 : 102.25))
    Object.assign(values, { speed: speed * 1.852, speedKnots: speed });
  if (known(course, 360)) values.course = course;
  if (known(heading, 360)) values.heading = heading;
  if (known(alt, 4_095)) values.altitude = alt;
  if (typeof turn === 'number' && Math.abs(turn) < 127) values.rateOfTurn = rate(turn);
  const texts = {
    name: message.shipname ?? message.name,
    callsign: message.callsign,
    destination: message.destination,
  };
  for (const [key, text] of Object.entries({ ...texts, message: message.text })) if (text) values[key] = text;
  if (message.status !== undefined) values.status = message.status;
  if (message.wspeed !== undefined) Object.assign(values, weatherValues(message));
  if (message.vin) {
    // Decimetres, and the draught in centimetres.
    const { vin, length, beam } = message;
    Object.assign(values, { vin, length: Number(length) / 10, beam: Number(beam) / 10 });
  }
  if (message.imo) values.imo = message.imo;
  if (message.draught) values.draught = message.vin ? Number(message.draught) / 100 : message.draught;
  if (message.shiptype && Number(message.shiptype) < 256)
    values.shipType = shipType(message.shiptype as number);
  if (to_bow || to_stern) values.length = Number(to_bow) + Number(to_stern);
  if (to_port || to_starboard) values.beam = Number(to_port) + Number(to_starboard);
  return values;
}

/** Weather that is given: each value has its own mark for "not available", beyond what is possible. */
function weatherValues({ wspeed, wdir, airtemp, humidity, pressure, watertemp }: Message): Values {
  return {
    ...(known(wspeed, 127) && { windSpeed: (wspeed * 1.852) / 3.6 }),
    ...(known(wdir, 360) && { windDirection: wdir }),
    ...(known(airtemp, 100) && airtemp > -100 && { temperature: airtemp }),
    ...(known(humidity, 101) && { humidity }),
    ...(known(pressure, 1_202) && { pressure }),
    ...(known(watertemp, 50.1) && { waterTemperature: watertemp }),
  };
}

/** The time of a base station, where it has one. */
function stationTime({ type, year, month, day, hour, minute, second }: Message): Date | undefined {
  if ((type !== 4 && type !== 11) || !year || !month || !day) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return dateUTC(
    ...([year, month, day, hour, minute, second] as [number, number, number, number, number, number]),
  );
}

// --- sentences --------------------------------------------------------------------------------------------------------------

const groupsKept = 4;
const groupMs = 30_000;

/** The whole payload, once its last part is here. */
function assembled(
  ctx: Context,
  key: string,
  parts: number,
  part: number,
  payload: string,
): string | undefined {
  const groups = (ctx.state.groups ?? []).filter(({ since }) => ctx.time - since < groupMs);
  let group = groups.find((of) => of.key === key && of.parts.length === parts);
  if (group === undefined || group.parts[part - 1] != null) {
    if (group !== undefined) groups.splice(groups.indexOf(group), 1);
    group = { key, since: ctx.time, parts: new Array<string | null>(parts).fill(null) };
    groups.push(group);
  }
  group.parts[part - 1] = payload;
  const whole = !group.parts.includes(null);
  ctx.state.groups = groups.filter((of) => of !== group || !whole).slice(-groupsKept);
  return whole ? group.parts.join('') : undefined;
}

/** The text before the asterisk, once its checksum is right, and what follows the checksum. */
function checked(line: string): [body: string, after: string] {
  const star = line.indexOf('*');
  if (star < 0) return [line, ''];
  const digits = line.slice(star + 1, star + 3);
  const body = line.slice(0, star);
  if (!/^[0-9a-f]{2}$/i.test(digits)) throw new Error(`not a checksum: ${digits}`);
  const sum = xor8(Uint8Array.from(body, (character) => character.charCodeAt(0)));
  if (sum !== Number.parseInt(digits, 16))
    throw new Error(`checksum is ${sum.toString(16)}, the sentence says ${digits}`);
  return [body, line.slice(star + 3)];
}

function tagBlock(block: string): Values {
  const [body] = checked(block);
  return Object.fromEntries(body.split(',').map((parameter) => parameter.split(/:(.*)/, 2)));
}

function unixTime(text: unknown): Date | undefined {
  if (!/^\d{9,13}$/.test(String(text))) return undefined;
  const seconds = Number(text);
  return new Date(seconds > 1e11 ? seconds : seconds * 1_000);
}

export function uplink(bytes: Uint8Array, ctx: Context) {
  const line = latin1(bytes).trimEnd();
  const [, block, rest = line] = /^\\([^\\]*)\\(.*)$/.exec(line) ?? [];
  const tag = block === undefined ? undefined : tagBlock(block);
  if (!/^[$!]/.test(rest)) throw new Error(`a sentence begins with $ or !, this is ${rest.slice(0, 20)}`);
  const [body, after] = checked(rest.slice(1));
  const [head = '', ...fields] = body.split(',');
  const sentence = head.slice(2);
  const received = unixTime(tag?.c) ?? unixTime(after.split(',').at(-1));
  const common = { ...(tag && { tag }) };
  if (sentence !== 'VDM' && sentence !== 'VDO')
    return { values: { sentence: head, fields, ...common }, ...(received && { time: received }) };

  const payload = wholePayload(fields, sentence, ctx);
  if (payload === undefined) return undefined;
  const message = decode(payload, Number(fields[5] || 0));
  const time = stationTime(message) ?? received;
  const values = { ...vocabulary(message), sentence, channel: fields[3], ...common, ais: explained(message) };
  return {
    values,
    ...(time && { time }),
    ...(ctx.type === 'gateway' && { device: String(message.mmsi).padStart(9, '0') }),
  };
}

function wholePayload(fields: readonly string[], sentence: string, ctx: Context): string | undefined {
  const [total = '', number = '', group = '', channel = '', payload = '', fill = '0'] = fields;
  if (!/^[1-9]$/.test(total) || !/^[1-9]$/.test(number) || number > total || !/^[0-5]?$/.test(fill))
    throw new Error(`not the numbers of an AIS sentence: ${fields.slice(0, 4).join()}`);
  if (payload.length > 82 * 2) throw new Error(`payload of ${payload.length} characters`);
  if (total === '1') return payload;
  return assembled(ctx, `${sentence} ${group} ${channel}`, Number(total), Number(number), payload);
}

// --- commands -------------------------------------------------------------------------------------------------------------

/** Six bits a character, armoured; and the bits that fill up the last character: none. */
function armouredText(text: string): string {
  let out = '';
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (code < 32 || code > 95)
      throw new Error(`AIS text has capital letters, digits and signs: ${character}`);
    const six = code > 63 ? code - 64 : code;
    out += String.fromCharCode(six < 40 ? six + 48 : six + 56);
  }
  return out;
}

/** ABM (addressed) and BBM (to all) of IEC 61162-1 take the text of messages 12 and 14. */
export function downlink({ values }: { values: { method?: unknown; params?: Values } }): Uint8Array {
  if (values.method !== 'text') throw new Error(`no such command: ${values.method}`);
  const { text, mmsi, channel = 0, group = 0 } = values.params ?? {};
  const data = armouredText(String(text).toUpperCase());
  if (data.length === 0 || data.length > 48) throw new Error('a text has 1 to 48 characters');
  if (!/^[0-3]$/.test(String(channel)) || !/^\d$/.test(String(group)))
    throw new Error('no such channel or group');
  if (mmsi !== undefined && !/^\d{1,9}$/.test(String(mmsi))) throw new Error(`not an MMSI: ${mmsi}`);
  const head =
    mmsi === undefined ? `AIBBM,1,1,${group},${channel},14` : `AIABM,1,1,${group},${mmsi},${channel},12`;
  const body = `${head},${data},0`;
  const sum = xor8(utf8Bytes(body)).toString(16).toUpperCase().padStart(2, '0');
  return concat(`!${body}*${sum}\r\n`);
}
