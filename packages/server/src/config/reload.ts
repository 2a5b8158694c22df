/** Which changes of the configuration a running service can take. */
import { isDeepStrictEqual } from 'node:util';
import { pathText } from './layers.ts';
import { type Config, configSchema } from './schema.ts';
import { metaOf, schemaAt } from './walk.ts';

export interface ConfigChanges {
  /** Dotted keys that a reload applies, and those that wait for a restart. */
  readonly live: readonly string[];
  readonly restart: readonly string[];
}

/** Whether a reload applies this key: it, or a section above it, has the mark `live`. */
export function isLive(path: readonly string[]): boolean {
  return path.some((_, at) => {
    const schema = schemaAt(configSchema, path.slice(0, at + 1));
    return schema !== undefined && metaOf(schema).live === true;
  });
}

export function configChanges(before: Config, after: Config): ConfigChanges {
  const changed = [...changedKeys(before, after, [])];
  const names = (live: boolean) => changed.filter((path) => isLive(path) === live).map(pathText);
  return { live: names(true), restart: names(false) };
}

/** A listener, a bus or a user that was added or removed is one change. */
function* changedKeys(
  before: unknown,
  after: unknown,
  path: readonly string[],
): Generator<readonly string[]> {
  if (isDeepStrictEqual(before, after)) return;
  if (!isRecord(before) || !isRecord(after)) {
    yield path;
    return;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
    yield* changedKeys(before[key], after[key], [...path, key]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
