/** Browsers that are signed in. */
import type { SessionView } from '@fairlead/api';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../data/api.ts';
import { Age } from '../../parts/age.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Name } from '../../parts/names.tsx';
import { PlainTable } from '../../parts/plain-table.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';

export function Sessions() {
  const { t } = useWords();
  const queries = useQueryClient();
  const queryKey = ['sessions'];
  const { data, error, refetch } = useQuery({ queryKey, queryFn: () => api.sessions.list() });
  if (data === undefined)
    return error === null ? <Loading /> : <Failure error={error} retry={() => void refetch()} />;
  const end = async (id: string): Promise<void> => {
    await api.sessions.end({ params: { id } });
    await queries.invalidateQueries({ queryKey });
  };
  const nameOf = ({ user }: SessionView): string => user ?? t('role.administrator');
  return (
    <PlainTable<SessionView>
      label={t('users.sessions')}
      rows={data}
      rowKey={({ id }) => id}
      columns={[
        { id: 'user', head: t('signIn.user'), cell: (row) => <Name>{nameOf(row)}</Name> },
        { id: 'remote', head: t('links.remote'), cell: ({ remote }) => remote },
        { id: 'since', head: t('device.created'), cell: ({ createdAt }) => <Age at={createdAt} /> },
        { id: 'seen', head: t('inbox.seen'), cell: ({ seenAt }) => <Age at={seenAt} /> },
        {
          id: 'end',
          head: '',
          cell: (row) =>
            row.own ? (
              t('users.thisOne')
            ) : (
              <Confirm
                label={t('users.endSession')}
                question={t('users.endSessionAsk', { name: nameOf(row), remote: row.remote })}
                act={() => end(row.id)}
              />
            ),
        },
      ]}
    />
  );
}
