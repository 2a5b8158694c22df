/** All parts of the error catalogue that the service uses. */

import { automationErrors } from '@fairlead/automation';
import { busErrors } from '@fairlead/bus';
import { coreErrors, type ErrorEntry } from '@fairlead/core';
import { gatewayErrors } from '@fairlead/gateway';
import { indiErrors } from '@fairlead/indi';
import { journalErrors } from '@fairlead/journal';
import { profilesErrors } from '@fairlead/profiles';
import { sandboxErrors } from '@fairlead/sandbox';
import { storeErrors } from '@fairlead/store';
import { tcpErrors } from '@fairlead/tcp';
import { thingspanelErrors } from '@fairlead/thingspanel';
import { serverErrors } from './catalogue.ts';

export const allCatalogues: readonly { readonly entries: Readonly<Record<string, ErrorEntry>> }[] = [
  coreErrors,
  tcpErrors,
  storeErrors,
  journalErrors,
  busErrors,
  thingspanelErrors,
  sandboxErrors,
  gatewayErrors,
  profilesErrors,
  automationErrors,
  indiErrors,
  serverErrors,
];

/** The help text of a code. */
export function helpOf(code: string): string | undefined {
  for (const { entries } of allCatalogues) if (Object.hasOwn(entries, code)) return entries[code]?.help;
  return undefined;
}
