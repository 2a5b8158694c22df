/** The values in effect and their sources, for `fairlead config check`. */

import { pathText } from './layers.ts';
import type { LoadedConfig } from './load.ts';
import { configSchema } from './schema.ts';
import { entryOf, metaOf, schemaAt, shapeOf } from './walk.ts';

export interface ExplainedKey {
  /** Dotted: `http.listen`. */
  readonly key: string;
  /** Durations in milliseconds, sizes in bytes; a secret is shown as `***`. */
  readonly value: unknown;
  /** `default`, or the place where it was set: `fairlead.yaml:3:5`, `FAIRLEAD_HTTP__LISTEN`, `command line`. */
  readonly source: string;
}

/** Every key with a value, in the order of the schema, with its source. Never shows a secret. */
export function explainConfig({ config, sources }: LoadedConfig): ExplainedKey[] {
  return [...explained(config, [], sources)];
}

function* explained(
  value: unknown,
  path: readonly string[],
  sources: ReadonlyMap<string, string>,
): Generator<ExplainedKey> {
  if (value === undefined) return;
  const schema = schemaAt(configSchema, path);
  if (schema !== undefined && (shapeOf(schema) ?? entryOf(schema)) !== undefined) {
    const shape = shapeOf(schema);
    const tree = value as Record<string, unknown>;
    const keys = shape === undefined ? Object.keys(tree) : Object.keys(shape);
    for (const key of keys) yield* explained(tree[key], [...path, key], sources);
    return;
  }
  const key = pathText(path);
  const { secret = false, masked = secret } = schema === undefined ? {} : metaOf(schema);
  yield {
    key,
    value: masked ? '***' : value,
    source: sources.get(key) ?? 'default',
  };
}
