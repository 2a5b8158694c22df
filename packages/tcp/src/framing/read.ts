import { readFile, stat } from 'node:fs/promises';
import { isFairleadError } from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import { tcpLimits } from '../limits.ts';
import { type FramingOptions, parseFraming } from './parse.ts';

/**
 * For command lines: what {@link parseFraming} takes, or the path of a file that holds it. Resolves to the checked text. A
 * file of published vectors holds a framing under `framing`. Text that is a framing is never taken for a path: write `./line`
 * for a file of that name.
 * Rejects with `FRAMING_SPEC_INVALID` or `CODE_PAGE_UNKNOWN`.
 */
export async function readFraming(
  textOrPath: string,
  { encoding }: Pick<FramingOptions, 'encoding'> = {},
): Promise<string> {
  const text = textOrPath.trim();
  try {
    parseFraming(text, { encoding });
    return text;
  } catch (error) {
    if (text.startsWith('{') || text.startsWith('[')) throw error;
    const held = await contents(text);
    if (held === undefined) throw looksLikePath(text) ? invalid(text, 'there is no such file.') : error;
    return checked(text, published(held), encoding);
  }
}

/**
 * Returns the framing of a published file, which also has a name, a source and vectors; any other text unchanged.
 */
function published(held: string): string {
  if (!held.startsWith('{')) return held;
  try {
    const { framing, rules } = JSON.parse(held) as { framing?: unknown; rules?: unknown };
    return rules === undefined && typeof framing === 'object' && framing !== null
      ? JSON.stringify(framing)
      : held;
  } catch {
    return held; // the parser explains what is wrong
  }
}

/** The text of a file; undefined if there is no such file. */
async function contents(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    const limit = tcpLimits.values.framingFile;
    if (size > limit) throw invalid(path, `the file has ${size} bytes; there may be ${limit}.`);
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (isFairleadError(error)) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw invalid(path, `the file cannot be read: ${message}.`, error);
  }
}

function checked(path: string, held: string, encoding: string | undefined): string {
  try {
    parseFraming(held, { encoding });
    return held;
  } catch (error) {
    const reason = isFairleadError(error) ? String(error.details.reason) : String(error);
    throw invalid(path, `in this file, ${reason}`, error);
  }
}

function looksLikePath(text: string): boolean {
  return /[/\\]|\.\w+$/.test(text);
}

function invalid(spec: string, reason: string, cause?: unknown): Error {
  return tcpErrors.error('FRAMING_SPEC_INVALID', { spec, reason }, cause);
}
