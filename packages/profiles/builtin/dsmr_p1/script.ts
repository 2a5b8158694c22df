/*
 * Telegrams of the P1 port (DSMR P1 Companion Standard 5.0.2; IEC 62056-21 mode D).
 *
 *     /KFM5type CR LF CR LF  id(value)(value*unit) CR LF ..  !CRC CR LF         a line that begins with ( goes on
 *     DB 08 TITLE (8) 82 LENGTH (2)  30 COUNTER (4)  ciphertext  TAG (12)       Luxembourg: AES-GCM around the same text
 *
 * Ids are OBIS codes, A-B:C.D.E; B is the channel of a meter behind this one. Times are local: YYMMDDhhmmss and S or W.
 */
import {
  ascii,
  type Context,
  concat,
  crc16arc,
  dateText,
  decrypt,
  fromHex,
  latin1,
  type Result,
  zoneMinutes,
} from 'fairlead:helpers';

type Item = string | { value: number; unit: string };
type Values = Record<string, unknown>;

/** Codes whose value has a key of its own, with the unit that the key has. */
const KEYS: Record<string, readonly [key: string, unit: string]> = {
  '1.8.0': ['energy', 'kWh'],
  '1.8.1': ['energyTariff1', 'kWh'],
  '1.8.2': ['energyTariff2', 'kWh'],
  '2.8.0': ['energyExport', 'kWh'],
  '2.8.1': ['energyExportTariff1', 'kWh'],
  '2.8.2': ['energyExportTariff2', 'kWh'],
  '3.8.0': ['reactiveEnergy', 'kvarh'],
  '14.7.0': ['frequency', 'Hz'],
  '32.7.0': ['voltageL1', 'V'],
  '52.7.0': ['voltageL2', 'V'],
  '72.7.0': ['voltageL3', 'V'],
  '31.7.0': ['currentL1', 'A'],
  '51.7.0': ['currentL2', 'A'],
  '71.7.0': ['currentL3', 'A'],
  '17.0.0': ['limit', 'W'],
  '1.4.0': ['demand', 'W'],
};
/** Keys that are the difference of what is taken and what is fed in. */
const BALANCES: Record<string, readonly [taken: string, fed: string, unit: string]> = {
  power: ['1.7.0', '2.7.0', 'W'],
  reactivePower: ['3.7.0', '4.7.0', 'var'],
  powerL1: ['21.7.0', '22.7.0', 'W'],
  powerL2: ['41.7.0', '42.7.0', 'W'],
  powerL3: ['61.7.0', '62.7.0', 'W'],
};
const TEXTS: Record<string, string> = {
  '96.3.10': 'breaker',
  '96.7.21': 'powerFailures',
  '96.7.9': 'longPowerFailures',
};
/** Types of meters behind this one (EN 13757-3). */
const MEDIA: Record<number, string> = {
  2: 'electricity',
  3: 'gas',
  4: 'heat',
  6: 'warmWater',
  7: 'water',
  10: 'cold',
  12: 'heat',
  13: 'heatAndCold',
};

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  const text = bytes[0] === 0xdb ? decrypted(bytes, ctx) : latin1(bytes);
  const [, identification = '', body = '', crc = ''] =
    /^\/([^\r\n]*)\r\n([\s\S]*)!([0-9A-F]*)\s*$/i.exec(text) ?? [];
  if (identification === '') throw new Error('not a telegram');
  const objects = objectsOf(body);
  const stamp = objects['0-0:1.0.0'] ?? objects['0-0:1.0.0*255'];
  const time = typeof stamp === 'string' && stamp !== '' ? timeOf(stamp, ctx) : undefined;
  const values = { ...meaning(objects, ctx), identification, ...(crc && { crc }), objects };
  return time === undefined ? { values } : { time, values };
}

function decrypted(bytes: Uint8Array, ctx: Context): string {
  if (ctx.secret === undefined) throw new Error('the telegram is encrypted, and the device has no secret');
  const [header, cipher, tag] = [bytes.subarray(13, 18), bytes.subarray(18, -12), bytes.subarray(-12)];
  const plain = decrypt('aes-gcm', fromHex(ctx.secret), cipher, {
    iv: concat(bytes.subarray(2, 10), header.subarray(1)),
    aad: concat(header.subarray(0, 1), fromHex(String(ctx.parameters.authentication))),
    tag,
  });
  const text = latin1(plain);
  const end = text.lastIndexOf('!') + 1;
  const stated = text.slice(end).trim();
  if (stated !== '' && Number.parseInt(stated, 16) !== crc16arc(plain.subarray(0, end)))
    throw new Error('the CRC of the decrypted telegram is wrong');
  return text;
}

