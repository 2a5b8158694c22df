import type { Clock } from '@fairlead/core';
import type { Store, User } from '@fairlead/store';
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';
import { peerOf } from '../peer-address.ts';
import { Failures } from './failures.ts';
import { Passwords } from './passwords.ts';
import { SignInCodes } from './sign-in-codes.ts';

interface SignInParts {
  readonly store: Pick<Store, 'users' | 'sessions'>;
  readonly clock: Clock;
  /** For tests. */
  readonly passwords?: Passwords | undefined;
}

/** An address, a user, or a user from an address, that is locked for so many milliseconds more. */
interface Locked {
  readonly address?: string | undefined;
  readonly user?: string | undefined;
  readonly left: number;
}

/**
 * Proves people by password or code. Failures are counted by address and by user; at a limit, further attempts are refused without a
 * look at the password. This concerns signing in alone: tokens and open sessions stay valid.
 */
export class SignIn {
  readonly passwords: Passwords;
  readonly codes: SignInCodes;
  readonly #store: SignInParts['store'];
  readonly #addresses: Failures;
  readonly #users: Failures;
  /** Names that no user has are counted apart, so that they do not push out those of users. */
  readonly #strangers: Failures;

  constructor({ store, clock, passwords = new Passwords() }: SignInParts) {
    this.passwords = passwords;
    this.codes = new SignInCodes(clock);
    this.#store = store;
    const { signInWindow: window, authAddresses: keys } = serverLimits.values;
    this.#addresses = new Failures(clock, { window, keys });
    this.#users = new Failures(clock, { window, keys });
    this.#strangers = new Failures(clock, { window, keys });
  }

  /** Throws SIGN_IN_REFUSED, SIGN_IN_LOCKED, SIGN_IN_BUSY. */
  async byPassword(name: string, password: string, address: string): Promise<User> {
    const { signInFailuresOfUser, signInFailures } = serverLimits.values;
    this.#refuseLocked(this.#addresses, peerOf(address), signInFailures);
    const user = this.#store.users.get(name);
    const counts = user === undefined ? this.#strangers : this.#users;
    const key = this.#userKey(user?.name ?? name, address);
    this.#refuseLocked(counts, key, signInFailuresOfUser);
    // Counted first, so that many attempts at once are as good as one after the other.
    this.#addresses.add(peerOf(address));
    counts.add(key);
    let right: boolean;
    try {
      right = await this.passwords.verify(password, user?.password);
    } catch (error) {
      this.#addresses.takeBack(peerOf(address));
      counts.takeBack(key);
      throw error;
    }
    // The user may have been removed or changed meanwhile.
    const now = this.#store.users.get(name);
    if (!right || user === undefined || now === undefined || now.password !== user.password)
      throw serverErrors.error('SIGN_IN_REFUSED', { reason: 'The name or the password is wrong' });
    // Not forgotten: who has a user could otherwise try the passwords of others without end.
    this.#addresses.takeBack(peerOf(address));
    counts.forget(key);
    return now;
  }

  /** The user of the code; undefined: the administrator. Throws SIGN_IN_REFUSED, SIGN_IN_LOCKED. */
  byCode(code: string, address: string): User | undefined {
    this.#refuseLocked(this.#addresses, peerOf(address), serverLimits.values.signInFailures);
    const found = this.codes.take(code);
    const user = found?.user === undefined ? undefined : this.#store.users.get(found.user);
    if (found !== undefined && (found.user === undefined || user !== undefined)) return user;
    this.#addresses.add(peerOf(address));
    throw serverErrors.error('SIGN_IN_REFUSED', { reason: 'The link was used before, or it is too old' });
  }

  /** Addresses and users that are locked. Names that no user has are left out: somebody may have typed a password there. */
  locked(): Locked[] {
    const { signInFailuresOfUser, signInFailures } = serverLimits.values;
    const addresses = this.#addresses
      .reached(signInFailures)
      .map(({ key, left }) => ({ address: key, left }));
    const users = this.#users.reached(signInFailuresOfUser).map(({ key, left }) => {
      const [user = '', address] = key.split(' ');
      return { user: this.#store.users.get(user)?.name ?? user, address, left };
    });
    return [...addresses, ...users];
  }

  /** An address, or a user, may sign in again. Returns whether it was locked. */
  unlock(who: string): boolean {
    const locked = this.locked();
    const [peer, user] = [peerOf(who), who.toLowerCase()];
    const isMeant = (key: string) => key === user || key.startsWith(`${user} `);
    this.#addresses.forget(peer);
    for (const counts of [this.#users, this.#strangers])
      for (const { key } of counts.reached(1)) if (isMeant(key)) counts.forget(key);
    return locked.some((entry) =>
      entry.user === undefined ? entry.address === peer : entry.user.toLowerCase() === user,
    );
  }

  /** An address where the user is signed in has its own count: strangers elsewhere cannot lock the user out there. */
  #userKey(name: string, address: string): string {
    const peer = peerOf(address);
    const lower = name.toLowerCase();
    const known = this.#store.sessions
      .list()
      .some(({ user, remote }) => user?.toLowerCase() === lower && peerOf(remote) === peer);
    return known ? `${lower} ${peer}` : lower;
  }

  #refuseLocked(failures: Failures, key: string, limit: number): void {
    if (failures.of(key) < limit) return;
    throw serverErrors.error('SIGN_IN_LOCKED', { seconds: Math.ceil(failures.left(key) / 1_000) });
  }
}
