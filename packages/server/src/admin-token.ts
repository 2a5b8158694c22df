/** The administrator's token: the secret for the HTTP API. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { FairleadError } from '@fairlead/core';
import { serverErrors } from './catalogue.ts';
import { reasonOf } from './system-reason.ts';

export const TOKEN_FILE = 'admin-token';

export interface AdminToken {
  /** Compares in constant time. */
  matches(presented: string): boolean;
  /** The source: the path of the file, or `FAIRLEAD_TOKEN`. */
  readonly source: string;
  /** Whether this start created it. */
  readonly created: boolean;
}

interface AdminTokenOptions {
  /** The data folder; made if it is not there. */
  readonly dir: string;
  /** A token from the environment that replaces the file. */
  readonly given?: string | undefined;
  /** Random bytes, as hexadecimal digits; for tests. */
  readonly random?: (bytes: number) => string;
  readonly warn?: (message: string) => void;
}

/** Uses the given token, or the token in the data folder, or creates a token there. Throws ADMIN_TOKEN_INVALID, DATA_FOLDER_UNUSABLE. */
export function openAdminToken(options: AdminTokenOptions): AdminToken {
  if (options.given !== undefined && options.given !== '')
    return holder(options.given, 'FAIRLEAD_TOKEN', false);
  const file = join(options.dir, TOKEN_FILE);
  const random = options.random ?? ((bytes) => randomBytes(bytes).toString('hex'));
  try {
    mkdirSync(options.dir, { recursive: true, mode: 0o700 });
    const made = create(file, `fa_${random(16)}`);
    if (!made) narrow(file, options.warn);
    return holder(readFileSync(file, 'utf8').trim(), file, made);
  } catch (error) {
    if ((error as FairleadError).code === 'ADMIN_TOKEN_INVALID') throw error;
    throw serverErrors.error('DATA_FOLDER_UNUSABLE', { folder: options.dir, reason: reasonOf(error) }, error);
  }
}

/** Checks the existing token like {@link openAdminToken} and throws ADMIN_TOKEN_INVALID, but creates no token. */
export function checkAdminToken(dir: string, given?: string): void {
  const file = join(dir, TOKEN_FILE);
  if (given !== undefined && given !== '') {
    holder(given, 'FAIRLEAD_TOKEN', false);
    return;
  }
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return; // does not exist yet, or only the user of the service can read it
  }
  if (text !== '') holder(text.trim(), file, false);
}

/** Returns false if a token already exists. Only the owner can read the file at any time. */
function create(file: string, token: string): boolean {
  const handle = openSync(file, constants.O_CREAT | constants.O_RDWR, 0o600);
  try {
    // Empty: the file is new, or an earlier start was interrupted here.
    if (fstatSync(handle).size > 0) return false;
    fchmodSync(handle, 0o600);
    writeSync(handle, `${token}\n`);
    fsyncSync(handle);
    return true;
  } finally {
    closeSync(handle);
  }
}

function narrow(file: string, warn?: (message: string) => void): void {
  if ((statSync(file).mode & 0o077) === 0) return;
  chmodSync(file, 0o600);
  warn?.(
    `Other users could read ${file}. Now only its owner can read it. If another user may know the token, remove the file and restart the service.`,
  );
}

function holder(token: string, source: string, created: boolean): AdminToken {
  if (!/^[\x21-\x7e]{20,512}$/.test(token)) {
    const reason =
      token === ''
        ? 'it is empty'
        : 'it is too short, it is too long, or it contains characters that are not allowed';
    throw serverErrors.error('ADMIN_TOKEN_INVALID', { source, reason });
  }
  // The hashes are compared: they have equal lengths, and the time does not depend on where the texts differ.
  const wanted = hash(token);
  return { source, created, matches: (presented) => timingSafeEqual(hash(presented), wanted) };
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
