import { z } from 'zod';
import { checksumSchema, matchSchema } from '../schema-parts.ts';

/** Keys of every rule. */
export const common = {
  name: z.string().min(1).max(64).optional().describe('For people and for error messages.'),
  match: matchSchema.optional().describe('What the head of the buffer must look like. Default: anything.'),
  first: z
    .boolean()
    .default(false)
    .describe('True: only for the first frame of a connection, such as a registration. Default false.'),
  send: z
    .boolean()
    .optional()
    .describe('True: what is sent is framed by this rule. Default: the first that does not discard.'),
  discard: z.boolean().default(false).describe('True: its frames are dropped. Default false.'),
  onMismatch: z
    .enum(['close', 'next'])
    .default('close')
    .describe(
      '"next": where a frame turns out not to follow this rule, the rules after it are tried. Default close: the link ends.',
    ),
};

/** Keys of rules whose frames can hold a check value. */
export const checked = {
  checksum: checksumSchema.optional().describe('A check value in each frame.'),
  onBadChecksum: z
    .enum(['close', 'drop', 'flag'])
    .default('close')
    .describe(
      'What becomes of a frame whose check value is wrong: the link ends with FRAME_CHECKSUM_MISMATCH; it is dropped; or it is delivered, and told apart where frames come with details.',
    ),
};
