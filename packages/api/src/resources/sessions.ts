/** Sessions: browsers that are signed in. */
import { z } from 'zod';
import { accessName, named, nothing, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';
import { ROLES, SCOPES } from '../scopes.ts';
import { password } from './users.ts';

const tag = 'access';
const path = `${API_BASE}/sessions` as const;
const own = `${API_BASE}/session` as const;

/** Requests that change something and prove themselves with a cookie have this header: a page of another origin cannot send it. */
export const CSRF_HEADER = 'fairlead-request';

const signedInSchema = named(
  'SignedIn',
  z.object({
    kind: z
      .enum(['administrator', 'token', 'user'])
      .describe("administrator: the administrator's token, or a sign-in link of it."),
    name: z.string(),
    role: z.enum(ROLES).optional().describe('Of a user.'),
    scopes: z.array(z.enum(SCOPES)),
    session: z.string().optional().describe('Id of the session; absent for a token.'),
    expiresAt: time.optional(),
  }),
);
export type SignedIn = z.output<typeof signedInSchema>;

const sessionSchema = named(
  'Session',
  z.object({
    id: z.string(),
    user: z.string().optional().describe('Absent: the administrator, signed in by a link.'),
    remote: z.string().describe('The address that it signed in from.'),
    createdAt: time,
    seenAt: time,
    expiresAt: time.describe('The latest end; it ends earlier when it is not used.'),
    own: z.boolean().describe('Whether this request belongs to it.'),
  }),
);
export type SessionView = z.output<typeof sessionSchema>;

/** One object instead of two kinds of it: so a mistake is named by its key. */
const signInSchema = named(
  'SignIn',
  z.strictObject({
    user: z.string().max(64).optional(),
    password: password.optional(),
    code: z.string().max(64).optional().describe('Of a sign-in link, instead of user and password.'),
  }),
);

const codeBody = named(
  'SignInFor',
  z.strictObject({
    user: accessName.optional().describe('Who signs in with it; absent: the administrator.'),
  }),
);
const codeSchema = named(
  'SignInCode',
  z.object({
    code: z.string(),
    path: z
      .string()
      .describe('What follows the address of the service in the link. The code is in the fragment.'),
    expiresAt: time,
  }),
);

const ownPassword = named('OwnPasswordChange', z.strictObject({ current: z.string().max(256), password }));

export const sessions = {
  signIn: operation({
    id: 'signIn',
    method: 'POST',
    path,
    tag,
    scope: 'visitor',
    summary: 'Sign in with a password or with the code of a link',
    description: `The answer sets a cookie (HttpOnly, SameSite=Strict). Requests with the cookie that change something need the header "${CSRF_HEADER}".`,
    body: signInSchema,
    response: { 201: signedInSchema },
    problems: [400, 401, 429, 503],
  }),
  list: operation({
    id: 'listSessions',
    method: 'GET',
    path,
    tag,
    scope: 'admin',
    summary: 'List the sessions of all users, the one opened last first',
    response: { 200: z.array(sessionSchema) },
  }),
  end: operation({
    id: 'endSession',
    method: 'DELETE',
    path: `${path}/:id`,
    tag,
    scope: 'admin',
    summary: 'End a session, and close what runs with it',
    params: z.strictObject({ id: z.string() }),
    response: { 204: nothing('Ended.') },
    problems: [404],
  }),
  link: operation({
    id: 'addSignInCode',
    method: 'POST',
    path: `${API_BASE}/sign-in-codes`,
    tag,
    scope: 'admin',
    recorded: ['user'],
    summary: 'Make a link that signs in once, within ten minutes',
    body: codeBody,
    response: { 201: codeSchema },
    problems: [400, 404],
  }),
  current: operation({
    id: 'getSession',
    method: 'GET',
    path: own,
    tag,
    scope: 'any',
    summary: 'Show who asks, and what that may do',
    response: { 200: signedInSchema },
  }),
  signOut: operation({
    id: 'signOut',
    method: 'DELETE',
    path: own,
    tag,
    scope: 'any',
    summary: 'End the own session',
    response: { 204: nothing('Signed out.') },
    problems: [404],
  }),
  changePassword: operation({
    id: 'changePassword',
    method: 'PUT',
    path: `${own}/password`,
    tag,
    scope: 'any',
    summary: 'Change the own password, and end the other sessions',
    body: ownPassword,
    response: { 204: nothing('Changed.') },
    problems: [400, 401, 404, 429, 503],
  }),
};
