/** What a request may do: the scopes of API tokens, and the roles of users. */

/** From the least to the most. Each scope includes those before it. */
export const SCOPES = ['metrics', 'read', 'operate', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** What each scope lets one do, for people. */
export const scopeMeaning: Readonly<Record<Scope, string>> = {
  metrics: 'read /metrics',
  read: 'see everything except secrets, users and the audit log',
  operate: 'send commands, enrol devices of the inbox, close links, run what is saved, start and stop it',
  admin: 'everything: devices, profiles, definitions, drivers, secrets, users, tokens, the audit log',
};

/**
 * What a route asks for: a scope; `any`: proof of who asks, whatever that may do; `visitor`: nothing, but the host name and the
 * origin are checked; `open`: nothing, under any host name.
 */
export type Need = Scope | 'any' | 'visitor' | 'open';

/** Whether these scopes include the one that is needed. */
export function allows(scopes: readonly Scope[], needed: Scope): boolean {
  const least = SCOPES.indexOf(needed);
  return scopes.some((scope) => SCOPES.indexOf(scope) >= least);
}

export const ROLES = ['viewer', 'operator', 'administrator'] as const;
export type Role = (typeof ROLES)[number];

/** What a user with a role may do. */
export const roleScope: Readonly<Record<Role, Scope>> = {
  viewer: 'read',
  operator: 'operate',
  administrator: 'admin',
};
