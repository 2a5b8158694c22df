import { operations, type Role } from '@fairlead/api';
import type { User } from '@fairlead/store';
import { endSessions } from '../../access/end-sessions.ts';
import type { OpenRequests } from '../../access/open-requests.ts';
import type { SignIn } from '../../access/sign-in.ts';
import { type Api, type ApiContext, iso } from '../context.ts';
import { routeOf } from '../route.ts';

interface Parts {
  readonly signIn: SignIn;
  readonly open: OpenRequests;
}

export function userRoutes(api: Api, { store }: ApiContext, { signIn, open }: Parts): void {
  const { users, sessions } = store;

  const view = ({ name, role, password, createdAt, changedAt }: User) => ({
    name,
    role: role as Role,
    password: password !== undefined,
    sessions: sessions.list().filter(({ user }) => user === name).length,
    createdAt: iso(createdAt),
    changedAt: iso(changedAt),
  });
  /** Ends everything that the user could be signed in with. @param own a request that is still answered */
  const signOut = (name: string, own: Parameters<OpenRequests['revoke']>[1]) => {
    signIn.codes.forget(name);
    endSessions({ sessions, open }, ({ user }) => user === name, own);
  };

  api.route({
    ...routeOf(operations.users.list),
    handler: () => users.list().map(view),
  });

  api.route({
    ...routeOf(operations.users.add),
    handler: async ({ body: { name, role, password } }, reply) => {
      users.checkNew(name);
      const stored = password === undefined ? undefined : await signIn.passwords.hash(password, name);
      const user = users.add({ name, role, password: stored });
      reply.code(201);
      return view(user);
    },
  });

  api.route({
    ...routeOf(operations.users.change),
    handler: ({ params, body: { role } }, reply) => {
      const user = users.setRole(params.name, role);
      // The old role may have allowed what runs. The sessions go on.
      open.end(({ kind, name }) => kind === 'user' && name === user.name, reply.raw);
      return view(user);
    },
  });

  api.route({
    ...routeOf(operations.users.setPassword),
    handler: async ({ params, body: { password } }, reply) => {
      const { name } = users.existing(params.name);
      users.setPassword(name, await signIn.passwords.hash(password, name));
      signOut(name, reply.raw);
      reply.code(204).send();
    },
  });

  api.route({
    ...routeOf(operations.users.remove),
    handler: ({ params }, reply) => {
      const { name } = users.existing(params.name);
      signOut(name, reply.raw);
      users.remove(name);
      reply.code(204).send();
    },
  });
}
