// What a message says.

import type { Context } from 'fairlead:helpers';
import { isoOf, known, type Message, partOf, unescaped } from './message.ts';

/** Codes of LOINC and of ISO/IEEE 11073-10101 (MDC) that the vocabulary has a key for. */
const QUANTITIES: Record<string, string> = {
  '8867-4': 'heartRate',
  '147842': 'heartRate',
  '149530': 'heartRate',
  '8480-6': 'bloodPressureSystolic',
  '150021': 'bloodPressureSystolic',
  '150301': 'bloodPressureSystolic',
  '8462-4': 'bloodPressureDiastolic',
  '150022': 'bloodPressureDiastolic',
  '150302': 'bloodPressureDiastolic',
  '59408-5': 'spo2',
  '2708-6': 'spo2',
  '150456': 'spo2',
  '8310-5': 'temperature',
  '150344': 'temperature',
  '29463-7': 'weight',
};

export const senderOf = ({ header, separators }: Message): string =>
  [header[3], header[4]]
    .map((field) => (field ?? '').split(separators.charAt(0))[0]?.replace(/\s+/g, '_') ?? '')
    .filter((part) => part !== '')
    .join('@')
    .slice(0, 128);

export function headerOf(message: Message): Record<string, unknown> {
  const field = (n: number): string => unescaped(message.header[n] ?? '', message);
  return {
    deviceId: senderOf(message),
    sendingApp: field(3),
    sendingFacility: field(4),
    receivingApp: field(5),
    receivingFacility: field(6),
    dateTime: field(7),
    messageType: field(9),
    controlId: field(10),
    processingId: field(11),
    version: field(12),
  };
}

export function contentOf(message: Message, ctx: Context): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const add = (key: string, item: unknown) => {
    const list = (values[key] ?? []) as unknown[];
    list.push(item);
    values[key] = list;
  };
  for (const segment of message.segments) {
    const name = segment[0] as string;
    const at = (n: number): string => segment[n] ?? '';
    const part = (n: number, component = 0): string => partOf(message, at(n), component);
    if (name === 'PID') values.patient = patient(at, part, message);
    else if (name === 'PV1')
      values.visit = known({ class: part(2), location: at(3), doctor: part(7), number: part(19) });
    else if (name === 'OBR') add('orders', order(part, ctx));
    else if (name === 'OBX') add('observations', observation(message, segment, part, values, ctx));
    else if (name === 'NTE') add('notes', unescaped(at(3), message));
    else if (name === 'MSA')
      values.acknowledgement = known({ code: part(1), controlId: part(2), text: unescaped(at(3), message) });
  }
  if (ctx.parameters.segments === true)
    values.content = [message.header, ...message.segments].map((fields) => [...fields]);
  return values;
}

type Part = (field: number, component?: number) => string;

function patient(at: (n: number) => string, part: Part, message: Message): Record<string, string> {
  const name = [1, 0].map((component) => partOf(message, at(5), component)).filter((text) => text !== '');
  return known({
    id: part(3) || part(2),
    name: name.join(' '),
    birthDate: part(7),
    sex: part(8),
    account: part(18),
  });
}

const order = (part: Part, ctx: Context): Record<string, string> =>
  known({
    placer: part(2),
    filler: part(3),
    code: part(4),
    name: part(4, 1),
    time: isoOf(part(7), ctx),
    status: part(25),
  });

/** One OBX; a quantity that the vocabulary knows is yielded under its key as well. */
function observation(
  message: Message,
  segment: string[],
  part: Part,
  values: Record<string, unknown>,
  ctx: Context,
): Record<string, unknown> {
  const raw = unescaped(part(2) === 'SN' ? structured(part) : (segment[5] ?? ''), message);
  const number = /^\s*[-+]?(\d+(\.\d*)?|\.\d+)\s*$/.test(raw) ? Number(raw) : undefined;
  const value = ['NM', 'SN', ''].includes(part(2)) ? (number ?? raw) : raw;
  const key = QUANTITIES[part(3)] ?? QUANTITIES[part(3, 3)];
  if (key !== undefined && number !== undefined) values[key] ??= converted(number, part(6));
  return {
    ...known({ id: part(3), name: part(3, 1), type: part(2), unit: part(6) }),
    value,
    ...known({ range: part(7), flags: part(8), status: part(11), time: isoOf(part(14), ctx) }),
  };
}

/** SN: comparator, number, separator, number; what equals a number is that number. */
const structured = (part: Part): string =>
  [part(5).replace(/^=$/, ''), part(5, 1), part(5, 2), part(5, 3)].join('');

/** Units that are not those of the vocabulary. */
function converted(value: number, unit: string): number {
  if (/^(\[?degF\]?|F|°F)$/.test(unit)) return ((value - 32) * 5) / 9;
  if (unit === 'g') return value / 1_000;
  return /^(\[?lb_av\]?|lbs?)$/.test(unit) ? value * 0.45359237 : value;
}
