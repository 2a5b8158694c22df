/*
 * Modbus RTU over TCP (MODBUS over Serial Line V1.02): serial servers and DTUs pass the bytes of the line on.
 *
 *     UNIT  PDU  CRC-16/MODBUS (low byte first)
 *
 * An answer names no request: it is the next frame of the same unit and function.
 */
import {
  type Context,
  concat,
  crc16modbus,
  type Downlink,
  le,
  type Request,
  type Result,
  u8,
} from 'fairlead:helpers';
import { decodeFrame, downlinkRequests, pollRegisters, type Wrap } from 'fairlead:modbus';

export const poll = (ctx: Context): Request[] => pollRegisters(ctx, wrap);

export const uplink = (bytes: Uint8Array, ctx: Context): Result =>
  decodeFrame(u8(bytes), bytes.subarray(1, -2), ctx);

export const downlink = (message: Downlink, ctx: Context): Request[] => downlinkRequests(message, ctx, wrap);

const wrap: Wrap = (unitId, pdu) => {
  const body = concat(unitId, pdu);
  return {
    send: concat(body, le(crc16modbus(body), 2)),
    // The highest bit of the function tells an exception.
    expect: [
      { at: 0, bytes: Uint8Array.of(unitId) },
      { at: 1, bytes: pdu.slice(0, 1), mask: Uint8Array.of(0x7f) },
    ],
    // All units obey a message to unit 0, and none answers.
    ...(unitId === 0 && { answer: false }),
  };
};
