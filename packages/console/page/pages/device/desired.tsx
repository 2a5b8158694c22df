/** What the device is to report, beside what it reports. */
import type { DesiredView, DeviceDetail } from '@fairlead/api';
import { Button, Group, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../data/api.ts';
import { useDesired } from '../../data/queries.ts';
import { useMay } from '../../data/session.ts';
import { Age } from '../../parts/age.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { CopyLine } from '../../parts/copy-line.tsx';
import { Name } from '../../parts/names.tsx';
import { Needs } from '../../parts/needs.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import classes from './device.module.css';
import { parsedObject } from './json-object.ts';

export function Desired({ device: { name } }: { readonly device: DeviceDetail }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const { data, error, refetch } = useDesired(name);
  if (data === undefined)
    return error === null ? <Loading rows={4} /> : <Failure error={error} retry={() => void refetch()} />;
  const took = (view: DesiredView): void => void queries.setQueryData(['device', name, 'desired'], view);
  const keys = Object.keys(data.desired);
  return (
    <>
      <p role="status">
        {t(`desired.${data.state}`)} {data.since !== undefined && <Age at={data.since} />}
      </p>
      {keys.length > 0 && (
        <table className={classes.values}>
          <thead>
            <tr>
              <th scope="col">{t('device.key')}</th>
              <th scope="col">{t('desired.wanted')}</th>
              <th scope="col">{t('desired.actual')}</th>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <tr key={key} className={key in data.differs ? 'warn' : undefined}>
                <th scope="row">
                  <Name>{key}</Name>
                </th>
                <td className="mono">
                  <Name>{JSON.stringify(data.desired[key])}</Name>
                </td>
                <td className="mono">
                  {key in data.reported ? (
                    <Name>{JSON.stringify(data.reported[key])}</Name>
                  ) : (
                    t('desired.never')
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Change name={name} version={data.version} took={took} />
      {keys.length > 0 && (
        <Group mt="md">
          <Confirm
            label={t('desired.clear')}
            question={t('desired.clearAsk', { name })}
            act={async () => {
              await api.desired.clear({ params: { name }, query: { version: data.version } });
              await refetch();
            }}
          />
        </Group>
      )}
    </>
  );
}

interface ChangeProps {
  readonly name: string;
  readonly version: number;
  took(view: DesiredView): void;
}

/** A change that another operator made meanwhile is not overwritten: the version is of what the page shows. */
function Change({ name, version, took }: ChangeProps) {
  const { t } = useWords();
  const mayOperate = useMay('operate');
  const [text, setText] = useState('{}');
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const change = parsedObject(text);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (change === undefined) return;
    setBusy(true);
    setFailure(undefined);
    try {
      took(await api.desired.merge({ params: { name }, query: { version }, body: change }));
      setText('{}');
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={classes.send} onSubmit={save}>
      <Textarea
        label={t('desired.change')}
        description={t('desired.changeHint')}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        error={change === undefined ? t('device.notJson') : undefined}
        autosize
        minRows={2}
        styles={{ input: { fontFamily: 'var(--mono)' } }}
      />
      <Group>
        <Button type="submit" loading={busy} disabled={change === undefined || !mayOperate}>
          {t('desired.save')}
        </Button>
        <Needs scope="operate" />
      </Group>
      {failure !== undefined && <Failure error={failure} />}
      <CopyLine text={`fairlead device desire ${name} '${text.replaceAll("'", "'\\''")}'`} />
    </form>
  );
}
