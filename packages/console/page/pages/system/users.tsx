/** Who may sign in? */
import { ROLES, type Role, type UserView } from '@fairlead/api';
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../data/api.ts';
import { useSession } from '../../data/session.ts';
import { Age } from '../../parts/age.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { CopyLine } from '../../parts/copy-line.tsx';
import { Name } from '../../parts/names.tsx';
import { PlainTable } from '../../parts/plain-table.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import classes from './frame.module.css';
import { ForAdministrators, Frame } from './frame.tsx';
import { Sessions } from './sessions.tsx';

const KEY = ['users'];

export default function Users() {
  const { t } = useWords();
  return (
    <Frame title={t('users.title')} sentence={t('users.sentence')}>
      <ForAdministrators>
        <List />
        <section>
          <h2>{t('users.add')}</h2>
          <Add />
        </section>
        <section>
          <h2>{t('users.sessions')}</h2>
          <Sessions />
        </section>
      </ForAdministrators>
    </Frame>
  );
}

function List() {
  const { t } = useWords();
  const queries = useQueryClient();
  const { data: session } = useSession();
  const { data, error, refetch } = useQuery({ queryKey: KEY, queryFn: () => api.users.list() });
  const [failure, setFailure] = useState<unknown>();
  const [link, setLink] = useState<{ readonly name: string; readonly url: string }>();
  if (data === undefined)
    return error === null ? <Loading /> : <Failure error={error} retry={() => void refetch()} />;
  const done = async (work: Promise<unknown>): Promise<void> => {
    setFailure(undefined);
    try {
      await work;
    } catch (refusal) {
      setFailure(refusal);
    }
    await queries.invalidateQueries({ queryKey: KEY });
  };
  const remove = async (name: string): Promise<void> => {
    await api.users.remove({ params: { name } });
    await queries.invalidateQueries({ queryKey: KEY });
  };
  const makeLink = async (user: string): Promise<void> => {
    const { path } = await api.sessions.link({ body: { user } });
    setLink({ name: user, url: new URL(path, location.origin).href });
  };
  if (data.length === 0)
    return <Empty command="fairlead user add ann --role operator">{t('users.empty')}</Empty>;
  return (
    <>
      {failure !== undefined && <Failure error={failure} />}
      {link !== undefined && (
        <div role="status">
          <p>{t('users.linkFor', { name: link.name })}</p>
          <CopyLine text={link.url} />
        </div>
      )}
      <PlainTable<UserView>
        label={t('users.title')}
        rows={data}
        rowKey={({ name }) => name}
        columns={[
          { id: 'name', head: t('devices.name'), cell: ({ name }) => <Name>{name}</Name> },
          {
            id: 'role',
            head: t('users.role'),
            cell: ({ name, role }) => (
              <RoleChoice
                label={t('users.roleOf', { name })}
                role={role}
                disabled={name === session?.name}
                choose={(next) => void done(api.users.change({ params: { name }, body: { role: next } }))}
              />
            ),
          },
          {
            id: 'password',
            head: t('signIn.password'),
            cell: ({ password }) => (password ? t('inbox.yes') : t('inbox.no')),
          },
          { id: 'sessions', head: t('users.sessions'), cell: ({ sessions }) => sessions },
          { id: 'since', head: t('device.created'), cell: ({ createdAt }) => <Age at={createdAt} /> },
          {
            id: 'link',
            head: '',
            cell: ({ name }) => (
              <Button variant="default" size="compact-sm" onClick={() => void done(makeLink(name))}>
                {t('users.link')}
              </Button>
            ),
          },
          {
            id: 'remove',
            head: '',
            cell: ({ name, sessions }) => (
              <Confirm
                label={t('users.remove')}
                question={t('users.removeAsk', { name, n: sessions })}
                act={() => remove(name)}
              />
            ),
          },
        ]}
      />
      <CopyLine text="fairlead user ls" />
    </>
  );
}

function RoleChoice({
  label,
  role,
  disabled = false,
  choose,
}: {
  readonly label: string;
  readonly role: Role;
  readonly disabled?: boolean;
  readonly choose: (role: Role) => void;
}) {
  const { t } = useWords();
  return (
    <select
      aria-label={label}
      value={role}
      disabled={disabled}
      onChange={({ target }) => choose(target.value as Role)}
    >
      {ROLES.map((each) => (
        <option key={each} value={each}>
          {t(`role.${each}`)}
        </option>
      ))}
    </select>
  );
}

function Add() {
  const { t } = useWords();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [password, setPassword] = useState('');
  const [failure, setFailure] = useState<unknown>();
  const add = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setFailure(undefined);
    try {
      await api.users.add({ body: { name, role, ...(password !== '' && { password }) } });
      setName('');
      setPassword('');
      await queries.invalidateQueries({ queryKey: KEY });
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <form onSubmit={add}>
      <div className={classes.form}>
        <TextInput
          label={t('devices.name')}
          required
          autoComplete="off"
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <div className={classes.choice}>
          <span aria-hidden="true">{t('users.role')}</span>
          <RoleChoice label={t('users.role')} role={role} choose={setRole} />
        </div>
        <PasswordInput
          label={t('users.passwordOptional')}
          autoComplete="new-password"
          size="xs"
          w={240}
          value={password}
          visibilityToggleButtonProps={{ 'aria-label': t('users.showPassword') }}
          onChange={({ currentTarget }) => setPassword(currentTarget.value)}
        />
        <Button type="submit">{t('users.add')}</Button>
      </div>
      {failure !== undefined && <Failure error={failure} />}
    </form>
  );
}
