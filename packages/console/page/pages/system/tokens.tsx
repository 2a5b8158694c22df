/** Which programs may use the API, and for what? */
import { type ApiTokenView, SCOPES, type Scope } from '@fairlead/api';
import { Button, NumberInput, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../data/api.ts';
import { Age, Time } from '../../parts/age.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { CopyLine } from '../../parts/copy-line.tsx';
import { Name } from '../../parts/names.tsx';
import { PlainTable } from '../../parts/plain-table.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import classes from './frame.module.css';
import { ForAdministrators, Frame } from './frame.tsx';

const KEY = ['tokens'];

export default function Tokens() {
  const { t } = useWords();
  return (
    <Frame title={t('tokens.title')} sentence={t('tokens.sentence')}>
      <ForAdministrators>
        <List />
        <section>
          <h2>{t('tokens.add')}</h2>
          <Add />
        </section>
      </ForAdministrators>
    </Frame>
  );
}

function List() {
  const { t } = useWords();
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: KEY, queryFn: () => api.tokens.list() });
  if (data === undefined)
    return error === null ? <Loading /> : <Failure error={error} retry={() => void refetch()} />;
  if (data.length === 0)
    return <Empty command="fairlead token add prometheus --scope metrics">{t('tokens.empty')}</Empty>;
  const remove = async (name: string): Promise<void> => {
    await api.tokens.remove({ params: { name } });
    await queries.invalidateQueries({ queryKey: KEY });
  };
  return (
    <>
      <PlainTable<ApiTokenView>
        label={t('tokens.title')}
        rows={data}
        rowKey={({ name }) => name}
        columns={[
          { id: 'name', head: t('devices.name'), cell: ({ name }) => <Name>{name}</Name> },
          { id: 'scopes', head: t('tokens.scopes'), cell: ({ scopes }) => scopes.join(', ') },
          { id: 'by', head: t('tokens.by'), cell: ({ createdBy }) => <Name>{createdBy}</Name> },
          { id: 'since', head: t('device.created'), cell: ({ createdAt }) => <Age at={createdAt} /> },
          { id: 'used', head: t('tokens.used'), cell: ({ lastUsedAt }) => <Age at={lastUsedAt} /> },
          {
            id: 'expires',
            head: t('tokens.expires'),
            cell: ({ expiresAt, expired }) =>
              expired ? (
                <span className="bad">{t('tokens.expired')}</span>
              ) : expiresAt === undefined ? (
                t('tokens.never')
              ) : (
                <Time at={expiresAt} />
              ),
          },
          {
            id: 'remove',
            head: '',
            cell: ({ name }) => (
              <Confirm
                label={t('tokens.revoke')}
                question={t('tokens.revokeAsk', { name })}
                act={() => remove(name)}
              />
            ),
          },
        ]}
      />
      <CopyLine text="fairlead token ls" />
    </>
  );
}

function Add() {
  const { t } = useWords();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('read');
  const [days, setDays] = useState<number | string>('');
  const [made, setMade] = useState<{ readonly name: string; readonly token: string }>();
  const [failure, setFailure] = useState<unknown>();
  const add = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setFailure(undefined);
    setMade(undefined);
    try {
      const body = { name, scopes: [scope], ...(typeof days === 'number' && { days }) };
      setMade(await api.tokens.add({ body }));
      setName('');
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
        <label className={classes.choice}>
          <span>{t('tokens.scopes')}</span>
          <select value={scope} onChange={({ target }) => setScope(target.value as Scope)}>
            {SCOPES.map((each) => (
              <option key={each} value={each}>
                {`${each}: ${t(`scope.${each}`)}`}
              </option>
            ))}
          </select>
        </label>
        <NumberInput
          label={t('tokens.days')}
          min={1}
          max={3_650}
          allowDecimal={false}
          hideControls
          size="xs"
          w={160}
          value={days}
          onChange={setDays}
        />
        <Button type="submit">{t('tokens.add')}</Button>
      </div>
      {made !== undefined && (
        <div role="status">
          <p className="warn">{t('tokens.once', { name: made.name })}</p>
          <CopyLine text={made.token} />
        </div>
      )}
      {failure !== undefined && <Failure error={failure} />}
    </form>
  );
}
