/*
 * Modbus TCP (MODBUS Messaging on TCP/IP V1.0b).
 *
 *     TRANSACTION (2)  00 00  LENGTH (2)  UNIT  PDU        integers big-endian; LENGTH counts UNIT and PDU
 *
 * An answer has the transaction and the unit of its request.
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
import { type Adu, decodeFrame, downlinkRequests, pollRegisters, type Wrap } from 'fairlead:modbus';

export const poll = (ctx: Context): Request[] => pollRegisters(ctx, wrap(ctx));

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  const head = ctx.request ? {} : { transactionId: u16(bytes) };
  return decodeFrame(u8(bytes, 6), bytes.subarray(7), ctx, head);
}

export const downlink = (message: Downlink, ctx: Context): Request[] =>
  downlinkRequests(message, ctx, wrap(ctx));

const wrap =
  (ctx: Context): Wrap =>
  (unitId, pdu): Adu => {
    const transaction = (Number(ctx.state.transaction ?? 0) + 1) & 0xffff;
    ctx.state.transaction = transaction;
    const id = be(transaction, 2);
    return {
      send: concat(id, be(0, 2), be(pdu.length + 1, 2), unitId, pdu),
      expect: [
        { at: 0, bytes: id },
        { at: 6, bytes: Uint8Array.of(unitId) },
      ],
    };
  };
