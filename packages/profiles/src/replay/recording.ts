/** A capture as it is read again: lines of JSON, as `fairlead capture export` writes them. */
import { nestsDeeper } from '@fairlead/core';
import { profilesErrors } from '../catalogue.ts';

/** The first line. */
interface RecordingHead {
  readonly what: 'capture';
  readonly version: number;
  readonly payload: 'masked' | 'all' | 'none';
}

/** A later line; what it may say depends on `what`. Times are RFC 3339, bytes hexadecimal. */
export interface RecordedLine {
  readonly what: string;
  readonly time: string;
  readonly link?: string | undefined;
  /** Absent until the device was known. */
  readonly device?: string | undefined;
  readonly hex?: string | undefined;
  /** Of a message: its device, its kind, when it was measured. */
  readonly of?: string | undefined;
  readonly kind?: string | undefined;
  readonly measured?: string | undefined;
  readonly values?: unknown;
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly count?: number | undefined;
}

/** The version of captures that is read. */
const VERSION = 1;
/** Levels of nesting in a line. */
const DEPTH = 64;
const TEXTS = ['link', 'device', 'hex', 'of', 'kind', 'measured', 'code', 'reason'] as const;

/** Throws CAPTURE_INVALID, or CAPTURE_WITHOUT_BYTES if only sizes were captured. */
export function checkHead(head: unknown): RecordingHead {
  const { what, version, payload } = (head ?? {}) as Partial<RecordingHead>;
  if (what !== 'capture' || typeof version !== 'number')
    throw profilesErrors.error('CAPTURE_INVALID', { reason: 'its first line is not that of a capture' });
  if (version > VERSION)
    throw profilesErrors.error('CAPTURE_INVALID', {
      reason: `it has version ${version}, and this Fairlead reads up to version ${VERSION}`,
    });
  if (payload === 'none') throw profilesErrors.error('CAPTURE_WITHOUT_BYTES');
  return { what, version, payload: payload === 'all' ? payload : 'masked' };
}

/** The value of a line; undefined: it is no JSON, such as one that a crash has cut. */
export function parsedLine(text: string): unknown {
  if (nestsDeeper(text, DEPTH)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** undefined: the value is no line of a capture. */
export function recordedLine(value: unknown): RecordedLine | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const line = value as Record<string, unknown>;
  if (typeof line.what !== 'string' || Number.isNaN(Date.parse(String(line.time)))) return undefined;
  for (const key of TEXTS) if (line[key] !== undefined && typeof line[key] !== 'string') return undefined;
  if (line.count !== undefined && !Number.isSafeInteger(line.count)) return undefined;
  if (line.hex !== undefined && !/^(?:[0-9a-f]{2})*$/i.test(line.hex as string)) return undefined;
  return value as RecordedLine;
}
