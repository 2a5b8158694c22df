import { createHash, timingSafeEqual } from 'node:crypto';
import type { Device } from '../ports.ts';

/**
 * Why a device is not believed; undefined: it is. Takes the same time for every wrong secret.
 *
 * @param given what its script found that the device knows; absent where the script compares nothing, as it may use the
 *   secret as a key
 */
export function secretProblem({ profile, secret }: Device, given: Buffer | undefined): string | undefined {
  if (secret === undefined) return profile.secret === 'required' ? 'no secret is set for it' : undefined;
  if (given === undefined) return undefined;
  // Digests have one length, so that the comparison does not tell that of the secret.
  return timingSafeEqual(digest(given), digest(secret)) ? undefined : 'it sent another one';
}

const digest = (secret: Buffer | string): Buffer => createHash('sha256').update(secret).digest();
