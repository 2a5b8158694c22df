/*
 * Electricity meters by DL/T 645-2007, and by its edition of 1997 (two-byte identifiers).
 *
 *     FE..  68  ADDRESS (6, BCD, low byte first)  68  CONTROL  LENGTH  data (each byte + 33)  SUM  16
 *
 *     CONTROL  bits 0 to 4: function (11 read, 12 read on, 13 address, 14 write, 1C relay, 08 time)
 *              80: from the meter   40: refused   20: more follows
 *     data     identifier (4, low byte first), then the value in BCD, low byte first; its highest bit may be the sign
 */
import {
  ascii,
  bcdle,
  be,
  type Context,
  concat,
  type Downlink,
  fromHex,
  hex,
  type Identity,
  latin1,
  type Request,
  type Result,
  sum8,
  toBcdle,
  u8,
} from 'fairlead:helpers';

const START = 0x68;
const [READ, READ_ON, READ_ADDRESS, WRITE, TIME, RELAY] = [0x11, 0x12, 0x13, 0x14, 0x08, 0x1c];
const ERRORS = [
  'other error',
  'no such data',
  'wrong password',
  'baud rate cannot change',
  'too many year zones',
  'too many day zones',
  'too many tariffs',
];
const PHASES = ['', 'A', 'B', 'C'];

/** Form of a value: digits of BCD, decimals, whether the highest bit is the sign. */
interface Form {
  readonly item: string;
  readonly bytes: number;
  readonly decimals: number;
  readonly unit: string;
  readonly signed?: boolean;
  /** Key of the vocabulary, and the factor to its unit. */
  readonly key?: string;
  readonly factor?: number;
  /** Which part of the identifier tells the phase or the tariff. */
  readonly by?: 'phase' | 'tariff';
  readonly as?: 'text' | 'digits' | 'status';
  /** A date and time follows each value. */
  readonly dated?: boolean;
}

const ENERGIES: Record<number, [item: string, unit: string, key?: string]> = {
  0: ['combined active energy', 'kWh'],
  1: ['active energy taken', 'kWh', 'energy'],
  2: ['active energy fed in', 'kWh', 'energyExport'],
  3: ['combined reactive energy 1', 'kvarh', 'reactiveEnergy'],
  4: ['combined reactive energy 2', 'kvarh'],
  5: ['reactive energy of quadrant 1', 'kvarh'],
  6: ['reactive energy of quadrant 2', 'kvarh'],
  7: ['reactive energy of quadrant 3', 'kvarh'],
  8: ['reactive energy of quadrant 4', 'kvarh'],
  9: ['apparent energy taken', 'kVAh'],
  10: ['apparent energy fed in', 'kVAh'],
};
/**
 * Forms by code, one a line: code, item, bytes and decimals (± where the highest bit is the sign), unit, and the key of the
 * vocabulary with the factor to its unit.
 */
function forms(text: string, by?: Form['by']): Map<string, Form> {
  return new Map(
    text
      .trim()
      .split('\n')
      .map((line) => {
        const [code = '', item = '', shape = '', unit = '-', target] = line.trim().split(/\s{2,}/);
        const [, sign, bytes, decimals = '0', as] = /^(±?)(\d+)(?:\.(\d))?(?: (\w+))?$/.exec(shape) ?? [];
        const [key, factor] = target?.split(' * ') ?? [];
        const form: Form = {
          item,
          bytes: Number(bytes),
          decimals: Number(decimals),
          unit: unit === '-' ? '' : unit,
          signed: sign === '±',
          ...(key !== undefined && { key }),
          ...(factor !== undefined && { factor: Number(factor) }),
          ...(by !== undefined && { by }),
          ...(as !== undefined && { as: as as NonNullable<Form['as']> }),
        };
        return [code, form];
      }),
  );
}

