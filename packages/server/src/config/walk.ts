/** Traverses the schema of the configuration, which is the only source of information about keys. */
import type { z } from 'zod';

/** The metadata of a key. */
export interface KeyMeta {
  readonly description?: string;
  /** The kind of value, for readers: `HOST:PORT or off`. */
  readonly type?: string;
  /** Never printed, and refused in the file. */
  readonly secret?: boolean;
  /** Never printed. */
  readonly masked?: boolean;
  /** For a map: its names are used as written in the environment, not in lower case. */
  readonly namesAsWritten?: boolean;
  /** A path. In the file, a relative path is relative to the folder of the file. */
  readonly path?: boolean;
  /** A reload (SIGHUP) applies it; of a section, to all its keys. Other keys need a restart. */
  readonly live?: boolean;
}

interface Def {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly defaultValue?: unknown;
  readonly entries?: Record<string, string>;
}

const WRAPPERS = new Set(['default', 'prefault', 'optional', 'nullable', 'nonoptional', 'readonly']);

const defOf = (schema: z.ZodType): Def => schema.def as unknown as Def;

/** The schema inside optional, default and similar wrappers, before its transformations: the input format. */
export function bare(schema: z.ZodType): z.ZodType {
  const def = defOf(schema);
  if (WRAPPERS.has(def.type)) return bare(def.innerType as z.ZodType);
  if (def.type === 'pipe' && defOf(def.in as z.ZodType).type !== 'transform')
    return bare(def.in as z.ZodType);
  return schema;
}

/** The default in the input format; undefined if there is none. */
export function defaultOf(schema: z.ZodType): unknown {
  const def = defOf(schema);
  if (def.type === 'default' || def.type === 'prefault') return def.defaultValue;
  return WRAPPERS.has(def.type) ? defaultOf(def.innerType as z.ZodType) : undefined;
}

export function metaOf(schema: z.ZodType): KeyMeta {
  return (schema.meta() ?? {}) as KeyMeta;
}

/** The keys and schemas of a section; undefined if `schema` is not a section. */
export function shapeOf(schema: z.ZodType): Record<string, z.ZodType> | undefined {
  const inner = bare(schema);
  return defOf(inner).type === 'object' ? (inner as z.ZodObject).shape : undefined;
}

/** The schema of the values of a map with user-defined names; undefined if `schema` is not a map. */
export function entryOf(schema: z.ZodType): z.ZodType | undefined {
  const def = defOf(bare(schema));
  return def.type === 'record' ? def.valueType : undefined;
}

/** The schema at a path, through sections and maps. */
export function schemaAt(root: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  let at: z.ZodType | undefined = root;
  for (const key of path) {
    if (at === undefined) return undefined;
    const shape: Record<string, z.ZodType> | undefined = shapeOf(at);
    at = shape === undefined ? entryOf(at) : Object.hasOwn(shape, key) ? shape[String(key)] : undefined;
  }
  return at;
}

export interface Leaf {
  readonly path: readonly string[];
  readonly schema: z.ZodType;
  readonly meta: KeyMeta;
}

/** Every key with a value, in the order of the schema. `NAME` represents the names of a map. */
export function* leaves(schema: z.ZodType, path: readonly string[] = []): Generator<Leaf> {
  const shape = shapeOf(schema);
  const value = entryOf(schema);
  if (shape !== undefined)
    for (const [key, child] of Object.entries(shape)) yield* leaves(child, [...path, key]);
  else if (value !== undefined) yield* leaves(value, [...path, 'NAME']);
  else yield { path, schema, meta: metaOf(schema) };
}

/** Every section and map, with its metadata. */
export function* sections(schema: z.ZodType, path: readonly string[] = []): Generator<Leaf> {
  const children = shapeOf(schema) ?? (entryOf(schema) ? { NAME: entryOf(schema) as z.ZodType } : undefined);
  if (children === undefined) return;
  if (path.length > 0 && metaOf(schema).description !== undefined)
    yield { path, schema, meta: metaOf(schema) };
  for (const [key, child] of Object.entries(children)) yield* sections(child, [...path, key]);
}
