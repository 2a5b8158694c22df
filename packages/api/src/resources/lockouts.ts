/** Addresses and users that are locked out because they failed too often to prove who they are. */
import { z } from 'zod';
import { named, nothing, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';

const tag = 'access';
const path = `${API_BASE}/lockouts` as const;

const lockoutSchema = named(
  'Lockout',
  z.object({
    of: z.enum(['listener', 'sign-in']).describe('What it is locked out of.'),
    listener: z.string().optional().describe('Name of the listener.'),
    address: z
      .string()
      .optional()
      .describe('The address; of IPv6, its whole network of 64 bits is locked out.'),
    user: z
      .string()
      .optional()
      .describe('The user with whose name somebody failed to sign in; with an address: from there alone.'),
    until: time,
  }),
);
export type LockoutView = z.output<typeof lockoutSchema>;

export const lockouts = {
  list: operation({
    id: 'listLockouts',
    method: 'GET',
    path,
    tag,
    scope: 'operate',
    summary: 'List the addresses and users that are locked out',
    response: { 200: z.array(lockoutSchema) },
  }),
  end: operation({
    id: 'endLockout',
    method: 'DELETE',
    path: `${path}/:who`,
    tag,
    scope: 'admin',
    summary: 'Let an address or a user try again',
    description: 'Its failures are forgotten, at all listeners and for signing in.',
    params: z.object({ who: z.string().describe('The address, or the name of the user.') }),
    response: { 204: nothing('It may try again.') },
    problems: [404],
  }),
};
