/** The last messages of a device, newest first. */
import type { DeviceDetail, MessageView } from '@fairlead/api';
import { useMemo } from 'react';
import { useMessages } from '../../data/queries.ts';
import { Time } from '../../parts/age.tsx';
import { Listing } from '../../parts/listing.tsx';
import type { Column } from '../../parts/live-table.tsx';
import { Name } from '../../parts/names.tsx';
import { Empty } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import classes from './device.module.css';

export function Messages({ device: { name } }: { readonly device: DeviceDetail }) {
  const { t } = useWords();
  const query = useMessages(name);
  const columns = useMemo<Column<MessageView>[]>(
    () => [
      { id: 'time', head: t('common.time'), width: '110px', cell: ({ time }) => <Time at={time} /> },
      { id: 'kind', head: t('device.kind'), width: '90px', cell: ({ kind }) => kind },
      {
        id: 'values',
        head: t('device.values'),
        width: 'minmax(200px, 1fr)',
        cell: ({ values }) => (
          <span className="mono">
            <Name>{JSON.stringify(values)}</Name>
          </span>
        ),
      },
    ],
    [t],
  );
  return (
    <div className={classes.list}>
      <Listing
        label={t('device.tab.messages')}
        query={query}
        columns={columns}
        rowKey={({ id }) => String(id)}
        empty={<Empty command={`fairlead device log ${name}`}>{t('device.noMessages')}</Empty>}
      />
    </div>
  );
}
