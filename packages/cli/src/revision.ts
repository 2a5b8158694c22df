/** Revisions of what commands change: the one that was read is sent, so that the change of somebody else is not overwritten. */
import type { Revision } from '@fairlead/api';

export interface ForceOption {
  readonly force?: boolean | undefined;
}

export const forceOption = ['--force', 'do it even if somebody else changes it at the same time'] as const;

/** The revision to send: of what `read` finds, or whichever there is. */
export async function revisionFor(
  { force }: ForceOption,
  read: () => Promise<{ readonly revision: number }>,
): Promise<Revision> {
  return force ? '*' : (await read()).revision;
}