function objectsOf(body: string): Record<string, Item | Item[]> {
  const objects: Record<string, Item | Item[]> = {};
  for (const line of body.replace(/\r\n\(/g, '(').split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const [, id, list] =
      /^([0-9A-F]+(?:-\d+:[0-9A-F.*]*|[.*][0-9A-F.*]*)?)((?:\([^()]*\))+)\s*$/i.exec(line) ?? [];
    if (id === undefined || list === undefined) throw new Error(`not an object: ${line.slice(0, 60)}`);
    const items = list.slice(1, -1).split(')(').map(itemOf);
    objects[id] = items.length === 1 ? (items[0] as Item) : items;
  }
  return objects;
}

function itemOf(text: string): Item {
  const [, number, unit] = /^(-?\d+(?:\.\d+)?)\*(\S+)$/.exec(text) ?? [];
  return number === undefined || unit === undefined ? text : { value: Number(number), unit };
}

function meaning(objects: Record<string, Item | Item[]>, ctx: Context): Values {
  const at = (code: string): Item | undefined => {
    const ids = ['1-0:', '0-0:', ''].map((prefix) => prefix + code);
    const found = ids.map((id) => objects[id] ?? objects[`${id}*255`]).find((item) => item !== undefined);
    return Array.isArray(found) ? found.at(-1) : found;
  };
  const values: Values = {};
  for (const [code, [key, unit]] of Object.entries(KEYS)) put(values, key, numberIn(at(code), unit));
  for (const [key, [taken, fed, unit]] of Object.entries(BALANCES)) {
    const [plus, minus] = [numberIn(at(taken), unit), numberIn(at(fed), unit)];
    if (plus !== undefined || minus !== undefined) put(values, key, tidy((plus ?? 0) - (minus ?? 0)));
  }
  put(values, 'energy', values.energy ?? total(at, '1.8'));
  put(values, 'energyExport', values.energyExport ?? total(at, '2.8'));
  put(values, 'voltage', values.voltageL1);
  put(values, 'current', values.currentL1);
  const factor = Number(at('13.7.0') || Number.NaN);
  if (Math.abs(factor) <= 1) values.powerFactor = factor;
  for (const [code, key] of Object.entries(TEXTS))
    if (/^\d+$/.test(String(at(code)))) values[key] = Number(at(code));
  const tariff = at('96.14.0');
  if (typeof tariff === 'string' && /^\d+$/.test(tariff)) values.tariff = Number(tariff);
  const serial = [at('96.1.1'), at('96.1.0'), at('42.0.0'), at('96.1.255')].find(
    (text) => typeof text === 'string' && text !== '',
  );
  if (serial !== undefined)
    Object.assign(values, { deviceId: readable(String(serial)), serial: readable(String(serial)) });
  const message = at('96.13.0');
  if (typeof message === 'string' && message !== '') values.message = readable(message);
  return { ...values, ...behind(objects, ctx) };
}

/** The sum of the tariffs of a register that has no total of its own. */
function total(at: (code: string) => Item | undefined, code: string): number | undefined {
  const tariffs = [1, 2, 3, 4].map((tariff) => numberIn(at(`${code}.${tariff}`), 'kWh'));
  return tariffs[0] === undefined
    ? undefined
    : tidy(tariffs.reduce((sum: number, value) => sum + (value ?? 0), 0));
}

/** Meters on channels 1 to 9: gas, water, heat. */
function behind(objects: Record<string, Item | Item[]>, ctx: Context): Values {
  const values: Values = {};
  const channels: Values[] = [];
  for (let channel = 1; channel <= 9; channel++) {
    const type = Number(objects[`0-${channel}:24.1.0`] ?? Number.NaN);
    const reading = [
      objects[`0-${channel}:24.2.1`],
      objects[`0-${channel}:24.2.3`],
      objects[`0-${channel}:24.3.0`],
    ]
      .filter((item) => Array.isArray(item))
      .at(0);
    if (Number.isNaN(type) && reading === undefined) continue;
    const medium = MEDIA[type];
    const meter: Values = { channel, ...(!Number.isNaN(type) && { type }), ...(medium && { medium }) };
    const serial = objects[`0-${channel}:96.1.0`] ?? objects[`0-${channel}:96.1.1`];
    if (typeof serial === 'string' && serial !== '') meter.serial = readable(serial);
    if (reading !== undefined) Object.assign(meter, readingOf(reading, ctx));
    channels.push(meter);
    if (medium === 'gas' || medium === 'water' || medium === 'heat') put(values, medium, meter.value);
  }
  if (channels.length > 0) values.channels = channels;
  return values;
}

/** (time)(value*unit); DSMR 3: (time)(00)(60)(1)(id)(unit)(value). */
function readingOf(items: Item[], ctx: Context): Values {
  const [first, last] = [items[0], items.at(-1)];
  const time =
    typeof first === 'string' && /^\d{12}[SW]?$/.test(first) ? timeOf(first, ctx).toISOString() : undefined;
  const item = typeof last === 'string' && items.length === 7 ? itemOf(`${last}*${String(items[5])}`) : last;
  return { ...(time && { time }), ...(typeof item === 'object' && item) };
}

function timeOf(text: string, { parameters }: Context): Date {
  const [, date, clock, season] = /^(\d{6})(\d{6})([SW]?)$/.exec(text) ?? [];
  if (date === undefined || clock === undefined) throw new Error(`not a time: ${text.slice(0, 20)}`);
  return dateText(date, clock, 'ymd', zoneMinutes(String(parameters.timezone)) + (season === 'S' ? 60 : 0));
}

/** The number in `unit`, of which the item may have a thousand or a thousandth. */
function numberIn(item: Item | undefined, unit: string): number | undefined {
  if (typeof item !== 'object') return undefined;
  if (item.unit === unit) return item.value;
  if (item.unit === `k${unit}`) return tidy(item.value * 1_000);
  return `k${item.unit}` === unit ? tidy(item.value / 1_000) : undefined;
}

const tidy = (value: number): number => Number(value.toPrecision(12));

function put(values: Values, key: string, value: unknown): void {
  if (value !== undefined) values[key] = value;
}

/** Numbers and messages are sent as the hex digits of their characters. */
function readable(text: string): string {
  if (!/^([0-9A-F]{2})+$/i.test(text)) return text;
  const bytes = fromHex(text);
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f) ? ascii(bytes) : text;
}
