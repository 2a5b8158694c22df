import { type ErrorEntry, type FairleadError, tcpErrors } from '@fairlead/tcp';
import { cliErrors } from './catalogue.ts';

const ENTRIES: Readonly<Record<string, ErrorEntry>> = { ...tcpErrors.entries, ...cliErrors.entries };

/** What a person can do about an error: what the service said, else what the catalogue says. */
export function hintOf(error: FairleadError & { readonly help?: string }): string | undefined {
  const hint = error.help ?? ENTRIES[error.code]?.help;
  return hint === '' ? undefined : hint;
}
