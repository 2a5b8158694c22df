/**
 * The custom protocol, sans I/O: an AccessToken, then whatever the device's profile says.
 *
 *     AccessToken [LF or CR LF]    first, once                         -> the link is this device's
 *     frames of its framing        without one: the stream in pieces   -> the uplink script, else devices/{device}/raw
 */
import { type Payload, parseFraming, raw } from '@fairlead/tcp';
import { CodecCache } from './codec-cache.ts';
import type { CodecTerms, DeviceProtocol, EncodedDownlink } from './protocol.ts';
import { codecAfterToken, tokenOpening } from './token-opening.ts';

export function customProtocol(): DeviceProtocol<Buffer, Payload> {
  const codecs = new CodecCache<Buffer, Payload>();
  const opening = tokenOpening();
  return {
    name: 'custom',
    splitsDownlinks: true,
    opening: () => opening,
    codec({ device, identity }: CodecTerms) {
      const { profile, inboundBuffer } = device;
      const { framing = 'raw' } = profile;
      const codec =
        framing === 'raw'
          ? codecs.get(`raw ${inboundBuffer}`, () => raw({ max: inboundBuffer }))
          : codecs.get(framing, () => parseFraming(framing));
      return codecAfterToken(codec, identity);
    },
    uplink: (frames) => frames.map((payload) => ({ kind: 'raw', payload })),
    downlink: ({ payload }: EncodedDownlink) => payload,
  };
}
