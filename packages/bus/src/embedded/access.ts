/** Authentication at the embedded broker, and permissions to publish. No sockets here. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { topicMatcher } from '../topic.ts';
import { isLoopback } from './address.ts';

interface User {
  readonly name: string;
  readonly password: string;
}

/** An accepted client. `user` is absent for an anonymous client on this machine. */
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
  #digests!: ReadonlyMap<string, Buffer>;
  readonly #anonymous: boolean;
  readonly #publishable: readonly ((topic: string) => boolean)[];
  /** Compared with the password of an unknown user, so that the time does not reveal which users exist. */
  readonly #nobody = digest('');

  constructor({ users, anonymous, publishable }: AccessRules) {
    this.setUsers(users);
    this.#anonymous = anonymous;
    this.#publishable = publishable.map(topicMatcher);
  }

  /** Takes these users from now on. */
  setUsers(users: readonly User[]): void {
    this.#digests = new Map(users.map(({ name, password }) => [name, digest(password)]));
  }

  /** @param remote address of the client, from the socket */
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

  /** Users may publish on all topics except the broker's own, anonymous clients only on downlinks. */
  mayPublish(identity: Identity | undefined, topic: string): boolean {
    if (identity === undefined || topic.startsWith('$SYS/')) return false;
    return identity.user !== undefined || this.#publishable.some((matches) => matches(topic));
  }

  /** Only users may retain messages, because retained messages stay in memory, and a retained downlink would run again. */
  mayRetain(identity: Identity | undefined): boolean {
    return identity?.user !== undefined;
  }
}

/** Digests have one length, which a comparison in constant time needs. */
function digest(password: Uint8Array | string): Buffer {
  return createHash('sha256').update(password).digest();
}
