import type { Scope } from '@fairlead/api';

/** Who sent a request, and what that may do. */
export interface Principal {
  /** `administrator`: whoever has the administrator's token. */
  readonly kind: 'administrator';
  readonly name: string;
  readonly scopes: readonly Scope[];
}
