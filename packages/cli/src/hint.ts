import { coreErrors, type ErrorEntry, type FairleadError } from '@fairlead/core';
import { tcpErrors } from '@fairlead/tcp';
import { cliErrors } from './catalogue.ts';
import { printable } from './output/text.ts';

const ENTRIES: Readonly<Record<string, ErrorEntry>> = {
  ...coreErrors.entries,
  ...tcpErrors.entries,
  ...cliErrors.entries,
};

/** An error as a person sees it: `fairlead: CODE: message`, and below it what can be done. */
export async function complaint(error: FairleadError): Promise<string> {
  const hint = await hintOf(error);
  const first = `fairlead: ${error.code}: ${printable(error.message)}\n`;
  return hint === undefined ? first : `${first}  ${printable(hint)}\n`;
}

/** What the service said can be done, else what the catalogue says. */
async function hintOf(error: FairleadError & { readonly help?: string }): Promise<string | undefined> {
  // Of a run that failed, what helps is what the catalogue says of why.
  const { code: why } = error.details;
  const told = error.code === 'RUN_FAILED' && typeof why === 'string' ? await helpOfService(why) : undefined;
  const hint = told ?? error.help ?? ENTRIES[error.code]?.help;
  if (hint !== undefined) return hint === '' ? undefined : hint;
  return helpOfService(error.code);
}

/** The codes of the service's parts: only it knows them all, and it takes its time to load. */
async function helpOfService(code: string): Promise<string | undefined> {
  const { helpOf } = await import('@fairlead/server');
  return helpOf(code);
}
