/**
 * KNXnet/IP over TCP: a tunnel to the bus. Integers are big-endian.
 *
 *     06 10   SERVICE (2)   LENGTH of all (2)   body
 *     body of a tunnelling request:   04 CHANNEL SEQUENCE 00   cEMI
 *     cEMI:   CODE   ADDITIONAL (length, bytes)   CONTROL (2)   SOURCE (2)   DESTINATION (2)   LENGTH   TPCI/APCI ..
 *
 * The host asks for a tunnel first and asks every minute whether it is still there. Over TCP nothing is acknowledged. Sources:
 * KNX Standard 3/8 (KNXnet/IP), 3/6/3 (cEMI), 3/7/2 (datapoint types).
 */

import { u16 } from 'fairlead:helpers';
import { services } from './codes.ts';
import { finite, type Values } from './datapoints.ts';
import { frame, here, next, toGroup, write, writeNamed } from './requests.ts';
import { content } from './services.ts';
import type { Context } from './telegrams.ts';

export function uplink(bytes: Uint8Array, ctx: Context) {
  const service = u16(bytes, 2);
  const values: Values = {
    service,
    serviceName: services[service],
    totalLength: u16(bytes, 4),
    ...content(service, bytes.subarray(6), ctx),
  };
  // Undefined names are left out.
  for (const key of Object.keys(values)) if (values[key] === undefined) delete values[key];
  if (service === 0x0208 && values.status !== 0) delete ctx.state.channel;
  if (service !== 0x0209) return { values };
  if (ctx.state.channel === values.channel) delete ctx.state.channel;
  return { values, reply: frame(0x020a, [Number(values.channel), 0]) };
}

/** A tunnel where there is none, else a question whether it is still there. */
export function poll({ state }: Context) {
  if (state.channel === undefined)
    return {
      send: frame(0x0205, here, here, [4, 4, 2, 0]),
      expect: [{ at: 2, bytes: '0206' }],
      data: 'connect',
    };
  return { send: frame(0x0207, [state.channel, 0], here), expect: [{ at: 2, bytes: '0208' }], data: 'alive' };
}

export function downlink({ kind, values }: { kind?: string; values: Values }, ctx: Context) {
  if (kind === 'attributes') return writeNamed(ctx, values);
  const params = (values.params ?? {}) as Values;
  switch (values.method) {
    case 'write':
      return write(ctx, params);
    case 'read':
      return toGroup(ctx, params.group, 0, 0, new Uint8Array());
    case 'feature':
      return frame(0x0422, next(ctx), [finite(params.feature) & 255, 0]);
    case 'describe':
      return frame(0x0203, here);
    case 'disconnect':
      return frame(0x0209, [next(ctx)[1] as number, 0], here);
    default:
      throw new Error(`no such command: ${values.method}`);
  }
}
