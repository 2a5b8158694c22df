/*
 * Modbus TCP (MODBUS Messaging on TCP/IP V1.0b).
 *
 *     TRANSACTION (2)  00 00  LENGTH (2)  UNIT  PDU        integers big-endian; LENGTH counts UNIT and PDU
 *
 * An answer has the transaction, which counts the requests of a link, and the unit of its request.
 */
import {
  be,
  type Context,
  concat,
  type Downlink,
  type Request,
  type Result,
  u8,
  u16,
} from 'fairlead:helpers';
import { decodeFrame, downlinkRequests, pollRegisters, type Wrap } from 'fairlead:modbus';

export const poll = (ctx: Context): Request[] => pollRegisters(ctx, wrap);

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  const head = ctx.request ? {} : { transactionId: u16(bytes) };
  return decodeFrame(u8(bytes, 6), bytes.subarray(7), ctx, head);
}

export const downlink = (message: Downlink, ctx: Context): Request[] => downlinkRequests(message, ctx, wrap);

const wrap: Wrap = (unitId, pdu) => ({
  send: concat(be(0, 4), be(pdu.length + 1, 2), unitId, pdu),
  sequence: { at: 0, size: 2 },
  expect: [{ at: 6, bytes: Uint8Array.of(unitId) }],
});
