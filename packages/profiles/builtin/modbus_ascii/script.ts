/*
 * Modbus ASCII over TCP (MODBUS over Serial Line V1.02).
 *
 *     ':'  UNIT  PDU  LRC  CR LF        hex digits between colon and CR; the framing decodes and checks them
 *
 * An answer names no request: it is the next frame of the same unit and function.
 */
import {
  type Context,
  concat,
  type Downlink,
  hex,
  lrc,
  type Request,
  type Result,
  u8,
} from 'fairlead:helpers';
import { decodeFrame, downlinkRequests, pollRegisters, type Wrap } from 'fairlead:modbus';

export const poll = (ctx: Context): Request[] => pollRegisters(ctx, wrap);

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  const pdu = bytes.subarray(1, -1);
  return decodeFrame(
    u8(bytes),
    pdu,
    ctx,
    ctx.request ? {} : { pdu: hex(pdu), lrc: u8(bytes, bytes.length - 1) },
  );
}

export const downlink = (message: Downlink, ctx: Context): Request[] => downlinkRequests(message, ctx, wrap);

const wrap: Wrap = (unitId, pdu) => {
  const body = concat(unitId, pdu);
  return {
    send: concat(`:${hex(concat(body, lrc(body))).toUpperCase()}\r\n`),
    // The highest bit of the function tells an exception.
    expect: [
      { at: 0, bytes: Uint8Array.of(unitId) },
      { at: 1, bytes: pdu.slice(0, 1), mask: Uint8Array.of(0x7f) },
    ],
    // All units obey a message to unit 0, and none answers.
    ...(unitId === 0 && { answer: false }),
  };
};
