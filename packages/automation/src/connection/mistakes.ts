import { codePage, isFairleadError } from '@fairlead/tcp';
import type { Mistake } from '../yaml/place.ts';
import { schemaMistakes } from '../yaml/schema.ts';
import { codecOf, connectionSchema, listenEndpointOf } from './schema.ts';

/** What is wrong with the fields of a connection; `listens`: of a trigger. */
export function connectionMistakes(fields: unknown, listens: boolean): Mistake[] {
  const { success, data, error } = connectionSchema.safeParse(fields);
  if (!success) return schemaMistakes(connectionSchema, fields, error);
  const looks: [field: string, look: () => unknown][] = [
    ['framing', () => codecOf(data)],
    ['codePage', () => codePage(data.codePage)],
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
