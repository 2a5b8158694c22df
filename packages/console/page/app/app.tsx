/** What surrounds every page: the client of the service, the theme, the texts, the addresses. */

import { ProblemError } from '@fairlead/api';
import { MantineProvider } from '@mantine/core';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Suspense } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { LiveProvider } from '../data/live/use-live.tsx';
import { isSession, isUnauthorized, lostSession } from '../data/session.ts';
import { Loading } from '../parts/states.tsx';
import { cssVariables, theme } from '../theme/theme.ts';
import { useWords, WordsProvider } from '../words/words.tsx';
import { Guarded } from './missing-file.tsx';
import { pages } from './pages.ts';
import { Shell } from './shell.tsx';
import { SignedIn } from './sign-in.tsx';

const queries: QueryClient = new QueryClient({
  // Nothing stays half live when the session has ended: the page asks to sign in again.
  queryCache: new QueryCache({
    onError: (error, { queryKey }) => {
      if (isUnauthorized(error) && !isSession(queryKey)) lostSession(queries);
    },
  }),
  defaultOptions: {
    queries: {
      // What the service refused, it refuses again.
      retry: (failures, error) => failures < 3 && !(error instanceof ProblemError && !error.retryable),
      staleTime: 5_000,
    },
  },
});

/** @param nonce of the content-security policy, for the styles that components make */
export function App({ nonce }: { readonly nonce: string }) {
  const [page] = useLocation();
  return (
    <QueryClientProvider client={queries}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        defaultColorScheme="auto"
        getStyleNonce={() => nonce}
      >
        <WordsProvider>
          <SignedIn>
            <LiveProvider>
              <Shell>
                <Guarded at={page}>
                  <Suspense fallback={<Loading rows={6} />}>
                    <Switch>
                      {pages.map(({ id, path, component }) => (
                        <Route key={id} path={path} component={component} />
                      ))}
                      <Route component={NotFound} />
                    </Switch>
                  </Suspense>
                </Guarded>
              </Shell>
            </LiveProvider>
          </SignedIn>
        </WordsProvider>
      </MantineProvider>
    </QueryClientProvider>
  );
}

function NotFound() {
  const { t } = useWords();
  return (
    <>
      <h1>{t('notFound.title')}</h1>
      <p>
        <Link href="/">{t('notFound.back')}</Link>
      </p>
    </>
  );
}
