import type { Role, Scope } from '@fairlead/api';

/** Who sent a request, and what that may do. */
export interface Principal {
  /** `administrator`: whoever has the administrator's token, or signed in by a link of the administrator. */
  readonly kind: 'administrator' | 'token' | 'user';
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Of a user. */
  readonly role?: Role | undefined;
  /** What proved it. When it is revoked, the requests that it proved end. */
  readonly credential: string;
  /** Id of the session, if a cookie proved it. */
  readonly session?: string | undefined;
  /** Unix milliseconds; absent: it does not expire. */
  readonly expiresAt?: number | undefined;
}
