import { coreErrors, isFairleadError } from '@fairlead/core';
import { tcpErrors } from '@fairlead/tcp';
import { indiErrors } from './catalogue.ts';

/** The message and the help of an error, for the message log of a client. */
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
