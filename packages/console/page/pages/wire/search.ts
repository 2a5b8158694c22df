/** What is looked for on the wire: bytes such as `78 78 ?? 12`, or text. Pure. */
import type { Row, WireRow } from './rows.ts';

export interface Search {
  /** Whether a row has it. */
  fits(row: WireRow): boolean;
  /** Places of the bytes in hexadecimal text: first and last byte of the first hit. */
  place(hex: string): readonly [from: number, to: number] | undefined;
}

const BYTES = /^(?:[0-9a-fA-F]{2}|\?\?)(?:\s*(?:[0-9a-fA-F]{2}|\?\?))*$/;

/** Undefined: nothing is looked for. Text in quotation marks is text, also where it could be bytes. */
export function searchOf(text: string): Search | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  if (BYTES.test(trimmed)) return bytesSearch(trimmed.toLowerCase().replaceAll(/\s/g, ''));
  const wanted = /^"(.*)"$/.exec(trimmed)?.[1] ?? trimmed;
  const hex = Array.from(new TextEncoder().encode(wanted), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
  const inBytes = bytesSearch(hex);
  const lower = wanted.toLowerCase();
  return {
    place: inBytes.place,
    fits: (row) =>
      inBytes.fits(row) ||
      row.values?.toLowerCase().includes(lower) === true ||
      row.code?.toLowerCase().includes(lower) === true,
  };
}

function bytesSearch(pattern: string): Search {
  const pairs = pattern.match(/../g) ?? [];
  const place = pattern.includes('?') ? wildPlace(pairs) : plainPlace(pattern);
  return {
    place,
    fits: ({ raw, frame }) =>
      (raw !== undefined && place(raw) !== undefined) || (frame !== undefined && place(frame) !== undefined),
  };
}

/** The first place that begins at a whole byte. */
function plainPlace(pattern: string): Search['place'] {
  return (hex) => {
    for (let at = hex.indexOf(pattern); at >= 0; at = hex.indexOf(pattern, at + 1))
      if (at % 2 === 0) return [at / 2, (at + pattern.length) / 2 - 1];
    return undefined;
  };
}

function wildPlace(pairs: readonly string[]): Search['place'] {
  return (hex) => {
    const last = hex.length / 2 - pairs.length;
    for (let at = 0; at <= last; at++)
      if (pairs.every((pair, i) => pair === '??' || hex.startsWith(pair, (at + i) * 2)))
        return [at, at + pairs.length - 1];
    return undefined;
  };
}

/** Milliseconds of one task of a search. */
const SLICE = 8;

/**
 * The indexes of rows that fit, in slices, so that no task is long. @param next waits for the next slice
 */
export async function findIn(
  rows: readonly Row[],
  fits: (row: WireRow) => boolean,
  signal: AbortSignal,
  next: () => Promise<void>,
): Promise<readonly number[] | undefined> {
  const found: number[] = [];
  let until = performance.now() + SLICE;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (row?.is === 'seen' && fits(row)) found.push(i);
    if (i % 64 !== 0 || performance.now() < until) continue;
    await next();
    if (signal.aborted) return undefined;
    until = performance.now() + SLICE;
  }
  return found;
}
