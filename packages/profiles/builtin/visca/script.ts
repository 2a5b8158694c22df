/**
 * VISCA, the control of cameras: packets of 3 to 16 bytes.
 *
 *     1 SENDER (3 bits) BROADCAST RECEIVER (3 bits)   payload   ff           the host is 0, cameras are 1 to 7
 *     camera   4y taken by socket y    5y done    50 .. answer to a question    6y CODE error    38 line changed
 *
 * A command is taken first and done later: two answers. Source: Sony EVI-D70 technical manual.
 */
import { be, concat, fromHex, hex } from 'fairlead:helpers';

type Values = Record<string, unknown>;
interface Context {
  state: { sent?: string };
  parameters: { address?: number; period?: number };
  request?: { question: string };
}

/** A number spread over the low halves of bytes. */
function nibbles(bytes: Uint8Array, at: number, count: number): number {
  if (at + count > bytes.length) throw new RangeError('beyond the end');
  let value = 0;
  for (const byte of bytes.subarray(at, at + count)) {
    if (byte > 0x0f) throw new Error(`not half a byte: ${byte.toString(16)}`);
    value = value * 16 + byte;
  }
  return value;
}

const signed = (value: number): number => (value >= 0x8000 ? value - 0x1_0000 : value);

function toNibbles(value: number): number[] {
  const bytes = be(value, 2);
  return [...bytes].flatMap((byte) => [byte >> 4, byte & 0x0f]);
}

// --- answers --------------------------------------------------------------------------------------------------------------

const whiteBalances = ['auto', 'indoor', 'outdoor', 'one push', 'auto tracing', 'manual'];
const exposures: Record<number, string> = { 0: 'auto', 3: 'manual', 10: 'shutter', 11: 'iris', 13: 'bright' };

/** What a question is and how its answer is read. */
const questions: Record<string, [payload: string, read: (answer: Uint8Array) => Values]> = {
  power: ['090400', ([on]) => ({ powerOn: on === 2 })],
  zoom: ['090447', (answer) => ({ zoom: nibbles(answer, 0, 4) })],
  focusMode: ['090438', ([mode]) => ({ autoFocus: mode === 2 })],
  focus: ['090448', (answer) => ({ focus: nibbles(answer, 0, 4) })],
  whiteBalance: ['090435', ([mode = -1]) => ({ whiteBalance: whiteBalances[mode] ?? String(mode) })],
  exposure: ['090439', ([mode = -1]) => ({ exposure: exposures[mode] ?? String(mode) })],
  preset: ['09043f', ([number]) => ({ preset: number })],
  panTilt: [
    '090612',
    (answer) => ({ pan: signed(nibbles(answer, 0, 4)), tilt: signed(nibbles(answer, 4, 4)) }),
  ],
  version: [
    '090002',
    (answer) => ({
      vendor: (answer[0] ?? 0) * 256 + (answer[1] ?? 0),
      model: hex(answer.subarray(2, 4)),
      firmware: hex(answer.subarray(4, 6)),
    }),
  ],
};

const errors: Record<number, string> = {
  1: 'message length',
  2: 'syntax',
  3: 'buffer full',
  4: 'cancelled',
  5: 'no such socket',
  65: 'not executable',
};

function answer(payload: Uint8Array, ctx: Context): Values {
  const first = payload[0] as number;
  const socket = first & 0x0f;
  const of = ctx.state.sent && { command: ctx.state.sent };
  switch (first >> 4) {
    case 3:
      if (first === 0x38) return { networkChanged: true };
      // The packet that set the addresses comes back with the number after the last camera.
      return first === 0x30 && payload.length === 2 ? { cameras: (payload[1] as number) - 1 } : {};
    case 4:
      return { ack: true, socket, ...of };
    case 5: {
      if (payload.length === 1) return { completed: true, socket, ...of };
      const { question } = ctx.request ?? {};
      const read = question === undefined ? undefined : questions[question];
      const content = payload.subarray(1);
      return { inquiry: hex(content), ...(question && { question }), ...read?.[1](content) };
    }
    case 6: {
      const error = payload[1];
      if (error === undefined) throw new Error('an error without a code');
      return { socket, error, errorName: errors[error] ?? 'unknown', ...(error === 4 && of) };
    }
    default:
      return {};
  }
}

/** Commands of a host, by the bytes that they begin with. */
const known: [start: string, command: string][] = [
  ['010400', 'power'],
  ['010407', 'zoom'],
  ['010447', 'zoom'],
  ['010408', 'focus'],
  ['010438', 'focus'],
  ['010448', 'focus'],
  ['01043f', 'preset'],
  ['010601', 'move'],
  ['010602', 'position'],
  ['010604', 'home'],
  ['010001', 'clear'],
  ['30', 'addresses'],
  ['2', 'cancel'],
  ...Object.entries(questions).map(([name, [payload]]): [string, string] => [payload, `ask ${name}`]),
];

function commandOf(payload: Uint8Array): Values {
  const digits = hex(payload);
  const command = known.find(([start]) => digits.startsWith(start))?.[1];
  const on = digits.startsWith('010400') ? { on: payload[3] === 2 } : {};
  return { ...(command && { command }), ...on };
}