/** Quantities of 02 by the third part of the identifier. */
const QUANTITIES = forms(
  `
  1  voltage                    2.1   V        voltage
  2  current                    ±3.3  A        current
  3  active power               ±3.4  kW       power * 1000
  4  reactive power             ±3.4  kvar     reactivePower * 1000
  5  apparent power             ±3.4  kVA      apparentPower * 1000
  6  power factor               ±2.3  -        powerFactor
  7  phase angle                2.1   degrees
  8  distortion of the voltage  2.2   %
  9  distortion of the current  2.2   %
  `,
  'phase',
);
/** Single identifiers: 2007 with 8 digits, 1997 with 4. */
const ITEMS = forms(`
  02800001  neutral current                ±3.3      A
  02800002  frequency                      2.2       Hz       frequency
  02800003  mean power of a minute         ±3.4      kW
  02800004  active demand                  ±3.4      kW
  02800005  reactive demand                ±3.4      kvar
  02800006  apparent demand                ±3.4      kVA
  02800007  temperature                    ±2.1      °C       temperature
  02800008  voltage of the clock battery   2.2       V        batteryVoltage
  02800009  voltage of the outage battery  2.2       V
  0280000a  working time of the battery    4         min
  03110000  power failures                 3         -        count
  04000101  date and day of the week       4 digits  -
  04000102  time                           3 digits  -
  04000401  address                        6 digits  -
  04000402  meter number                   6 digits  -        serial
  04000403  asset number                   32 text   -
  04000404  rated voltage                  6 text    -
  04000405  rated current                  6 text    -
  04000406  largest current                6 text    -
  04000409  active constant                3         imp/kWh
  0400040b  model                          10 text   -        model
  0400040c  date of production             10 text   -
  0400040d  protocol version               16 text   -
  04000501  status word 1                  2 status  -        status
  04000502  status word 2                  2 status  -
  04000503  status word 3                  2 status  -
  04000504  status word 4                  2 status  -
  04000505  status word 5                  2 status  -
  04000506  status word 6                  2 status  -
  04000507  status word 7                  2 status  -
  04800001  software version               32 text   -        firmware
  04800002  hardware version               32 text   -        hardware
  04800003  manufacturer                   32 text   -
  9010      active energy taken            4.2       kWh      energy
  9020      active energy fed in           4.2       kWh      energyExport
  9110      reactive energy taken          4.2       kvarh    reactiveEnergy
  9120      reactive energy fed in         4.2       kvarh
  a010      largest active demand          3.4       kW
  b630      active power                   3.4       kW       power * 1000
  b640      reactive power                 2.2       kvar     reactivePower * 1000
  b650      power factor                   2.3       -        powerFactor
  c010      date and day of the week       4 digits  -
  c011      time                           3 digits  -
  c020      status word                    1 status  -        status
  c032      meter number                   6 digits  -        serial
`);
/** 1997: the last digit is the phase. */
const PHASED = forms(
  `
  b61  voltage         2    V     voltage
  b62  current         2.2  A     current
  b63  active power    3.4  kW    power * 1000
  b64  reactive power  2.2  kvar
  b65  power factor    2.3  -
  `,
  'phase',
);

type Values = Record<string, unknown>;

/** The text with which a DTU registers, else the address of the meter. Frames of meters behind a DTU do not name it. */
export function identify(bytes: Uint8Array, ctx: Context): Identity | undefined {
  if (bytes[0] === START)
    return ctx.identity === undefined || ADDRESS.test(ctx.identity) ? { id: addressOf(bytes) } : undefined;
  return { id: registrationOf(bytes), consumed: true };
}

const ADDRESS = /^[0-9a-f]{12}$/;

function registrationOf(bytes: Uint8Array): string {
  const text = latin1(bytes).trim();
  if (!/^[\w:.-]{4,64}$/.test(text)) throw new Error('neither a frame nor the text of a registration');
  return text;
}

const addressOf = (bytes: Uint8Array): string => hex(bytes.slice(1, 7).reverse());

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  if (bytes[0] !== START) return { values: { registration: registrationOf(bytes) } };
  const address = addressOf(bytes);
  const control = u8(bytes, 8);
  const data = bytes.slice(10, -2).map((byte) => byte - 0x33);
  const values: Values = { deviceId: address, address, control, ...content(control, data) };
  const result: Result = ctx.type === 'gateway' ? { device: address, values } : { values };
  const next = followUp(control, data, bytes);
  return next === undefined ? result : { ...result, reply: next };
}

function content(control: number, data: Uint8Array): Values {
  const code = control & 0x1f;
  if ((control & 0x40) !== 0) return refusal(data);
  const more: { more?: true } = (control & 0x20) !== 0 ? { more: true } : {};
  if (code === READ || code === 0x01) return { ...item(data, code === 0x01, more), ...more };
  if (code === READ_ON && (control & 0x80) !== 0)
    return { ...raw(data.subarray(0, -1)), sequence: u8(data, data.length - 1), ...more };
  if (code === READ_ADDRESS && data.length === 6) return { serial: hex(data.slice().reverse()) };
  return data.length === 0 ? {} : { data: hex(data) };
}

function refusal(data: Uint8Array): Values {
  const error = u8(data);
  const meaning = ERRORS.filter((_, bit) => (error >> bit) & 1).join(', ');
  return { error, meaning: meaning || 'refused' };
}

