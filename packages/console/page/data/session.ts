/** Who is signed in. */
import { allows, ProblemError, type Scope } from '@fairlead/api';
import { type QueryClient, useQuery } from '@tanstack/react-query';
import { api } from './api.ts';

const KEY = ['session'];

/** The session; `null` if nobody is signed in. */
export const useSession = () =>
  useQuery({
    queryKey: KEY,
    queryFn: async () => {
      const code = codeOfAddress();
      if (code !== undefined) return api.sessions.signIn({ body: { code } });
      return current();
    },
    retry: (failures, error) => failures < 3 && !(error instanceof ProblemError),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Whether who is signed in may do what needs this scope. */
export function useMay(scope: Scope): boolean {
  const { data } = useSession();
  return data !== undefined && data !== null && allows(data.scopes, scope);
}

/** The service refused a request because nobody is signed in any more: the page asks for the session again. */
export function lostSession(queries: QueryClient): void {
  if (queries.getQueryData(KEY) !== null) queries.setQueryData(KEY, null);
}

export async function signIn(queries: QueryClient, user: string, password: string): Promise<void> {
  queries.setQueryData(KEY, await api.sessions.signIn({ body: { user, password } }));
}

/** Nothing of what was shown stays in memory. */
export async function signOut(): Promise<void> {
  await api.sessions.signOut();
  location.assign('/');
}

async function current() {
  try {
    return await api.sessions.current();
  } catch (error) {
    if (isUnauthorized(error)) return null;
    throw error;
  }
}

/** Whether a query asks for the session itself, whose refusal the sign-in page tells. */
export const isSession = (key: readonly unknown[]): boolean => key[0] === KEY[0];

export const isUnauthorized = (error: unknown): boolean =>
  error instanceof ProblemError && error.status === 401;

/** The code of a sign-in link. It stands in the fragment, which no server sees, and is removed at once. */
function codeOfAddress(): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get('code') ?? undefined;
  if (code !== undefined) history.replaceState(null, '', location.pathname + location.search);
  return code;
}
