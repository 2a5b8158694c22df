import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '@fairlead/core';
import { serverLimits } from '../limits.ts';

interface Entry {
  /** Absent: the administrator. */
  readonly user: string | undefined;
  /** Monotonic milliseconds. */
  readonly until: number;
}

const SIZE = 18;

/** Codes of sign-in links: each signs in once, and only for some minutes. A restart ends them all. */
export class SignInCodes {
  readonly #clock: Clock;
  /** By the hash of the code, the oldest first. */
  readonly #codes = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new code and its end in Unix milliseconds. */
  make(user: string | undefined): { code: string; expiresAt: number } {
    const { signInCodes, signInCodeAge } = serverLimits.values;
    const code = randomBytes(SIZE).toString('base64url');
    this.#codes.set(hash(code), { user, until: this.#clock.monotonic() + signInCodeAge });
    if (this.#codes.size > signInCodes) this.#codes.delete(this.#codes.keys().next().value as string);
    return { code, expiresAt: Math.trunc(this.#clock.now()) + signInCodeAge };
  }

  /** Who signs in with the code; undefined: it is unknown, was used, or is too old. From now on it is used. */
  take(code: string): { user: string | undefined } | undefined {
    const key = hash(code);
    const entry = this.#codes.get(key);
    this.#codes.delete(key);
    if (entry === undefined || entry.until <= this.#clock.monotonic()) return undefined;
    return { user: entry.user };
  }

  /** Ends the codes of a user. */
  forget(user: string): void {
    for (const [key, entry] of this.#codes) if (entry.user === user) this.#codes.delete(key);
  }
}

/** By the hash, so that the time of the search says nothing about the codes. */
const hash = (code: string): string => createHash('sha256').update(code).digest('hex');

/** What follows the address of the service in a sign-in link. Browsers do not send a fragment to servers, so it is in no log. */
export const signInPath = (code: string): string => `/#code=${code}`;
