import { isDeepStrictEqual } from 'node:util';
import type { DefinitionKind } from '../ports.ts';
import { checkDefinition, type Definitions } from './schema.ts';

/** The fields in which a saved definition differs from what these would become. Throws DEFINITION_INVALID or RULES_INVALID. */
export function differences<K extends DefinitionKind>(
  kind: K,
  saved: Definitions[K],
  fields: unknown,
): string[] {
  const theirs: Readonly<Record<string, unknown>> = { ...saved };
  const yours: Readonly<Record<string, unknown>> = { ...checkDefinition(kind, fields) };
  return [...new Set([...Object.keys(theirs), ...Object.keys(yours)])].filter(
    (key) => !isDeepStrictEqual(theirs[key], yours[key]),
  );
}
