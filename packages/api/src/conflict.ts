/** What somebody else changed meanwhile. */
import { isFairleadError } from '@fairlead/core';
import { z } from 'zod';

const fields = z.record(z.string(), z.unknown());

/** What REVISION_CONFLICT says besides its sentence. */
const conflictSchema = z.object({
  revision: z.int().describe('The latest.'),
  fields: z.array(z.string()).describe('Those that differ.'),
  theirs: fields.describe('What is saved, secrets masked.'),
  yours: fields.describe('What the request asked for; none if it removes.'),
});
export type Conflict = z.output<typeof conflictSchema>;

/** The two versions of a change that was refused because somebody else was first; undefined: it was refused for another reason. */
export function conflictOf(error: unknown): Conflict | undefined {
  if (!isFairleadError(error, 'REVISION_CONFLICT')) return undefined;
  return conflictSchema.safeParse(error.details).data;
}
