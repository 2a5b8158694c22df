import { z } from 'zod';
import { tcpLimits } from '../../../limits.ts';
import { hexOption, limitOption } from '../../option-schemas.ts';
import { checksumSchema } from './check.ts';
import { matchSchema } from './match.ts';

/* The descriptions of the keys are the reference in docs/framing.md. */

/** Keys of every rule. */
export const commonKeys = {
  name: z.string().min(1).max(64).optional().describe('A name for people and for error messages.'),
  match: matchSchema
    .optional()
    .describe('Conditions on the first bytes of a frame. Default: the rule matches anything.'),
  first: z
    .boolean()
    .default(false)
    .describe(
      'True: the rule applies only to the first frame of a connection, such as a registration. Default false.',
    ),
  send: z
    .boolean()
    .optional()
    .describe('True: this rule frames what is sent. Default: the first rule that does not discard.'),
  discard: z.boolean().default(false).describe('True: frames of this rule are discarded. Default false.'),
  onMismatch: z
    .enum(['close', 'next'])
    .default('close')
    .describe(
      '"next": if a frame turns out not to follow this rule, the rules after it are tried. Default "close": the link ends.',
    ),
};

/** Keys of rules whose frames may hold a checksum. */
export const checkedKeys = {
  checksum: z
    .union([checksumSchema.transform((one) => [one]), z.array(checksumSchema).min(1).max(8)])
    .optional()
    .describe(
      'A checksum in each frame, or a list of several: a frame is right if each is. One whose bytes are there before the frame is complete is checked at once.',
    ),
  onBadChecksum: z
    .enum(['close', 'drop', 'flag'])
    .default('close')
    .describe(
      'What happens to a frame with a wrong checksum. "close": the link ends with FRAME_CHECKSUM_MISMATCH. "drop": the frame is dropped. "flag": the frame is delivered, and its details say "bad". Default "close".',
    ),
};

export const maxKey = limitOption
  .default(tcpLimits.values.frame)
  .describe('Largest frame as it is delivered: bytes, or a size such as 64KiB. Default 1 MiB.');

export const endsWithKey = hexOption
  .optional()
  .describe('What each frame must end with, in hex. It is stripped unless "strip" says otherwise.');
