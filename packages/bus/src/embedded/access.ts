/** Who may come in to the embedded broker, and what they may publish. No sockets here. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { topicMatcher } from '../topic.ts';
import { isLoopback } from './address.ts';

interface User {
  readonly name: string;
  readonly password: string;
}

/** Someone who was let in. `user` is absent for an anonymous client on this machine. */
export interface Identity {
  readonly user?: string;
}

export interface AccessRules {
  readonly users: readonly User[];
  /** Whether clients on this machine need no user. */
  readonly anonymous: boolean;
  /** Filters of the topics on which an anonymous client may publish. */
  readonly publishable: readonly string[];
}

type AccessDecision =
  | { readonly identity: Identity; readonly refusal?: undefined }
  | { readonly refusal: 'credentials' | 'anonymous' };

export class Access {
  readonly #digests: ReadonlyMap<string, Buffer>;
  readonly #anonymous: boolean;
  readonly #publishable: readonly ((topic: string) => boolean)[];
  /** What an unknown user is compared with, so that the time taken does not tell who exists. */
  readonly #nobody = digest('');

  constructor({ users, anonymous, publishable }: AccessRules) {
    this.#digests = new Map(users.map(({ name, password }) => [name, digest(password)]));
    this.#anonymous = anonymous;
    this.#publishable = publishable.map(topicMatcher);
  }

  /** @param remote address of the client, as the socket says */
  admit(
    remote: string | undefined,
    user: string | undefined,
    password: Uint8Array | undefined,
  ): AccessDecision {
    if (user === undefined || user === '') {
      if (this.#anonymous && isLoopback(remote)) return { identity: {} };
      return { refusal: 'anonymous' };
    }
    const known = this.#digests.get(user);
    const equal = timingSafeEqual(known ?? this.#nobody, digest(password ?? ''));
    return equal && known !== undefined ? { identity: { user } } : { refusal: 'credentials' };
  }

  /** Users may publish on everything but the broker's own topics, anonymous clients on downlinks alone. */
  mayPublish(identity: Identity | undefined, topic: string): boolean {
    if (identity === undefined || topic.startsWith('$SYS/')) return false;
    return identity.user !== undefined || this.#publishable.some((matches) => matches(topic));
  }

  /** Retained messages stay after their publisher, so users alone may fill their store. A downlink must not run again either. */
  mayRetain(identity: Identity | undefined): boolean {
    return identity?.user !== undefined;
  }
}

/** Digests have one length, which a comparison in constant time needs. */
function digest(password: Uint8Array | string): Buffer {
  return createHash('sha256').update(password).digest();
}
