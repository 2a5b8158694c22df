/*
 * IEC 60870-5-104: controlled stations, of which this side is the controlling one.
 *
 *     68  LENGTH  CONTROL (4)  ASDU            CONTROL  I: send and receive number, 15 bits each, shifted left by one
 *                                                       S: 01 00, receive number     U: 07 start 13 stop 43 test; their
 *                                                       confirmations 0B 23 83
 *     TYPE  SQ and COUNT  CAUSE (2)  ADDRESS (2)  objects: IOA (3), element, ..      integers little-endian
 *
 * Eight frames at most are left without an acknowledgement (w); a test is answered at once.
 */
import { be, type Context, type Downlink, type Request, type Result, u8, u16le } from 'fairlead:helpers';
import { asduOf } from './asdu.ts';
import { setpoint, timeBytes } from './elements.ts';
import {
  acknowledgement,
  asdu,
  CLOCK,
  COUNTERS,
  INTERROGATION,
  type Link,
  READ,
  unnumbered,
} from './frames.ts';
import { pointsOf } from './points.ts';

const FUNCTIONS: Record<number, string> = {
  7: 'STARTDT act',
  11: 'STARTDT con',
  19: 'STOPDT act',
  35: 'STOPDT con',
  67: 'TESTFR act',
  131: 'TESTFR con',
};
const WINDOW = 8;

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  const link = ctx.state as Link;
  delete link.quiet;
  const control = u8(bytes, 2);
  if ((control & 1) === 0) return information(bytes, link, ctx);
  if (bytes.length !== 6) throw new Error(`a frame without an ASDU has 6 bytes, not ${bytes.length}`);
  if ((control & 2) === 0) return { values: { format: 'S', recvSeq: u16le(bytes, 4) >> 1 } };
  const name = FUNCTIONS[control];
  if (name === undefined) throw new Error(`an unknown function ${control}`);
  const reply = answer(control, link, ctx);
  return { values: { format: 'U', function: name }, ...(reply !== undefined && { reply }) };
}

/** A test is confirmed. After the start that this side asked for, the station is interrogated. */
function answer(control: number, link: Link, ctx: Context): Uint8Array | undefined {
  if (control === 0x43) return unnumbered(0x83);
  if (control === 0x23) delete link.started;
  if (control !== 0x0b) return undefined;
  Object.assign(link, { started: true, send: 0, receive: 0, unacknowledged: 0 });
  if (!ctx.request) return undefined;
  link.interrogated = ctx.time;
  return asdu(INTERROGATION, 6, 0, Uint8Array.of(20), {}, ctx);
}

function information(bytes: Uint8Array, link: Link, ctx: Context): Result {
  const sendSeq = u16le(bytes, 2) >> 1;
  link.receive = (sendSeq + 1) & 0x7fff;
  link.unacknowledged = (link.unacknowledged ?? 0) + 1;
  const { time, values } = asduOf(bytes.subarray(6), ctx);
  const result: Result = {
    values: { format: 'I', sendSeq, recvSeq: u16le(bytes, 4) >> 1, ...values },
    ...(time !== undefined && { time }),
  };
  return link.unacknowledged >= WINDOW ? { ...result, reply: acknowledgement(link) } : result;
}

// --- what is sent -----------------------------------------------------------------------------------------------------

export function poll(ctx: Context): Request[] {
  const link = ctx.state as Link;
  if (!link.started)
    return [
      { send: unnumbered(0x07), expect: [{ at: 0, bytes: Uint8Array.of(0x68, 4, 0x0b) }], data: 'start' },
    ];
  const requests: Request[] = [];
  if ((link.unacknowledged ?? 0) > 0) requests.push({ send: acknowledgement(link), answer: false });
  if (link.quiet)
    requests.push({
      send: unnumbered(0x43),
      expect: [{ at: 0, bytes: Uint8Array.of(0x68, 4, 0x83) }],
      data: 'test',
    });
  link.quiet = true;
  const every = Number(ctx.parameters.interrogate) * 1_000;
  if (link.interrogated === undefined || (every > 0 && ctx.time - link.interrogated >= every)) {
    link.interrogated = ctx.time;
    requests.push({ send: asdu(INTERROGATION, 6, 0, Uint8Array.of(20), {}, ctx), answer: false });
  }
  return requests;
}

/** Attributes write the named points that have the type of a command. */
export function downlink({ kind, values }: Downlink, ctx: Context): Uint8Array[] | undefined {
  if (kind === 'attributes') return Object.entries(values).map(([name, value]) => write(name, value, ctx));
  const { method, params = {} } = values as { method?: string; params?: Record<string, unknown> };
  const ioa = Number(params.ioa ?? 0);
  const select = params.select === true ? 0x80 : 0;
  const send = (type: number, element: Uint8Array, cot = 6): Uint8Array[] => [
    asdu(type, cot, ioa, element, params, ctx),
  ];
  switch (method) {
    case 'interrogate':
      return send(INTERROGATION, be(Number(params.qoi ?? 20), 1));
    case 'counters':
      return send(COUNTERS, be(Number(params.qcc ?? 5), 1));
    case 'read':
      return send(READ, new Uint8Array(0), 5);
    case 'setTime':
      return send(CLOCK, timeBytes(params.time, ctx));
    case 'single':
      return send(45, Uint8Array.of((params.on === true ? 1 : 0) | select));
    case 'double':
      return send(46, Uint8Array.of((params.on === true ? 2 : 1) | select));
    case 'step':
      return send(47, Uint8Array.of((params.up === true ? 2 : 1) | select));
    case 'setpoint':
      return setpoint(String(params.kind ?? 'float'), params.value, select, send);
    case 'stop':
      return [unnumbered(0x13)];
    default:
      return undefined;
  }
}

const KINDS: Record<number, string> = { 48: 'normalized', 49: 'scaled', 50: 'float' };

function write(name: string, value: unknown, ctx: Context): Uint8Array {
  const point = pointsOf(ctx).find((each) => each.name === name);
  if (point?.type === undefined)
    throw new Error(`no point is named ${name.slice(0, 64)}, or it has no type of a command`);
  const { ioa, ca, type, scale = 1 } = point;
  const params = {
    ioa,
    ...(ca !== undefined && { ca }),
    on: value === true || value === 1,
    kind: KINDS[type],
    value: typeof value === 'number' ? value / scale : value,
  };
  const method = type === 45 ? 'single' : type === 46 ? 'double' : 'setpoint';
  return downlink({ kind: 'command', values: { method, params } } as Downlink, ctx)?.[0] as Uint8Array;
}
