/**
 * LX200 commands of telescope mounts.
 *
 *     host    : COMMAND #        and 06 alone, which asks for the alignment mode
 *     mount   TEXT #  |  0 or 1  |  nothing: the command decides
 *
 * Coordinates are sexagesimal: HH:MM:SS or HH:MM.M, sDD*MM:SS or sDD*MM. Longitudes count westward. Source: "Meade Telescope
 * Serial Command Protocol", revision 2010.10.
 */
import { latin1 } from 'fairlead:helpers';

type Values = Record<string, unknown>;
interface Context {
  state: { known?: boolean; sent?: string };
  parameters: { period?: number };
  request?: { command: string };
}

// --- answers --------------------------------------------------------------------------------------------------------------

/** Degrees or hours: sign, whole, minutes, seconds. The degree sign is *, ß or 0xdf; some mounts use colons only. */
function sexagesimal(text: string, most: number): number {
  const match = /^([+-])?(\d{1,3})[*:\xdf°](\d\d)(?:\.(\d)|[:'’](\d\d(?:\.\d+)?))?['"]?$/.exec(text);
  if (match === null) throw new Error(`not a coordinate: ${text}`);
  const [, sign, whole, minutes, tenth, seconds] = match;
  const value =
    Number(whole) + (Number(minutes) + Number(tenth ?? 0) / 10) / 60 + Number(seconds ?? 0) / 3_600;
  if (Number(minutes) > 59 || Number(seconds ?? 0) >= 60 || value > most)
    throw new Error(`not a coordinate: ${text}`);
  return sign === '-' ? -value : value;
}

const angle =
  (key: string, most = 360) =>
  (text: string): Values => ({ [key]: sexagesimal(text, most) });
const plain =
  (key: string) =>
  (text: string): Values => ({ [key]: text.trim() });

function date(text: string): Values {
  const [, month, day, year] = /^(\d\d)\/(\d\d)\/(\d\d)$/.exec(text) ?? [];
  if (year === undefined || Number(month) > 12 || Number(day) > 31) throw new Error(`not a date: ${text}`);
  return { date: `20${year}-${month}-${day}` };
}

function number(key: string) {
  return (text: string): Values => {
    if (!/^[+-]?\d+(\.\d+)?$/.test(text)) throw new Error(`not a number: ${text}`);
    return { [key]: Number(text) };
  };
}

/** Longitudes count westward, to 360 or signed. */
function longitude(text: string): Values {
  const west = sexagesimal(text, 360);
  return { longitude: west > 180 ? 360 - west : -west || 0 };
}

/** Alignment, tracking, stars: "AT1". */
function status(text: string): Values {
  const [, alignment, tracking, stars] = /^([APGL])([TN])(.)$/.exec(text) ?? [];
  if (stars === undefined) return { status: text };
  return {
    status: text,
    alignment,
    tracking: tracking === 'T',
    ...(/\d/.test(stars) && { alignedStars: Number(stars) }),
  };
}

const answers: Record<string, (text: string) => Values> = {
  ':GR#': angle('rightAscension', 24),
  ':GD#': angle('declination', 90),
  ':Gr#': angle('targetRightAscension', 24),
  ':Gd#': angle('targetDeclination', 90),
  ':GA#': angle('altitudeAngle', 90),
  ':GZ#': angle('azimuth'),
  ':GS#': angle('siderealTime', 24),
  ':GL#': angle('localTime', 24),
  ':Ga#': angle('localTime', 24),
  ':Gt#': angle('latitude', 90),
  ':Gg#': longitude,
  ':GC#': date,
  ':GG#': number('utcOffset'),
  ':GT#': number('trackingRate'),
  ':GM#': plain('siteName'),
  ':GVP#': plain('model'),
  ':GVN#': plain('firmware'),
  ':GW#': status,
  // Each bar is a part of the way to go.
  ':D#': (text) => ({ slewing: text.trim() !== '' }),
};

/** What an answer is of, where no question waits for it. */
const forms: [RegExp, string][] = [
  [/^\d\d:\d\d(:\d\d|\.\d)$/, ':GR#'],
  [/^[+-]\d\d[*\xdf°]\d\d[:'’]\d\d/, ':GD#'],
  [/^[+-]\d\d[*\xdf°]\d\d$/, ':Gt#'],
  [/^\d\d\/\d\d\/\d\d$/, ':GC#'],
  [/^[|\x7f]*$/, ':D#'],
];

/** 0 or 1: whether the command was taken; a slew that begins answers 0. */
function digit(text: string, sent: string | undefined): Values {
  return { ...(sent && { command: sent }), text, accepted: text === (sent === ':MS#' ? '0' : '1') };
}

export function uplink(bytes: Uint8Array, ctx: Context) {
  // A host that takes us for a mount: the alignment mode is that of a German mount, and commands are only reported.
  if (bytes[0] === 0x06) return { values: { command: 'ACK' }, reply: 'G' };
  const frame = latin1(bytes);
  if (frame[0] === ':') return { values: { command: frame.slice(1, -1) } };
  if (frame === '0' || frame === '1') return { values: digit(frame, ctx.state.sent) };
  // Digits that answer commands may stand before the text that answers a question.
  const whole = frame.slice(0, -1);
  const digits = leadingDigits(whole);
  const text = whole.slice(digits);
  const command = ctx.request?.command ?? formOf(text);
  const read = command === undefined ? undefined : answers[command];
  const values = { ...(command && { command }), text, ...(read?.(text) ?? said(text)) };
  const taken = [...whole.slice(0, digits)].map((one) => ({ values: digit(one, ctx.state.sent) }));
  return [...taken, { values }];
}

const formOf = (text: string): string | undefined => forms.find(([form]) => form.test(text))?.[1];

function leadingDigits(text: string): number {
  for (let count = 0; count === 0 || /[01]/.test(text[count - 1] ?? ''); count++) {
    const rest = text.slice(count);
    if (rest !== '' && (formOf(rest) !== undefined || rest.startsWith('1Updating'))) return count;
  }
  return 0;
}

/** Answers in words: to :CM#, :SC.. and a slew that is not possible. */
function said(text: string): Values {
  const message = text.trim();
  if (message === '') return {};
  const refused = /^[12]\S/.test(message) && !/^1Updating/.test(message);
  return {
    message,
    ...(refused ? { accepted: false } : /^(1Updating|Coordinates)/.test(message) ? { accepted: true } : {}),
  };
}

// --- questions ------------------------------------------------------------------------------------------------------------

const once = ['GVP', 'GVN', 'Gt', 'Gg', 'GC', 'GG'];
const often = ['GR', 'GD', 'D'];

export function poll(ctx: Context) {
  const every = Math.max(200, Number(ctx.parameters.period ?? 1) * 1_000);
  const names = ctx.state.known ? often : [...once, ...often];
  ctx.state.known = true;
  return names.map((name) => ({
    send: `:${name}#`,
    data: { command: `:${name}#` },
    ...(often.includes(name) && { every }),
  }));
}

// --- commands -------------------------------------------------------------------------------------------------------------

const two = (value: number): string => String(value).padStart(2, '0');

function within(name: string, value: unknown, least: number, most: number): number {
  const number = Number(value);
  if (value === undefined || !(number >= least && number <= most))
    throw new Error(`${name} must be a number from ${least} to ${most}`);
  return number;
}

function hours(value: number): string {
  const seconds = Math.round(value * 3_600) % 86_400;
  return `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function signed(value: number): string {
  const seconds = Math.round(Math.abs(value) * 3_600);
  return `${value < 0 ? '-' : '+'}${two(Math.floor(seconds / 3_600))}*${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function minutes(value: number, digits: number): string {
  const all = Math.round(Math.abs(value) * 60);
  return `${String(Math.floor(all / 60)).padStart(digits, '0')}*${two(all % 60)}`;
}

function target({ rightAscension, declination }: Values): string[] {
  const ra = within('rightAscension', rightAscension, 0, 24);
  const dec = within('declination', declination, -90, 90);
  return [`:Sr${hours(ra)}#`, `:Sd${signed(dec)}#`];
}

function one(table: Record<string, string>, name: string, value: unknown): string[] {
  const command = table[String(value)];
  if (command === undefined) throw new Error(`${name} must be one of ${Object.keys(table).join(', ')}`);
  return [`:${command}#`];
}

function clock(time: unknown): string[] {
  const match = /^20(\d\d)-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)([+-])(\d\d):(\d\d)$/.exec(String(time));
  if (match === null) throw new Error(`time must be as 2026-04-24T20:30:00+02:00, not ${time}`);
  const [, year, month, day, ofDay, sign, zone, half] = match;
  const hoursWest = `${sign === '+' ? '-' : '+'}${zone}.${half === '30' ? 5 : 0}`;
  return [`:SG${hoursWest}#`, `:SL${ofDay}#`, `:SC${month}/${day}/${year}#`];
}

const commands: Record<string, (params: Values) => string[]> = {
  slew: (params) => [...target(params), ':MS#'],
  sync: (params) => [...target(params), ':CM#'],
  stop: () => [':Q#'],
  move: ({ direction }) => one({ n: 'Mn', s: 'Ms', e: 'Me', w: 'Mw' }, 'direction', direction),
  rate: ({ rate }) => one({ guide: 'RG', center: 'RC', find: 'RM', max: 'RS' }, 'rate', rate),
  focus: ({ direction }) => one({ in: 'F+', out: 'F-', stop: 'FQ' }, 'direction', direction),
  track: ({ rate }) => one({ sidereal: 'TQ', lunar: 'TL', solar: 'TS' }, 'rate', rate),
  park: () => [':hP#'],
  site: ({ latitude, longitude: east }) => {
    const lat = within('latitude', latitude, -90, 90);
    const west = (360 - within('longitude', east, -180, 180)) % 360;
    return [`:St${lat < 0 ? '-' : '+'}${minutes(lat, 2)}#`, `:Sg${minutes(west, 3)}#`];
  },
  clock: ({ time }) => clock(time),
  query: ({ command }) => {
    if (command === 'ACK') return ['\x06'];
    if (!/^[\x20-\x22\x24-\x7e]{1,40}$/.test(String(command))) throw new Error(`not a command: ${command}`);
    return [`:${command}#`];
  },
};

export function downlink(
  { values }: { values: { method?: unknown; params?: Values } },
  ctx: Context,
): string[] {
  const command = commands[String(values.method)];
  if (command === undefined) throw new Error(`no such command: ${values.method}`);
  const sent = command(values.params ?? {});
  ctx.state.sent = sent.at(-1) as string;
  return sent;
}