/** An identifier with its value; a request has no value. Identifiers of two bytes are those of 1997. */
function item(data: Uint8Array, old: boolean, more: { more?: true }): Values {
  const size = old || data.length < 4 ? 2 : 4;
  if (data.length < size) throw new Error('a data identifier is missing');
  const di = hex(data.slice(0, size).reverse());
  const rest = data.subarray(size);
  const form = formOf(di);
  if (rest.length === 0) return { di, ...(form && { item: form.item }) };
  if (form === undefined || more.more) return raw(data, size);
  return { di, item: form.item, ...place(di, form), ...decoded(di, form, rest) };
}

const raw = (data: Uint8Array, size = 4): Values => ({
  di: hex(data.slice(0, size).reverse()),
  data: hex(data.subarray(size)),
});

function formOf(di: string): Form | undefined {
  const single = ITEMS.get(di) ?? (di.length === 4 ? PHASED.get(di.slice(0, 3)) : undefined);
  if (single !== undefined || di.length === 4) return single;
  const [group, kind] = fromHex(di) as unknown as [number, number];
  const energy = ENERGIES[kind];
  if (group === 0 && energy !== undefined) {
    const [name, unit, key] = energy;
    return {
      item: name,
      bytes: 4,
      decimals: 2,
      unit,
      signed: kind === 0 || kind === 3 || kind === 4,
      by: 'tariff',
      ...(key && { key }),
    };
  }
  if (group === 1 && energy !== undefined) {
    const unit = energy[1].slice(0, -1);
    return {
      item: `largest demand: ${energy[0]}`,
      bytes: 3,
      decimals: 4,
      unit,
      signed: true,
      by: 'tariff',
      dated: true,
    };
  }
  return group === 2 && di.endsWith('00') ? QUANTITIES.get(String(kind)) : undefined;
}

/** What the identifier says beside the quantity: phase, tariff, settlement day. */
function place(di: string, { by }: Form): Values {
  const part = Number.parseInt(di.slice(-4, -2), 16);
  if (by === 'phase') {
    const phase = PHASES[di.length === 4 ? Number.parseInt(di.slice(-1), 16) : part];
    return phase ? { phase } : {};
  }
  if (by !== 'tariff') return {};
  const settlement = Number.parseInt(di.slice(-2), 16);
  return {
    ...(part > 0 && part < 0xff && { tariff: part }),
    ...(settlement > 0 && settlement < 0xff && { settlement }),
  };
}

function decoded(di: string, form: Form, data: Uint8Array): Values {
  const { unit, key, factor = 1, by } = form;
  const step = form.bytes + (form.dated ? 5 : 0);
  const isBlock = by !== undefined && di.length === 8 && (di.slice(-4, -2) === 'ff' || di.endsWith('ff'));
  if (data.length % step !== 0 || (!isBlock && data.length !== step))
    throw new Error(`${form.item}: ${data.length} bytes instead of ${step}`);
  const list = Array.from({ length: data.length / step }, (_, i) =>
    one(form, data.subarray(i * step, i * step + form.bytes)),
  );
  if (isBlock) return { unit, values: list, ...(by === 'phase' && key && phases(key, list, factor)) };
  const [value] = list;
  if (value === undefined) return { valid: false };
  const values: Values = { value, ...(unit && { unit }) };
  if (form.dated) values.occurred = bcdle(data, form.bytes, 5);
  if (key === undefined) return values;
  const scaled = typeof value === 'number' ? Number((value * factor).toPrecision(12)) : value;
  const { phase, tariff, settlement } = place(di, form);
  if (phase !== undefined) Object.assign(values, phases(key, [scaled], 1, String(phase)));
  else if (tariff === undefined && settlement === undefined) values[key] = scaled;
  return values;
}

/** Values of phases under keys of their own; that of phase A alone is the voltage or current of a single-phase meter, too. */
function phases(key: string, list: unknown[], factor: number, first = 'A'): Values {
  const values: Values = {};
  list.forEach((value, i) => {
    const phase = PHASES[PHASES.indexOf(first) + i];
    if (phase === undefined || typeof value !== 'number') return;
    const scaled = Number((value * factor).toPrecision(12));
    if (key === 'voltage' || key === 'current' || key === 'power') values[key + phase] = scaled;
    if (phase === 'A' && (key === 'voltage' || key === 'current')) values[key] = scaled;
  });
  return values;
}

/** One value; nothing where all bytes are FF. */
function one({ decimals, signed, as }: Form, data: Uint8Array): number | string | undefined {
  if (as === 'text')
    return ascii(data.slice().reverse())
      .replace(/[^ -~]+/g, '')
      .trim();
  if (as === 'status') return `0x${hex(data.slice().reverse())}`;
  if (data.every((byte) => byte === 0xff)) return undefined;
  if (as === 'digits') return bcdle(data, 0, data.length);
  const top = data.at(-1) as number;
  const negative = signed === true && top >= 0x80;
  const digits = negative ? concat(data.subarray(0, -1), top & 0x7f) : data;
  const value = Number(bcdle(digits, 0, digits.length)) / 10 ** decimals;
  return negative ? -value : value;
}

