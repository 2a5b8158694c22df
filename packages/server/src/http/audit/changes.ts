/** What the audit log keeps of values: small, and without secrets. */
import { serverLimits } from '../../limits.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Change {
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Keys whose values are masked, wherever they stand. */
const SECRET = /pass(word|wd|phrase|code)|secret|token|credential|authoriz|api.?key|private.?key|\bpin\b/i;
const MASK = '***';

/** The fields that differ; undefined if none does. An absent object has no fields. */
export function differences(before: Fields = {}, after: Fields = {}): Record<string, Change> | undefined {
  const found: Record<string, Change> = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[key], after[key]];
    if (JSON.stringify(was) === JSON.stringify(is)) continue;
    found[key] = {
      ...(was !== undefined && { before: kept(key, was) }),
      ...(is !== undefined && { after: kept(key, is) }),
    };
  }
  return Object.keys(found).length === 0 ? undefined : found;
}

/** As JSON, within the bound of an entry: the largest fields are left out first. */
export function changesText(changes: Readonly<Record<string, Change>>): string {
  const limit = serverLimits.values.auditChanges;
  const fields = Object.entries(changes)
    .map(([key, change]) => [key, JSON.stringify(change)] as const)
    .sort(([, a], [, b]) => a.length - b.length);
  const parts: string[] = [];
  let size = 2;
  for (const [key, text] of fields) {
    const part = `${JSON.stringify(key)}:${text}`;
    size += part.length + 1;
    if (size > limit) break;
    parts.push(part);
  }
  return `{${parts.join(',')}}`;
}

/** A value that may be stored: masked where it is secret, described where it is long. */
export function kept(key: string, value: unknown): unknown {
  if (SECRET.test(key) && typeof value !== 'boolean') return MASK;
  const limit = serverLimits.values.auditValue;
  const text = JSON.stringify(value, (inner, each: unknown) =>
    SECRET.test(inner) && typeof each !== 'boolean' ? MASK : each,
  );
  if (text === undefined) return undefined;
  return text.length <= limit ? JSON.parse(text) : `(${text.length} characters)`;
}
