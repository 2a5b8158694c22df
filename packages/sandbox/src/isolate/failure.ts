/** What went wrong in a script, in words; whatever is shown may be hostile itself. */
import { cut, isArray, match, stringify, text, toNumber } from './intrinsics.ts';

/** The result breaks the contract; the reason says how. */
export class Refusal extends Error {}

/** What a script keeps is larger than it may be. */
export class TooLarge extends Error {
  readonly size: number;
  readonly limit: number;

  constructor(name: string, size: number, limit: number) {
    super(name);
    this.size = size;
    this.limit = limit;
  }
}

export function failure(error: unknown): string {
  if (error instanceof TooLarge) {
    const { message: name, size, limit } = error;
    return `!SCRIPT_STATE_TOO_LARGE ${stringify({ name, size, limit })}\n`;
  }
  if (error instanceof Refusal) return `!SCRIPT_RESULT_INVALID ${stringify({ reason: error.message })}\n`;
  return `!SCRIPT_FAILED ${stringify({ ...placeOf(error), reason: reasonOf(error) })}\n`;
}

/** Whatever was thrown may be hostile itself. */
export function reasonOf(error: unknown): string {
  try {
    const thrown = error as { name?: unknown; message?: unknown } | null | undefined;
    if (typeof thrown !== 'object' || thrown === null || thrown.message === undefined) return show(error);
    return cut(`${text(thrown.name)}: ${text(thrown.message)}`, 0, 300);
  } catch {
    return 'something that cannot be shown';
  }
}

/** The line is 0 where it is unknown; the file is empty where the script has one only. */
function placeOf(error: unknown): { line: number; file: string } {
  try {
    const found = match(/script(?:\.js|\/([A-Za-z0-9_-]+\.[jt]s)):(\d+)/, text((error as Error).stack));
    return { line: toNumber(found?.[2] ?? 0), file: found?.[1] ?? '' };
  } catch {
    return { line: 0, file: '' };
  }
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (isArray(value)) return 'an array';
  if (typeof value !== 'object')
    return typeof value === 'undefined' ? 'nothing' : `${typeof value} ${show(value)}`;
  try {
    const name: unknown = (value as object).constructor?.name;
    return typeof name === 'string' && name !== '' ? `an object of ${cut(name, 0, 60)}` : 'an object';
  } catch {
    return 'an object';
  }
}

export function show(value: unknown, length = 300): string {
  try {
    const shown =
      typeof value === 'object' && value !== null ? (stringify(value) ?? text(value)) : text(value);
    return cut(shown, 0, length);
  } catch {
    return '(cannot be shown)';
  }
}
