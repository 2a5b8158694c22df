import { apiErrors } from '@fairlead/api';
import { coreErrors, type ErrorEntry, type FairleadError } from '@fairlead/core';
import { tcpErrors } from '@fairlead/tcp';
import { cliErrors } from './catalogue.ts';
import { printable } from './output/text.ts';

const ENTRIES: Readonly<Record<string, ErrorEntry>> = {
  ...coreErrors.entries,
  ...tcpErrors.entries,
  ...apiErrors.entries,
  ...cliErrors.entries,
};

/** The output of an error: `fairlead: CODE: message`, and a second line with help. */
export async function complaint(error: FairleadError): Promise<string> {
  const hint = await hintOf(error);
  const first = `fairlead: ${error.code}: ${printable(error.message)}\n`;
  return hint === undefined ? first : `${first}  ${printable(hint)}\n`;
}

/** The help from the service, or else from the catalogue. */
async function hintOf(error: FairleadError & { readonly help?: string }): Promise<string | undefined> {
  // For a failed run, show the help of the code that caused the failure.
  const { code: why } = error.details;
  const told = error.code === 'RUN_FAILED' && typeof why === 'string' ? await helpOfService(why) : undefined;
  const hint = told ?? error.help ?? ENTRIES[error.code]?.help;
  if (hint !== undefined) return hint === '' ? undefined : hint;
  return helpOfService(error.code);
}

/** The help of codes of the service. Only the service knows all codes, and loading it takes time. */
async function helpOfService(code: string): Promise<string | undefined> {
  const { helpOf } = await import('@fairlead/server');
  return helpOf(code);
}
