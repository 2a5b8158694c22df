/** The two versions of a device of which somebody else changed one. */
import { isDeepStrictEqual } from 'node:util';
import type { Device } from '@fairlead/store';
import { changeable } from './views.ts';

type Fields = Readonly<Record<string, unknown>>;

const MASK = '***';

/** A device as it is saved beside the changes that a request asks for. */
export function versionsOf(device: Device, changes: Fields) {
  const saved = changeable(device);
  const fields = Object.keys(changes).filter((key) => !isAlready(saved[key], changes[key]));
  return { fields, theirs: masked(saved), yours: masked(changes) };
}

/** A device that a request removes. */
export function versionToRemove(device: Device) {
  const saved = changeable(device);
  const fields = Object.keys(saved).filter((key) => saved[key] !== undefined);
  return { fields, theirs: masked(saved), yours: {} };
}

/**
 * Whether a field is already what a change asks for: null stands for the default; an object changes the keys that it names; text may
 * stand for a number or a list, and hexadecimal digits are stored in lower case. False where that is not sure.
 */
function isAlready(saved: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return true;
  if (wanted === null || saved === undefined) return (saved ?? null) === wanted;
  if (isDeepStrictEqual(saved, wanted)) return true;
  if (typeof wanted === 'string')
    return typeof saved === 'string' ? saved === wanted.toLowerCase() : JSON.stringify(saved) === wanted;
  if (!isFields(saved) || !isFields(wanted)) return false;
  return Object.entries(wanted).every(([key, value]) => isAlready(saved[key], value));
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const masked = (fields: Fields): Fields =>
  fields.secret === undefined || fields.secret === null ? fields : { ...fields, secret: MASK };
