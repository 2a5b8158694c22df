/** Messages to the device: the form, and what became of those that are kept. Nothing is shown as sent before the service says so. */
import type { DeviceDetail, KeptDownlinkView } from '@fairlead/api';
import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';
import { api } from '../../data/api.ts';
import { useDownlinks } from '../../data/queries.ts';
import { useMay } from '../../data/session.ts';
import { Age } from '../../parts/age.tsx';
import { Listing } from '../../parts/listing.tsx';
import type { Column } from '../../parts/live-table.tsx';
import { Name } from '../../parts/names.tsx';
import { Empty, Failure } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import classes from './device.module.css';
import { Send } from './send.tsx';
import { Steps } from './steps.tsx';

export function Downlinks({ device }: { readonly device: DeviceDetail }) {
  const { t } = useWords();
  const query = useDownlinks(device.name);
  const mayOperate = useMay('operate');
  const [failure, setFailure] = useState<unknown>();
  const columns = useMemo<Column<KeptDownlinkView>[]>(
    () => [
      {
        id: 'created',
        head: t('devices.since'),
        width: '72px',
        cell: ({ createdAt }) => <Age at={createdAt} />,
      },
      { id: 'state', head: t('devices.state'), width: '260px', cell: (row) => <Steps downlink={row} /> },
      {
        id: 'values',
        head: t('device.values'),
        width: 'minmax(160px, 2fr)',
        cell: ({ values }) => (
          <span className="mono">
            <Name>{JSON.stringify(values)}</Name>
          </span>
        ),
      },
      {
        id: 'code',
        head: t('device.reason'),
        width: 'minmax(120px, 1fr)',
        cell: ({ code, reason }) => <span title={reason}>{code ?? ''}</span>,
      },
      {
        id: 'cancel',
        head: '',
        width: '90px',
        cell: ({ id, state }) =>
          state === 'queued' && (
            <Button
              variant="default"
              size="compact-xs"
              tabIndex={-1}
              disabled={!mayOperate}
              onClick={() => api.downlinks.cancel({ params: { id } }).catch(setFailure)}
            >
              {t('common.cancel')}
            </Button>
          ),
      },
    ],
    [t, mayOperate],
  );
  return (
    <>
      <Send device={device} />
      <h2>{t('device.kept')}</h2>
      {failure !== undefined && <Failure error={failure} />}
      <div className={classes.list}>
        <Listing
          label={t('device.kept')}
          query={query}
          columns={columns}
          rowKey={({ id }) => id}
          empty={<Empty>{t('device.noKept')}</Empty>}
        />
      </div>
    </>
  );
}