/** Asks for the rest of an answer that goes on. */
function followUp(control: number, data: Uint8Array, bytes: Uint8Array): Uint8Array | undefined {
  if ((control & 0xe0) !== 0xa0) return undefined;
  const sequence = (control & 0x1f) === READ_ON ? u8(data, data.length - 1) + 1 : 1;
  if (sequence > 0xff) throw new Error('an answer of too many frames');
  return frame(bytes.slice(1, 7), READ_ON, concat(data.subarray(0, 4), sequence), 0);
}

// --- what is sent -----------------------------------------------------------------------------------------------------

export function poll(ctx: Context): Request[] {
  const { addresses, items } = ctx.parameters as { addresses: string[]; items: string[] };
  return addresses.flatMap((address) => items.map((di) => read(String(address), String(di), ctx)));
}

function read(address: string, di: string, ctx: Context): Request {
  if (!/^([0-9a-f]{4}){1,2}$/i.test(di)) throw new Error(`not a data identifier: ${di.slice(0, 20)}`);
  const code = di.length === 4 ? 0x01 : READ;
  const wire = addressBytes(address);
  const expect = [{ at: 8, bytes: Uint8Array.of(code), mask: Uint8Array.of(0x1f) }];
  // A meter that is asked by the wildcard answers with its own address.
  return {
    send: frame(wire, code, fromHex(di).reverse(), Number(ctx.parameters.preamble)),
    expect: wire.includes(0xaa) ? expect : [{ at: 1, bytes: wire }, ...expect],
    data: { address, di },
  };
}

export function downlink({ values }: Downlink, ctx: Context): Uint8Array | undefined {
  const { method, params = {} } = values as { method?: string; params?: Record<string, unknown> };
  const { addresses, preamble } = ctx.parameters as { addresses: string[]; preamble: number };
  const address = String(params.address ?? addresses[0]);
  const send = (code: number, data: Uint8Array, to = address) =>
    frame(addressBytes(to), code, data, preamble);
  switch (method) {
    case 'read':
      return concat(read(address, String(params.di), ctx).send);
    case 'readAddress':
      return send(READ_ADDRESS, new Uint8Array(0), 'AAAAAAAAAAAA');
    case 'setTime':
      return send(TIME, clock(String(params.time)), '999999999999');
    case 'relay':
      return send(
        RELAY,
        concat(
          authority(ctx, true),
          params.on === true ? 0x1c : 0x1a,
          0,
          clock(String(params.until ?? '2099-12-31T23:59:59')),
        ),
      );
    case 'write':
      return send(
        WRITE,
        concat(fromHex(String(params.di)).reverse(), authority(ctx), fromHex(String(params.data)).reverse()),
      );
    default:
      return undefined;
  }
}

/** Level and password, then the operator. */
function authority({ parameters }: Context, direct = false): Uint8Array {
  const digits = (text: unknown): string => {
    if (!/^\d{8}$/.test(String(text))) throw new Error('password and operator have 8 digits');
    return String(text);
  };
  const password = digits(parameters.password);
  const level =
    direct || password.startsWith('00') ? be(Number(parameters.level), 1) : toBcdle(password.slice(0, 2), 1);
  return concat(level, toBcdle(password.slice(2), 3), toBcdle(digits(parameters.operator), 4));
}

/** YYYY-MM-DDThh:mm:ss as the meter's clock shows it: ss mm hh DD MM YY. */
function clock(text: string): Uint8Array {
  const [, digits] = /^\d\d(\d\d-\d\d-\d\dT\d\d:\d\d:\d\d)/.exec(text) ?? [];
  if (digits === undefined) throw new Error(`not a time such as 2024-01-01T08:00:00: ${text.slice(0, 40)}`);
  return toBcdle(digits.replace(/\D/g, ''), 6);
}

function addressBytes(address: string): Uint8Array {
  if (!/^(\d|A){12}$/i.test(address)) throw new Error(`not an address of 12 digits: ${address.slice(0, 20)}`);
  return fromHex(address).reverse();
}

function frame(address: Uint8Array, control: number, data: Uint8Array, preamble: number): Uint8Array {
  const body = concat(
    0x68,
    address,
    0x68,
    control,
    data.length,
    data.map((byte) => byte + 0x33),
  );
  return concat(new Uint8Array(preamble).fill(0xfe), body, sum8(body), 0x16);
}
