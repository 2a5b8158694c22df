/** The fields in which two values differ. */

/** `old` is absent where only the replay has the field, `new` where only the capture has it. */
export interface Change {
  readonly field: string;
  readonly old?: unknown;
  readonly new?: unknown;
}

/** Objects in objects are compared field by field down to this level, and as a whole below it. */
const DEPTH = 16;

/** Objects are compared by their fields (`a.b`), all else as a whole. The order of fields is no difference. */
export function changesOf(old: unknown, fresh: unknown): Change[] {
  const changes: Change[] = [];
  collect('', old, fresh, 0, changes);
  return changes;
}

function collect(field: string, old: unknown, fresh: unknown, depth: number, changes: Change[]): void {
  if (old === fresh) return;
  if (isObject(old) && isObject(fresh) && depth < DEPTH) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(fresh)])) {
      const name = field === '' ? key : `${field}.${key}`;
      if (!Object.hasOwn(fresh, key)) changes.push({ field: name, old: old[key] });
      else if (!Object.hasOwn(old, key)) changes.push({ field: name, new: fresh[key] });
      else collect(name, old[key], fresh[key], depth + 1, changes);
    }
    return;
  }
  if (JSON.stringify(old) !== JSON.stringify(fresh)) changes.push({ field, old, new: fresh });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
