/** The key that encrypts definitions and runs: from the environment, or a file in the data folder. */
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { automationErrors } from '../catalogue.ts';

export const SECRET_KEY_FILE = 'secret.key';

export interface SecretKey {
  readonly bytes: Buffer;
  /** The file, or the name of the environment variable. */
  readonly source: string;
  /** Whether this start created it. */
  readonly created: boolean;
}

/**
 * The key of a data folder. If there is none, creates one that only its owner can read. Throws SECRET_KEY_INVALID.
 * @param given 64 hexadecimal digits (`FAIRLEAD_SECRET_KEY`): used instead of the file
 */
export function openSecretKey(dir: string, given?: string): SecretKey {
  if (given !== undefined) {
    const source = 'FAIRLEAD_SECRET_KEY';
    return { bytes: decode(given, source), source, created: false };
  }
  const source = join(dir, SECRET_KEY_FILE);
  const made = randomBytes(32);
  try {
    writeFileSync(source, `${made.toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
    return { bytes: made, source, created: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw invalid(source, error);
  }
  try {
    if ((statSync(source).mode & 0o077) !== 0) chmodSync(source, 0o600);
    return { bytes: decode(readFileSync(source, 'utf8').trim(), source), source, created: false };
  } catch (error) {
    throw invalid(source, error);
  }
}

/** Checks the existing key as {@link openSecretKey} does, but creates none. Throws SECRET_KEY_INVALID. */
export function checkSecretKey(dir: string, given?: string): void {
  if (given !== undefined) {
    decode(given, 'FAIRLEAD_SECRET_KEY');
    return;
  }
  const source = join(dir, SECRET_KEY_FILE);
  let text: string;
  try {
    text = readFileSync(source, 'utf8');
  } catch {
    return; // not there yet, or readable only by the user that the service runs as
  }
  decode(text.trim(), source);
}

function decode(text: string, source: string): Buffer {
  if (/^[0-9A-Fa-f]{64}$/.test(text)) return Buffer.from(text, 'hex');
  const reason = 'it is not 64 hexadecimal digits';
  throw automationErrors.error('SECRET_KEY_INVALID', { source, reason });
}

function invalid(source: string, error: unknown): Error {
  if ((error as { code?: string }).code === 'SECRET_KEY_INVALID') return error as Error;
  const reason = (error as Error).message;
  return automationErrors.error('SECRET_KEY_INVALID', { source, reason }, error);
}
