/** Passwords: derived with scrypt, a bounded number at a time. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { Fifo } from '@fairlead/core';
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';

/**
 * What a derivation costs: 128 * r * N bytes of memory, p times. The usual advice for scrypt (OWASP, Password Storage) names
 * N=2^16, r=8, p=2, which is 64 MiB.
 */
interface Cost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

const COST: Cost = { n: 2 ** 16, r: 8, p: 2 };
const KEY = 32;
const SALT = 16;

/** `scrypt$N$r$p$salt$key`, salt and key in base64url. */
const STORED = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]+)\$([\w-]+)$/;

/**
 * Derivations run in the threads of the process, of which two remain for other work. A flood of sign-ins therefore costs a bounded
 * amount of memory and stalls nothing else: what does not find a place in the queue is refused.
 */
export class Passwords {
  readonly #cost: Cost;
  readonly #waiting = new Fifo<() => void>();
  #running = 0;
  /** What a wrong name is compared with, so that it takes as long as a wrong password. */
  readonly #nobody: string;

  /** @param cost for tests */
  constructor(cost: Cost = COST) {
    this.#cost = cost;
    this.#nobody = stored(cost, randomBytes(SALT), randomBytes(KEY));
  }

  /** What is stored of a new password. Throws PASSWORD_INVALID, SIGN_IN_BUSY. */
  async hash(password: string, user: string): Promise<string> {
    checkPassword(password, user);
    const salt = randomBytes(SALT);
    const key = await this.#derive(password, salt, this.#cost);
    return stored(this.#cost, salt, key);
  }

  /** @param wanted undefined: there is no such user, or it has no password. Throws SIGN_IN_BUSY. */
  async verify(password: string, wanted: string | undefined): Promise<boolean> {
    const [, n, r, p, salt = '', key = ''] = STORED.exec(wanted ?? this.#nobody) ?? [];
    const cost = { n: Number(n), r: Number(r), p: Number(p) };
    const derived = await this.#derive(password, Buffer.from(salt, 'base64url'), cost);
    return timingSafeEqual(derived, Buffer.from(key, 'base64url')) && wanted !== undefined;
  }

  async #derive(password: string, salt: Buffer, { n, r, p }: Cost): Promise<Buffer> {
    await this.#turn();
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const options = { N: n, r, p, maxmem: 128 * r * (n + p + 4) };
    scrypt(password.normalize('NFKC'), salt, KEY, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
    try {
      return await promise;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  /** Waits for a place. Whoever ends hands the place on. */
  async #turn(): Promise<void> {
    const { derivations, derivationsWaiting } = serverLimits.values;
    if (this.#running < derivations) {
      this.#running++;
      return;
    }
    if (this.#waiting.length >= derivationsWaiting)
      throw serverErrors.error('SIGN_IN_BUSY', { limit: derivationsWaiting });
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

const stored = ({ n, r, p }: Cost, salt: Buffer, key: Buffer): string =>
  ['scrypt', n, r, p, salt.toString('base64url'), key.toString('base64url')].join('$');

/** Throws PASSWORD_INVALID, which does not show the password. */
function checkPassword(password: string, user: string): void {
  const limit = serverLimits.values.passwordMin;
  const length = [...password].length;
  if (length < limit)
    throw serverErrors.error('PASSWORD_INVALID', {
      reason: `it has ${length} characters, at least ${limit} are needed`,
    });
  if (password.toLowerCase() === user.toLowerCase())
    throw serverErrors.error('PASSWORD_INVALID', { reason: 'it is the name of the user' });
  if (new Set(password).size < 4)
    throw serverErrors.error('PASSWORD_INVALID', { reason: 'it has fewer than four different characters' });
}
