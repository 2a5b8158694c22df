/** Users: people who sign in. */
import { z } from 'zod';
import { accessName, named, nothing, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';
import { ROLES } from '../scopes.ts';

const tag = 'access';
const scope = 'admin';
const path = `${API_BASE}/users` as const;
const one = `${path}/:name` as const;
const userParams = z.strictObject({ name: accessName });

const role = z
  .enum(ROLES)
  .describe('viewer has the scope read, operator the scope operate, administrator the scope admin.');
/** Long ones are refused before they are read: deriving a key takes time and memory. */
export const password = z.string().max(256).describe('At least 10 characters.');

const userSchema = named(
  'User',
  z.object({
    name: accessName,
    role,
    password: z
      .boolean()
      .describe('Whether the user has one. Without it, a sign-in link is the only way in.'),
    sessions: z.int().describe('Browsers that are signed in.'),
    createdAt: time,
    changedAt: time,
  }),
);
export type UserView = z.output<typeof userSchema>;

const newUserSchema = named(
  'NewUser',
  z.strictObject({ name: accessName, role, password: password.optional() }),
);
const roleChange = named('RoleChange', z.strictObject({ role }));
const passwordChange = named('PasswordChange', z.strictObject({ password }));

export const users = {
  list: operation({
    id: 'listUsers',
    method: 'GET',
    path,
    tag,
    scope,
    summary: 'List users, by name',
    response: { 200: z.array(userSchema) },
  }),
  add: operation({
    id: 'addUser',
    method: 'POST',
    path,
    tag,
    scope,
    summary: 'Add a user',
    body: newUserSchema,
    response: { 201: userSchema },
    problems: [400, 409, 503],
  }),
  change: operation({
    id: 'changeUser',
    method: 'PATCH',
    path: one,
    tag,
    scope,
    summary: 'Give a user another role, from the next request on',
    params: userParams,
    body: roleChange,
    response: { 200: userSchema },
    problems: [400, 404],
  }),
  setPassword: operation({
    id: 'setUserPassword',
    method: 'PUT',
    path: `${one}/password`,
    tag,
    scope,
    summary: 'Give a user a new password, and end the sessions of the user',
    params: userParams,
    body: passwordChange,
    response: { 204: nothing('Changed.') },
    problems: [400, 404, 503],
  }),
  remove: operation({
    id: 'removeUser',
    method: 'DELETE',
    path: one,
    tag,
    scope,
    summary: 'Remove a user, and end the sessions of the user',
    params: userParams,
    response: { 204: nothing('Removed.') },
    problems: [404],
  }),
};
