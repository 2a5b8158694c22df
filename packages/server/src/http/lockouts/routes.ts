import { type LockoutView, operations } from '@fairlead/api';
import type { SignIn } from '../../access/sign-in.ts';
import { serverErrors } from '../../catalogue.ts';
import { type Api, type ApiContext, iso } from '../context.ts';
import { routeOf } from '../route.ts';

export function lockoutRoutes(api: Api, { gateway, clock }: ApiContext, signIn: SignIn): void {
  api.route({
    ...routeOf(operations.lockouts.list),
    handler: (): LockoutView[] => {
      const now = clock.now();
      const listeners = gateway.lockouts
        .lockedAddresses()
        .map((locked) => ({ of: 'listener' as const, ...locked }));
      const users = signIn.locked().map((locked) => ({ of: 'sign-in' as const, ...locked }));
      return [...listeners, ...users].map(({ left, ...who }) => ({ ...who, until: iso(now + left) }));
    },
  });

  api.route({
    ...routeOf(operations.lockouts.end),
    handler: ({ params: { who } }, reply) => {
      const ended = [gateway.lockouts.unlock(who), signIn.unlock(who)];
      if (!ended.includes(true)) throw serverErrors.error('LOCKOUT_UNKNOWN', { who });
      reply.code(204).send();
    },
  });
}
