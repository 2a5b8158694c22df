/** One change of many devices. */
import { coreErrors, type FairleadError, isFairleadError } from '@fairlead/core';
import { storeErrors } from '../catalogue.ts';
import { checkFields, checkOneOf, checkText, type Fail } from '../check.ts';
import type { Database, Row } from '../database/database.ts';
import type { DeviceType, Protocol } from '../types.ts';

/** All given conditions must be true; at least one is required. */
export interface DeviceFilter {
  /** Name of the profile. */
  readonly profile?: string | undefined;
  /** The beginning of the device's name. */
  readonly prefix?: string | undefined;
  readonly label?: string | undefined;
  readonly type?: DeviceType | undefined;
  readonly protocol?: Protocol | undefined;
  /** Name of the gateway device. */
  readonly parent?: string | undefined;
}

/** The result of a change of many devices, or of its dry run. */
export interface BulkEdit {
  /** Names of the devices that the filter matches. */
  readonly matched: readonly string[];
  /** For each device that cannot be changed, why; then nothing was changed. */
  readonly refused: readonly Refusal[];
}

interface Refusal {
  readonly name: string;
  readonly error: FairleadError;
}

const CONDITIONS: Readonly<Record<keyof DeviceFilter, string>> = {
  profile: 'profile_name = ?',
  prefix: 'substr(name, 1, length(?1)) = ?1',
  label: 'label = ?',
  type: 'type = ?',
  protocol: 'protocol = ?',
  parent: 'parent_id = (SELECT id FROM devices WHERE name = ?)',
};
const FIELDS = Object.keys(CONDITIONS) as (keyof DeviceFilter)[];

const invalid: Fail = (field, reason) => storeErrors.error('FILTER_INVALID', { field, reason });

/** The names of the devices, in order, `limit` at most; and how many there are. Throws FILTER_INVALID. */
export function matching(
  database: Database,
  filter: DeviceFilter,
  limit: number,
): { count: number; names: string[] } {
  const fields = checkFields(filter, FIELDS, invalid);
  checkOneOf(fields, 'type', ['standard', 'gateway', 'sub'], invalid);
  const given = FIELDS.filter((field) => checkText(fields, field, 256, invalid) !== undefined);
  if (given.length === 0) throw invalid('filter', `at least one of ${FIELDS.join(', ')} is needed`);
  const where = given.map((field, i) => CONDITIONS[field].replaceAll(/\?1?/g, `?${i + 1}`)).join(' AND ');
  const values = given.map((field) => String(fields[field]));
  const count = Number(
    database.prepare(`SELECT count(*) AS n FROM devices WHERE ${where}`).get(...values)?.n,
  );
  const rows: Row[] = database
    .prepare(`SELECT name FROM devices WHERE ${where} ORDER BY name LIMIT ?${given.length + 1}`)
    .all(...values, limit);
  return { count, names: rows.map(({ name }) => String(name)) };
}

/** Edits all of them in one transaction, which is undone if one is refused, or on a dry run. */
export function editAll(
  database: Database,
  names: readonly string[],
  dryRun: boolean,
  edit: (name: string) => void,
): Refusal[] {
  const refused: Refusal[] = [];
  const undo = coreErrors.error('ABORTED');
  try {
    database.transaction('settled', () => {
      for (const name of names) {
        try {
          edit(name);
        } catch (error) {
          if (!isFairleadError(error) || error.kind === 'storage') throw error;
          refused.push({ name, error });
        }
      }
      if (refused.length > 0 || dryRun) throw undo;
    });
  } catch (error) {
    if (error !== undo) throw error;
  }
  return refused;
}
