/** Messages to the device: the form, and what became of those that are kept. Nothing is shown as sent before the service says so. */
import type { DeviceDetail, KeptDownlinkView, Receipt } from '@fairlead/api';
import { Button, Checkbox, Group, Select, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useMemo, useState } from 'react';
import { api } from '../../data/api.ts';
import { useDownlinks } from '../../data/queries.ts';
import { Age } from '../../parts/age.tsx';
import { CopyLine } from '../../parts/copy-line.tsx';
import { Listing } from '../../parts/listing.tsx';
import type { Column } from '../../parts/live-table.tsx';
import { Name } from '../../parts/names.tsx';
import { Empty, Failure } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import classes from './device.module.css';

type Kind = 'attributes' | 'command';

export function Send({ device: { name } }: { readonly device: DeviceDetail }) {
  const { t } = useWords();
  const query = useDownlinks(name);
  const columns = useMemo<Column<KeptDownlinkView>[]>(
    () => [
      {
        id: 'created',
        head: t('devices.since'),
        width: '72px',
        cell: ({ createdAt }) => <Age at={createdAt} />,
      },
      { id: 'state', head: t('devices.state'), width: '120px', cell: ({ state }) => t(`downlink.${state}`) },
      { id: 'code', head: t('device.reason'), width: 'minmax(120px, 1fr)', cell: ({ code }) => code ?? '' },
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
    ],
    [t],
  );
  return (
    <>
      <Form name={name} />
      <h2>{t('device.kept')}</h2>
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

function Form({ name }: { readonly name: string }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const [kind, setKind] = useState<Kind>('attributes');
  const [text, setText] = useState('{}');
  const [keep, setKeep] = useState(false);
  const [outcome, setOutcome] = useState<Receipt>();
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const values = parsed(text);
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (values === undefined) return;
    setBusy(true);
    setOutcome(undefined);
    setFailure(undefined);
    try {
      const body = keep ? { kind, values, keep } : { kind, values, wait: '5s' };
      setOutcome(await api.downlinks.send({ params: { name }, body, extraTime: 5_000 }));
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
      void queries.invalidateQueries({ queryKey: ['device', name, 'downlinks'] });
    }
  };
  const flags = `${kind === 'command' ? ' --command' : ''}${keep ? ' --keep' : ' --wait 5s'}`;
  return (
    <form className={classes.send} onSubmit={send}>
      <Select
        label={t('device.kind')}
        data={(['attributes', 'command'] as const).map((value) => ({ value, label: t(`device.${value}`) }))}
        value={kind}
        onChange={(next) => setKind((next ?? 'attributes') as Kind)}
        allowDeselect={false}
        w={200}
      />
      <Textarea
        label={t('device.json')}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        error={values === undefined ? t('device.notJson') : undefined}
        autosize
        minRows={3}
        styles={{ input: { fontFamily: 'var(--mono)' } }}
      />
      <Checkbox
        label={t('device.keep')}
        checked={keep}
        onChange={({ currentTarget }) => setKeep(currentTarget.checked)}
      />
      <Group>
        <Button type="submit" loading={busy} disabled={values === undefined}>
          {t('device.send')}
        </Button>
        <span role="status">{outcome !== undefined && t(`downlink.${outcome.status}`)}</span>
      </Group>
      {failure !== undefined && <Failure error={failure} />}
      <CopyLine text={`fairlead device send ${name} '${text.replaceAll("'", "'\\''")}'${flags}`} />
    </form>
  );
}

/** The object that the text is; undefined: it is not one. */
function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
