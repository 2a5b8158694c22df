import { isFairleadError } from '@fairlead/core';
import { codePage } from '@fairlead/tcp';
import { type Mistake, schemaMistakes } from '@fairlead/yaml';
import { codecOf, connectionSchema, listenEndpointOf, strayFields } from './schema.ts';

/** The mistakes in the fields of a connection. @param listens whether a trigger uses it */
export function connectionMistakes(fields: unknown, listens: boolean): Mistake[] {
  const { success, data, error } = connectionSchema.safeParse(fields);
  if (!success) return schemaMistakes(connectionSchema, fields, error);
  const strays = strayFields(fields).map(({ field, reason }) => ({ path: [field], reason }));
  if (strays.length > 0) return strays;
  const looks: [field: string, look: () => unknown][] = [
    ['codePage', () => codePage(data.codePage)],
    // Line ends depend on the code page. An unknown code page is reported above.
    ['framing', () => codecOf(isKnown(data.codePage) ? data : { ...data, codePage: 'utf-8' })],
  ];
  if (listens) looks.push(['address', () => listenEndpointOf(data)]);
  return looks.flatMap(([field, look]) => {
    try {
      look();
      return [];
    } catch (cause) {
      if (!isFairleadError(cause)) throw cause;
      return [{ path: [field], reason: cause.message.replace(/\.$/, '') }];
    }
  });
}

function isKnown(page: string): boolean {
  try {
    codePage(page);
    return true;
  } catch {
    return false;
  }
}
