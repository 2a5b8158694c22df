/** What do the bytes of such a device mean? */
import type { ProfileDetail, Revision } from '@fairlead/api';
import { Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation, useParams } from 'wouter';
import { api } from '../../data/api.ts';
import { useRefetchOn } from '../../data/live/use-live.tsx';
import { useMay } from '../../data/session.ts';
import { Age } from '../../parts/age.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { CopyLine } from '../../parts/copy-line.tsx';
import { Head } from '../../parts/head.tsx';
import { KeyValues } from '../../parts/key-values.tsx';
import { Needs } from '../../parts/needs.tsx';
import { PlainTable } from '../../parts/plain-table.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import { Files } from './files.tsx';

export default function Profile() {
  const { t } = useWords();
  const { name = '' } = useParams();
  const [, navigate] = useLocation();
  const queryKey = ['profile', name];
  useRefetchOn('objects', queryKey, 1_000);
  const { data, error, refetch } = useQuery({
    queryKey,
    queryFn: () => api.profiles.get({ params: { name } }),
  });
  const may = useMay('admin');
  if (data === undefined)
    return error === null ? <Loading rows={6} /> : <Failure error={error} retry={() => void refetch()} />;
  const { title, version, source, devices, history } = data;
  const remove = async (revision: Revision): Promise<void> => {
    await api.profiles.remove({ params: { name }, revision });
    navigate('/profiles');
  };
  return (
    <>
      <Head title={name} sentence={title} />
      <KeyValues
        rows={[
          [t('system.version'), version ?? <span className="bad">{t('profiles.broken')}</span>],
          [t('profiles.source'), t(`profiles.${source}`)],
          [t('profiles.direction'), data.direction && t(`profiles.${data.direction}`)],
          [t('device.identity'), data.identity],
          [t('device.framing'), data.framing],
          [t('profiles.secret'), data.secret === 'none' ? undefined : data.secret],
          [t('profiles.makers'), data.makers?.join(', ')],
          [t('profiles.models'), data.models?.join(', ')],
          [
            t('nav.devices'),
            <Link key="devices" href={`/devices?q=${encodeURIComponent(name)}`}>
              {devices}
            </Link>,
          ],
        ]}
      />
      <Described what="parameters" all={data.parameters} />
      <Described what="fields" all={data.fields} />
      <Described what="commands" all={data.commands} />
      {history.length > 0 && (
        <section>
          <h2>{t('profiles.versions')}</h2>
          <PlainTable<(typeof history)[number]>
            label={t('profiles.versions')}
            rows={history}
            rowKey={({ content }) => content}
            columns={[
              { id: 'number', head: t('system.version'), cell: ({ number }) => number },
              {
                id: 'content',
                head: t('profiles.content'),
                cell: ({ content }) => <code>{content.slice(0, 12)}</code>,
              },
              { id: 'since', head: t('device.created'), cell: ({ createdAt }) => <Age at={createdAt} /> },
            ]}
          />
        </section>
      )}
      <Files name={name} history={history} />
      <CopyLine text={`fairlead profile show ${name} --service`} />
      {source === 'store' && (
        <Group>
          {may && (
            <Confirm
              label={t('users.remove')}
              question={t('profiles.removeAsk', { name, n: history.length, devices })}
              base={{ ...data }}
              act={remove}
            />
          )}
          <Needs scope="admin" />
        </Group>
      )}
    </>
  );
}

type What = 'parameters' | 'fields' | 'commands';

function Described({ what, all = {} }: { readonly what: What; readonly all: ProfileDetail[What] }) {
  const { t } = useWords();
  const entries = Object.entries(
    all as Readonly<Record<string, { readonly about: string; readonly unit?: string }>>,
  );
  if (entries.length === 0) return null;
  return (
    <section>
      <h2>{t(`profiles.${what}`)}</h2>
      <KeyValues
        rows={entries.map(([key, { about, unit }]) => [
          key,
          unit === undefined ? about : `${about} (${unit})`,
        ])}
      />
    </section>
  );
}