export function uplink(bytes: Uint8Array, ctx: Context) {
  const head = bytes[0] as number;
  if (bytes.length < 3 || head < 0x80) throw new Error(`not a VISCA packet: ${hex(bytes)}`);
  const payload = bytes.subarray(1, -1);
  const [from, to, broadcast] = [(head >> 4) & 7, head & 7, (head & 8) !== 0];
  const values: Values = {
    ...(broadcast ? { broadcast } : from === 0 ? { to } : { from }),
    payload: hex(payload),
  };
  if (from === 0 && !broadcast) return { values: { ...values, ...commandOf(payload) } };
  const command = broadcast ? commandOf(payload) : {};
  return { values: { ...values, ...command, ...answer(payload, ctx) } };
}

// --- questions and commands -----------------------------------------------------------------------------------------------

function packet(ctx: Context, payload: Uint8Array | readonly number[]): Uint8Array {
  const address = Number(ctx.parameters.address ?? 1);
  if (!(address >= 1 && address <= 7)) throw new Error(`address must be 1 to 7, not ${address}`);
  return concat(0x80 + address, payload, 0xff);
}

/** All cameras. */
const toAll = (...payload: number[]): Uint8Array => concat(0x88, payload, 0xff);

export function poll(ctx: Context) {
  const every = Math.max(0.2, Number(ctx.parameters.period ?? 5)) * 1_000;
  return ['power', 'zoom', 'focusMode', 'focus', 'panTilt', 'whiteBalance', 'exposure'].map((question) => ({
    send: packet(ctx, fromHex((questions[question] as [string, unknown])[0])),
    expect: [{ at: 1, bytes: '50' }],
    data: { question },
    every,
  }));
}

function within(name: string, value: unknown, least: number, most: number): number {
  const number = Number(value);
  if (value === undefined || !Number.isInteger(number) || number < least || number > most)
    throw new Error(`${name} must be a whole number from ${least} to ${most}`);
  return number;
}

function one(table: Record<string, number[]>, name: string, value: unknown): number[] {
  const found = table[String(value)];
  if (found === undefined) throw new Error(`${name} must be one of ${Object.keys(table).join(', ')}`);
  return found;
}

/** Speed and direction of an axis: 1 the one way, 2 the other, 3 stop. */
function axis(speed: number): [speed: number, direction: number] {
  return [Math.abs(speed) || 1, speed === 0 ? 3 : speed < 0 ? 1 : 2];
}

const commands: Record<string, (params: Values) => number[]> = {
  power: ({ on }) => [1, 4, 0, ...one({ true: [2], false: [3] }, 'on', on)],
  zoom: ({ direction, position, speed = 3 }) => {
    if (position !== undefined) return [1, 4, 0x47, ...toNibbles(within('position', position, 0, 0x7ac0))];
    const fast = within('speed', speed, 0, 7);
    return [1, 4, 7, ...one({ tele: [0x20 + fast], wide: [0x30 + fast], stop: [0] }, 'direction', direction)];
  },
  focus: ({ direction, position }) => {
    if (position !== undefined) return [1, 4, 0x48, ...toNibbles(within('position', position, 0, 0xffff))];
    const ways = { far: [8, 2], near: [8, 3], stop: [8, 0], auto: [0x38, 2], manual: [0x38, 3] };
    return [1, 4, ...one(ways, 'direction', direction)];
  },
  move: (params) => {
    const [panSpeed, pan] = axis(within('pan', params.pan ?? 0, -24, 24));
    // Up is 1, so that the sign turns round.
    const [tiltSpeed, tilt] = axis(-within('tilt', params.tilt ?? 0, -20, 20));
    return [1, 6, 1, panSpeed, tiltSpeed, pan, tilt];
  },
  position: (params) => {
    const speed = within('speed', params.speed ?? 10, 1, 20);
    const [pan, tilt] = [
      within('pan', params.pan, -32_768, 32_767),
      within('tilt', params.tilt, -32_768, 32_767),
    ];
    return [1, 6, 2, speed, speed, ...toNibbles(pan), ...toNibbles(tilt)];
  },
  home: () => [1, 6, 4],
  preset: ({ action = 'recall', number }) => {
    const how = one({ reset: [0], set: [1], recall: [2] }, 'action', action);
    return [1, 4, 0x3f, ...how, within('number', number, 0, 127)];
  },
  cancel: ({ socket }) => [0x20 + within('socket', socket, 1, 2)],
};

export function downlink(
  { values }: { values: { method?: unknown; params?: Values } },
  ctx: Context,
): Uint8Array {
  const method = String(values.method);
  const params = values.params ?? {};
  ctx.state.sent = method;
  if (method === 'addresses') return toAll(0x30, 1);
  if (method === 'clear') return toAll(1, 0, 1);
  if (method === 'raw') return packet(ctx, rawPayload(params.payload));
  const command = commands[method];
  if (command === undefined) throw new Error(`no such command: ${method}`);
  return packet(ctx, command(params));
}

function rawPayload(text: unknown): Uint8Array {
  const payload = fromHex(String(text));
  if (payload.length < 1 || payload.length > 14 || payload.includes(0xff))
    throw new Error(`not a payload: ${text}`);
  return payload;
}
