/*
 * Data loggers of Solarman (pysolarmanv5: docs/solarmanv5_protocol.rst).
 *
 *     A5  LENGTH (2)  CONTROL (2)  SEQUENCE (2)  SERIAL (4)  payload  SUM  15          integers little-endian
 *
 *     4510 -> 1510   Modbus RTU through the logger: type, sensor (2) | status, working time, time on, offset (4 each), frame
 *     41, 42, 43, 47, 48 (.10)   from the logger; the answer is control - 3000, with type, 01, Unix time, zone in minutes
 */
import {
  ascii,
  type Context,
  concat,
  crc16modbus,
  type Downlink,
  hex,
  le,
  type Request,
  type Result,
  sum8,
  u8,
  u16le,
  u32le,
  zoneMinutes,
} from 'fairlead:helpers';
import { type Adu, decodeFrame, downlinkRequests, pollRegisters, type Wrap } from 'fairlead:modbus';

const [REQUEST, RESPONSE] = [0x4510, 0x1510];
const KINDS: Record<number, string> = {
  16656: 'handshake',
  16912: 'data',
  17168: 'information',
  18192: 'heartbeat',
  18448: 'report',
  17680: 'request',
  5392: 'answer',
};
const ANSWERED = [0x4110, 0x4210, 0x4310, 0x4710, 0x4810];
const HEADER = 11;

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  const control = u16le(bytes, 3);
  const serial = u32le(bytes, 7);
  ctx.state.serial = serial;
  const payload = bytes.subarray(HEADER, -2);
  const kind = KINDS[control];
  const head = {
    deviceId: String(serial),
    serial,
    control,
    ...(kind && { kind }),
    length: payload.length,
    sequence: hex(bytes.slice(5, 7)),
  };
  if (control === RESPONSE) return response(payload, head, ctx);
  const { time, values } = report(payload);
  const reply = ANSWERED.includes(control) ? { reply: answer(bytes, ctx) } : {};
  return { ...(time !== undefined && { time }), values: { ...head, ...values }, ...reply };
}

// --- what the logger sends --------------------------------------------------------------------------------------------

/** Type, sensor (2), three times, data. Short ones (a heartbeat, a handshake of few bytes) have the type only. */
function report(payload: Uint8Array): { time?: number; values: Record<string, unknown> } {
  if (payload.length === 0) return { values: {} };
  const frameType = u8(payload);
  if (payload.length < 15)
    return { values: { frameType, ...(payload.length > 1 && { data: hex(payload.subarray(1)) }) } };
  const { time, values } = times(payload, 3);
  const data = payload.subarray(15);
  const texts = ascii(data).match(/[!-~]{6,}/g);
  return {
    ...(time !== undefined && { time }),
    values: {
      frameType,
      sensorType: u16le(payload, 1),
      ...values,
      data: hex(data),
      ...(texts && { texts: [...texts] }),
    },
  };
}

function times(payload: Uint8Array, at: number): { time?: number; values: Record<string, number> } {
  const [totalWorkingTime, powerOnTime, offsetTime] = [
    u32le(payload, at),
    u32le(payload, at + 4),
    u32le(payload, at + 8),
  ];
  const timestamp = totalWorkingTime + offsetTime;
  return {
    // A logger that was never told the time has no offset.
    ...(offsetTime > 0 && { time: timestamp * 1_000 }),
    values: { totalWorkingTime, powerOnTime, offsetTime, timestamp },
  };
}

function response(payload: Uint8Array, head: Record<string, unknown>, ctx: Context): Result {
  if (payload.length < 14) throw new Error(`an answer of ${payload.length} bytes`);
  const { time, values } = times(payload, 2);
  const all = { ...head, frameType: u8(payload), status: u8(payload, 1), ...values };
  const frame = payload.subarray(14);
  if (frame.length < 5) return { values: { ...all, ...(frame.length > 0 && { modbusError: u8(frame) }) } };
  const modbus = withoutSecondCrc(frame);
  const result = decodeFrame(u8(modbus), modbus.subarray(1, -2), ctx, { ...all, modbus: hex(modbus) });
  return { ...result, ...(time !== undefined && { time }) };
}

/** Some loggers put a CRC behind the CRC, which is always 0. */
function withoutSecondCrc(frame: Uint8Array): Uint8Array {
  const twice =
    frame.length > 6 && frame.at(-1) === 0 && frame.at(-2) === 0 && isModbus(frame.subarray(0, -2));
  const modbus = twice ? frame.subarray(0, -2) : frame;
  if (!isModbus(modbus)) throw new Error('the CRC of the Modbus frame is wrong');
  return modbus;
}

const isModbus = (frame: Uint8Array): boolean =>
  crc16modbus(frame.subarray(0, -2)) === u16le(frame, frame.length - 2);

// --- what is sent -----------------------------------------------------------------------------------------------------

/** The time; each side counts its own byte of the sequence, this one the first. */
function answer(bytes: Uint8Array, { time, parameters }: Context): Uint8Array {
  const payload = concat(
    u8(bytes, HEADER),
    1,
    le(Math.floor(time / 1_000), 4),
    le(zoneMinutes(String(parameters.timezone)), 4),
  );
  const sequence = Uint8Array.of((u8(bytes, 5) + 1) & 0xff, u8(bytes, 6));
  return frame(u16le(bytes, 3) - 0x3000, sequence, u32le(bytes, 7), payload);
}

export const poll = (ctx: Context): Request[] => pollRegisters(ctx, wrap(ctx));

export const downlink = (message: Downlink, ctx: Context): Request[] =>
  downlinkRequests(message, ctx, wrap(ctx));

const wrap =
  (ctx: Context): Wrap =>
  (unitId, pdu): Adu => {
    const sequence = (Number(ctx.state.sequence ?? 0) + 1) & 0xff;
    ctx.state.sequence = sequence;
    const serial = Number(ctx.state.serial ?? (ctx.identity || ctx.parameters.serial));
    const body = concat(unitId, pdu);
    const payload = concat(2, new Uint8Array(14), body, le(crc16modbus(body), 2));
    return {
      send: frame(REQUEST, Uint8Array.of(sequence, 0), serial, payload),
      expect: [{ at: 3, bytes: concat(le(RESPONSE, 2), sequence) }],
    };
  };

function frame(control: number, sequence: Uint8Array, serial: number, payload: Uint8Array): Uint8Array {
  const body = concat(le(payload.length, 2), le(control, 2), sequence, le(serial, 4), payload);
  return concat(0xa5, body, sum8(body), 0x15);
}
