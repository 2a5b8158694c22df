import { coreErrors, isFairleadError } from '@fairlead/core';
import { tcpErrors } from '@fairlead/tcp';
import { indiErrors } from './catalogue.ts';

/** What went wrong and what a person can do about it, for a client's message log. */
export function inWords(error: unknown): string {
  if (!isFairleadError(error))
    return error instanceof Error ? `${error.message || error.name}` : String(error);
  const entries: Readonly<Record<string, { readonly help: string } | undefined>> = {
    ...coreErrors.entries,
    ...tcpErrors.entries,
    ...indiErrors.entries,
  };
  const help = entries[error.code]?.help;
  return help === undefined ? error.message : `${error.message} ${help}`;
}
