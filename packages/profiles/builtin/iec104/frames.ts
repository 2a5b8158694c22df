// Frames that are sent.

import { be, type Context, concat, le } from 'fairlead:helpers';

export interface Link {
  started?: boolean;
  /** Numbers of the next frame to send and of the next to receive. */
  send?: number;
  receive?: number;
  unacknowledged?: number;
  /** Unix milliseconds of the last interrogation. */
  interrogated?: number;
  quiet?: boolean;
}
export const [INTERROGATION, COUNTERS, READ, CLOCK] = [100, 101, 102, 103];

export const unnumbered = (control: number): Uint8Array => Uint8Array.of(0x68, 4, control, 0, 0, 0);

export function acknowledgement(link: Link): Uint8Array {
  link.unacknowledged = 0;
  return concat(0x68, 4, 1, 0, le((link.receive ?? 0) * 2, 2));
}

/** An I frame with one object; it acknowledges what was received, too. */
export function asdu(
  type: number,
  cot: number,
  ioa: number,
  element: Uint8Array,
  params: Record<string, unknown>,
  ctx: Context,
): Uint8Array {
  const link = ctx.state as Link;
  const send = link.send ?? 0;
  link.send = (send + 1) & 0x7fff;
  link.unacknowledged = 0;
  const address = Number(params.ca ?? ctx.parameters.commonAddress);
  const cause = concat(be(cot, 1), be(Number(ctx.parameters.originator), 1));
  const body = concat(
    le(send * 2, 2),
    le((link.receive ?? 0) * 2, 2),
    type,
    1,
    cause,
    le(address, 2),
    le(ioa, 3),
    element,
  );
  return concat(0x68, body.length, body);
}
