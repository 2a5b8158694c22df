/** Columns of a list by choice. */
import { nearest } from '@fairlead/core';
import { cliErrors } from '../catalogue.ts';
import type { Column } from './table.ts';
import { fields } from './text.ts';

/** `KNOWN BY` is chosen as `known-by`. */
const idOf = ({ head }: { readonly head: string }): string => head.toLowerCase().replaceAll(' ', '-');

/**
 * The columns of these names, in their order. A name that no column has is a field of the rows as JSON shows them; `a.b` is a field
 * within one. Throws USAGE_INVALID.
 */
export function chosenColumns<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  names: readonly string[],
): Column<T>[] {
  return names.map((name) => {
    const known = columns.find((column) => idOf(column) === name.toLowerCase());
    if (known !== undefined) return known;
    if (rows.length > 0 && !rows.some((row) => fieldAt(row, name) !== undefined))
      throw unknownColumn(name, columns.map(idOf), rows);
    const cell = (row: T): string | undefined => {
      const value = fieldAt(row, name);
      return value === undefined ? undefined : fields(value);
    };
    return { head: name.toUpperCase(), cell };
  });
}

/** What a row of a list is called. */
export function fieldNamed(row: unknown): unknown {
  return fieldAt(row, 'name') ?? fieldAt(row, 'id') ?? row;
}

function fieldAt(row: unknown, path: string): unknown {
  let value = row;
  for (const key of path.split('.')) {
    const inner = Object(value) as Record<string, unknown>;
    if (!Object.hasOwn(inner, key)) return undefined;
    value = inner[key];
  }
  return value;
}

function unknownColumn(name: string, columns: readonly string[], rows: readonly unknown[]): Error {
  const known = [...new Set([...columns, ...rows.slice(0, 100).flatMap((row) => Object.keys(Object(row)))])];
  const near = nearest(name, known);
  const hint = near === undefined ? `There are ${known.join(', ')}.` : `Did you mean "${near}"?`;
  return cliErrors.error('USAGE_INVALID', { reason: `There is no column "${name}". ${hint}` });
}
