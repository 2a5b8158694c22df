/** The form that sends: a command of the profile field by field, or JSON. */
import type { DeviceDetail, Receipt } from '@fairlead/api';
import { Button, Group, NativeSelect, SegmentedControl, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../data/api.ts';
import { useProfile } from '../../data/queries.ts';
import { useMay } from '../../data/session.ts';
import { CopyLine } from '../../parts/copy-line.tsx';
import { Needs } from '../../parts/needs.tsx';
import { Failure } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import { CommandForm } from './command-form.tsx';
import classes from './device.module.css';
import { parsedObject } from './json-object.ts';

type Kind = 'attributes' | 'command';
const WAIT = 5_000;
/** How long it is kept, besides "not". */
const KEEPS = ['10m', '1h', '1d', '7d'] as const;

export function Send({ device: { name, profile, status } }: { readonly device: DeviceDetail }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const mayOperate = useMay('operate');
  const { data: described } = useProfile(profile);
  const commands = described?.commands ?? {};
  const hasCommands = Object.keys(commands).length > 0;
  const [wish, setWish] = useState<'form' | 'json'>('form');
  const mode = hasCommands ? wish : 'json';
  const [kind, setKind] = useState<Kind>('attributes');
  const [text, setText] = useState('{}');
  const [command, setCommand] = useState<object>();
  const [keep, setKeep] = useState('');
  const [outcome, setOutcome] = useState<Receipt>();
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const values = mode === 'form' ? command : parsedObject(text);
  const sentKind: Kind = mode === 'form' ? 'command' : kind;
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (values === undefined) return;
    setBusy(true);
    setOutcome(undefined);
    setFailure(undefined);
    try {
      const body = keep === '' ? { kind: sentKind, values, wait: '5s' } : { kind: sentKind, values, keep };
      setOutcome(await api.downlinks.send({ params: { name }, body, extraTime: WAIT }));
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
      void queries.invalidateQueries({ queryKey: ['device', name, 'downlinks'] });
    }
  };
  const flags = `${sentKind === 'command' ? ' --command' : ''}${keep === '' ? ' --wait 5s' : ` --keep ${keep}`}`;
  const shown = JSON.stringify(values ?? {}).replaceAll("'", "'\\''");
  return (
    <form className={classes.send} onSubmit={send}>
      {hasCommands && (
        <SegmentedControl
          size="xs"
          aria-label={t('send.mode')}
          style={{ alignSelf: 'start' }}
          value={mode}
          onChange={(next) => setWish(next as 'form' | 'json')}
          data={[
            { value: 'form', label: t('send.form') },
            { value: 'json', label: 'JSON' },
          ]}
        />
      )}
      {mode === 'form' ? (
        <CommandForm commands={commands} onChange={setCommand} />
      ) : (
        <>
          <NativeSelect
            size="xs"
            w={200}
            label={t('device.kind')}
            data={(['attributes', 'command'] as const).map((value) => ({
              value,
              label: t(`device.${value}`),
            }))}
            value={kind}
            onChange={({ currentTarget }) => setKind(currentTarget.value as Kind)}
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
        </>
      )}
      <Group align="end">
        <TextInput
          size="xs"
          w={200}
          label={t('send.keep')}
          placeholder={t('send.notKept')}
          list="keeps"
          value={keep}
          onChange={({ currentTarget }) => setKeep(currentTarget.value.trim())}
        />
        <datalist id="keeps">
          {KEEPS.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
        <Button type="submit" loading={busy} disabled={values === undefined || !mayOperate}>
          {t('device.send')}
        </Button>
        <Needs scope="operate" />
        <span role="status">{outcome !== undefined && t(`downlink.${outcome.status}`)}</span>
      </Group>
      {status === 'offline' && keep === '' && <p className="warn">{t('send.offline')}</p>}
      {failure !== undefined && <Failure error={failure} />}
      <CopyLine text={`fairlead device send ${name} '${shown}'${flags}`} />
    </form>
  );
}
