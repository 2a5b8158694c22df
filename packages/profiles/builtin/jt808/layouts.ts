// Which layout a JT/T 808 message has, by its type.

import { decodeText } from 'fairlead:helpers';
import { type Decoder, one } from './layout.ts';
import { location } from './location.ts';
import { lockLocation } from './locks.ts';
import {
  acceleration,
  answering,
  attributes,
  batch,
  canBus,
  driver,
  gbk,
  generalAnswer,
  locationAnswer,
  mediaOf,
  mediaUpload,
  registration,
  settings,
} from './messages.ts';
import { transparent } from './transparent.ts';

export const DECODERS: Record<number, Decoder> = {
  1: generalAnswer,
  2: one((values, body) => {
    if (body.left < 3) return;
    values.battery = body.u8();
    values.signal = body.u8();
    values.status = body.u8();
  }),
  256: registration,
  258: () => [],
  260: answering(settings),
  263: attributes,
  265: () => [],
  512: ({ body, zone }) => [location(body, zone)],
  513: answering(locationAnswer),
  528: batch,
  1280: answering(locationAnswer),
  1793: one((values, body) => {
    values.message = gbk(body, Math.min(body.u32(), body.left));
  }),
  1794: driver,
  1796: batch,
  1797: canBus,
  2048: one((values, body) => {
    values.media = mediaOf(body);
  }),
  2049: mediaUpload,
  2304: transparent,
  4103: () => [],
  4864: one((values, body) => {
    values.commandIndex = body.u16();
    values.message = decodeText(body.take(body.left), 'utf-16be').trim();
  }),
  8304: acceleration,
  21761: lockLocation,
  21762: lockLocation,
  24582: one((values, body) => {
    body.skip(1); // encoding
    values.message = gbk(body, body.left);
  }),
};
