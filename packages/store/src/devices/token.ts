import { hash } from 'node:crypto';
import { storeErrors } from '../catalogue.ts';
import { storeLimits } from '../limits.ts';

/** `size` random bytes, fit for secrets. */
export type RandomBytes = (size: number) => Uint8Array;

const GENERATED = /^fl_[0-9a-f]{32}/;
const GENERATED_LENGTH = 35;
const PRINTABLE = /^[\x20-\x7e]+$/;

/** A new AccessToken: `fl_` and 32 lower-case hexadecimal digits, 128 random bits. */
export function generateToken(randomBytes: RandomBytes): string {
  return `fl_${Buffer.from(randomBytes(16)).toString('hex')}`;
}

/**
 * What is stored and looked up instead of the token. Tokens are random, so that a slow hash would buy nothing, and would
 * sink a reconnecting fleet.
 */
export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** Checks a token that comes from elsewhere. Throws TOKEN_NOT_ALLOWED, which never shows the token. */
export function checkImportedToken(token: unknown): string {
  const limit = storeLimits.values.token;
  if (typeof token !== 'string') throw refused('it is not a string');
  if (token.length === 0) throw refused('it is empty');
  if (token.length > limit) throw refused(`it has ${token.length} characters, the limit is ${limit}`);
  if (!PRINTABLE.test(token)) throw refused('it contains a character that is not printable ASCII');
  // Read from a stream without line ends, such a token would be cut after its 35th byte and never be found.
  if (GENERATED.test(token) && token.length > GENERATED_LENGTH)
    throw refused('it begins like a token of Fairlead and goes on');
  return token;
}

function refused(reason: string) {
  return storeErrors.error('TOKEN_NOT_ALLOWED', { reason });
}
