/** One unknown device: what it sent, and its enrolment. */
import type { InboxEntryView } from '@fairlead/api';
import { Button, Group, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useLocation, useParams } from 'wouter';
import { api } from '../../data/api.ts';
import { useInboxEntry } from '../../data/queries.ts';
import { Age } from '../../parts/age.tsx';
import { Bytes } from '../../parts/bytes.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Head } from '../../parts/head.tsx';
import { KeyValues } from '../../parts/key-values.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';

export default function Entry() {
  const { t } = useWords();
  const { id = '' } = useParams();
  const [, navigate] = useLocation();
  const { data, error, refetch } = useInboxEntry(id);
  if (data === undefined)
    return error === null ? <Loading rows={6} /> : <Failure error={error} retry={() => void refetch()} />;
  const drop = async (): Promise<void> => {
    await api.inbox.drop({ params: { id } });
    navigate('/inbox');
  };
  const { identity, profile, guess = [] } = data;
  return (
    <>
      <Head
        title={identity}
        sentence={profile === '' ? t('inbox.isUnrecognised') : t('inbox.isRecognised', { profile })}
      />
      <KeyValues
        rows={[
          [t('links.listener'), data.listener],
          [t('links.remote'), data.remote],
          [t('inbox.seen'), <Age key="seen" at={data.lastSeen} />],
          [t('inbox.count'), data.count],
          [t('inbox.waits'), data.connected ? t('inbox.yes') : t('inbox.no')],
        ]}
      />
      {guess.length > 0 && (
        <section>
          <h2>{t('inbox.guesses')}</h2>
          <ul>
            {guess.map(({ profile: name, score, because }) => (
              <li key={name}>
                <strong>{name}</strong> {score.toFixed(2)} <span className="dim">{because.join('; ')}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h2>{t('inbox.enrol')}</h2>
        <Enrolment key={id} entry={data} />
      </section>
      <section>
        <h2>{t('inbox.frames')}</h2>
        {data.frames.map((hex, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: frames are in order, and may be alike
          <Bytes key={i} hex={hex} label={t('links.bytes')} />
        ))}
      </section>
      <Group>
        <Confirm label={t('inbox.drop')} question={t('inbox.dropAsk', { identity })} act={drop} />
      </Group>
    </>
  );
}

function Enrolment({ entry }: { readonly entry: InboxEntryView }) {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const recognised = entry.profile !== '';
  const [name, setName] = useState('');
  const [profile, setProfile] = useState(entry.guess?.[0]?.profile ?? '');
  const [identity, setIdentity] = useState('');
  const [failure, setFailure] = useState<unknown>();
  const enrol = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setFailure(undefined);
    try {
      const body = recognised ? { name } : { name, profile, identity };
      await api.inbox.enroll({ params: { id: entry.id }, body });
      navigate(`/devices/${encodeURIComponent(name)}`);
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <form onSubmit={enrol}>
      <Group align="end">
        <TextInput
          label={t('devices.name')}
          required
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        {!recognised && (
          <>
            <TextInput
              label={t('devices.profile')}
              required
              value={profile}
              onChange={({ currentTarget }) => setProfile(currentTarget.value)}
            />
            <TextInput
              label={t('device.identity')}
              required
              value={identity}
              onChange={({ currentTarget }) => setIdentity(currentTarget.value)}
            />
          </>
        )}
        <Button type="submit">{t('inbox.enrol')}</Button>
      </Group>
      {failure !== undefined && <Failure error={failure} />}
    </form>
  );
}
