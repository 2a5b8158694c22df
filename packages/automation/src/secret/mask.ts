/** Masks the secrets in definitions: bodies, names and keys of rules, contents of steps. */
import type { Path } from '@fairlead/yaml';

export const MASK = '••••';

const SECRET = new Set([
  'send',
  'hex',
  'name',
  'key',
  'equal',
  'notEqual',
  'contains',
  'notContains',
  'startsWith',
  'notStartsWith',
  'endsWith',
  'notEndsWith',
  'matches',
  'notMatches',
  'body',
  'payload',
  'stdin',
  'text',
]);
/** Everything below these. */
const WHOLE = new Set(['headers', 'values', 'variables', 'args']);

/** The host of a URL is shown. Path and query are masked: they may contain credentials. */
const URL_KEY = 'url';

/** A copy of rules or steps with masked texts. Their kinds and their structure remain visible. */
export function masked<T>(value: T, whole = false): T {
  if (typeof value === 'string') return (whole ? MASK : value) as T;
  if (Array.isArray(value)) return value.map((item) => masked(item, whole)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const secret = whole || SECRET.has(key);
      if (key === URL_KEY && !whole && typeof inner === 'string') return [key, maskedUrl(inner)];
      return [key, secret && typeof inner === 'string' ? MASK : masked(inner, whole || WHOLE.has(key))];
    }),
  ) as T;
}

function maskedUrl(url: string): string {
  const [, origin, rest = ''] = /^(https?:\/\/[\w.:[\]-]+)(\/.*)?$/isu.exec(url) ?? [];
  if (origin === undefined) return MASK;
  return rest === '' || rest === '/' ? url : `${origin}/${MASK}`;
}

const isMasked = (text: string): boolean => text === MASK || /^https?:\/\/[^/]*\/••••$/i.test(text);

/** The path of a masked text in a value: such a value cannot be saved. */
export function maskIn(value: unknown): Path | undefined {
  if (typeof value === 'string') return isMasked(value) ? [] : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const path = maskIn(inner);
    if (path !== undefined) return [Array.isArray(value) ? Number(key) : key, ...path];
  }
  return undefined;
}
