/** What a device has on its link: a rate, and certificates. */
import { durationOption, sizeOption } from '@fairlead/core';
import { z } from 'zod';

const rate = z
  .strictObject({
    messages: z.int().min(1).optional().describe('Messages within `per`.'),
    bytes: sizeOption.optional().describe('Bytes within `per`, framing included: a size, or a number.'),
    per: durationOption.describe('Time within which they count: a duration, or milliseconds.'),
    exceeded: z
      .enum(['wait', 'refuse'])
      .optional()
      .describe(
        'wait (the default): the device is read no faster, and nothing is lost. refuse: messages beyond the rate are dropped with RATE_EXCEEDED.',
      ),
  })
  .describe(
    'How much the device may send, in place of the rates of its profile and its listener: messages, bytes or both. All of it may come at once.',
  );
const certificates = z
  .array(z.string())
  .describe(
    'What the certificates of the device say, for listeners with `identity: certificate`: cn:NAME, dns:NAME, uri:URI, subject:DN or fingerprint:SHA-256. It must show one of them; its name in a certificate is then not enough.',
  );
/** In definitions and changes. */
export const linkFields = { rate, certificates };

/** In the details of a device. */
export const linkView = {
  rate: z
    .object({
      messages: z.int().optional(),
      bytes: z.int().optional(),
      per: z.number(),
      exceeded: z.enum(['wait', 'refuse']).optional(),
    })
    .optional()
    .describe('How much the device may send within `per` milliseconds, if it has a rate of its own.'),
  certificates: z.array(z.string()).optional().describe('What its certificates say, in order.'),
};
