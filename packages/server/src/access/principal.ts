import type { Scope } from '@fairlead/api';

/** Who sent a request, and what that may do. */
export interface Principal {
  /** `administrator`: whoever has the administrator's token. */
  readonly kind: 'administrator' | 'token';
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** What proved it. When it is revoked, the requests that it proved end. */
  readonly credential: string;
  /** Unix milliseconds; absent: it does not expire. */
  readonly expiresAt?: number | undefined;
}
