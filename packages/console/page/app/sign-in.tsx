/** Stands in place of the pages until somebody is signed in, and over them when the session has ended. */
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { isUnauthorized, signIn, useSession } from '../data/session.ts';
import { CopyLine } from '../parts/copy-line.tsx';
import { Failure, Loading } from '../parts/states.tsx';
import { useWords } from '../words/words.tsx';
import classes from './sign-in.module.css';

export function SignedIn({ children }: { readonly children: ReactNode }) {
  const { data, error, refetch } = useSession();
  const [inside, setInside] = useState(false);
  const isSignedIn = data !== undefined && data !== null;
  useEffect(() => setInside((before) => before || isSignedIn), [isSignedIn]);
  // What was begun on the page stays there, out of reach.
  if (isSignedIn || inside)
    return (
      <>
        <div className={classes.inside} inert={!isSignedIn}>
          {children}
        </div>
        {!isSignedIn && (
          <div className={classes.over}>
            <Form linkFailed={false} />
          </div>
        )}
      </>
    );
  if (data === null || isUnauthorized(error)) return <Form linkFailed={error !== null} />;
  return error === null ? <Loading rows={6} /> : <Failure error={error} retry={() => void refetch()} />;
}

function Form({ linkFailed }: { readonly linkFailed: boolean }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      await signIn(queries, user, password);
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  return (
    <main className={classes.page}>
      <form className={classes.form} onSubmit={submit}>
        <h1>{t('signIn.title')}</h1>
        {linkFailed && (
          <p role="alert" className="bad">
            {t('signIn.linkUsed')}
          </p>
        )}
        <TextInput
          label={t('signIn.user')}
          autoComplete="username"
          required
          value={user}
          onChange={({ currentTarget }) => setUser(currentTarget.value)}
        />
        <PasswordInput
          label={t('signIn.password')}
          autoComplete="current-password"
          required
          value={password}
          onChange={({ currentTarget }) => setPassword(currentTarget.value)}
        />
        <Button type="submit" loading={busy}>
          {t('signIn.title')}
        </Button>
        {failure !== undefined && <Failure error={failure} />}
        <p className="dim">{t('signIn.hint')}</p>
        <CopyLine text="fairlead user link" />
      </form>
    </main>
  );
}
