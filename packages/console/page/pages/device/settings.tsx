/** What the device is set to, and what can be done with it. */
import { conflictOf, type DeviceDetail, type Revision } from '@fairlead/api';
import { Button, Group, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { api } from '../../data/api.ts';
import { useProfile } from '../../data/queries.ts';
import { useMay } from '../../data/session.ts';
import { Time } from '../../parts/age.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Conflicts } from '../../parts/conflict.tsx';
import { CopyLine } from '../../parts/copy-line.tsx';
import { KeyValues } from '../../parts/key-values.tsx';
import { Needs } from '../../parts/needs.tsx';
import { Failure } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import classes from './device.module.css';
import { changesOf, type Draft, draftOf } from './settings-draft.ts';

export function Settings({ device }: { readonly device: DeviceDetail }) {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const mayAdmin = useMay('admin');
  const { name } = device;
  const remove = async (revision: Revision): Promise<void> => {
    await api.devices.remove({ params: { name }, revision });
    navigate('/devices');
  };
  return (
    <>
      <KeyValues
        rows={[
          [t('devices.name'), name],
          [t('device.type'), t(`device.${device.type}`)],
          [t('device.protocol'), device.protocol],
          [t('devices.profile'), device.profile && `${device.profile}@${device.profileVersion ?? ''}`],
          [t('device.endpoint'), device.endpoint],
          [t('device.framing'), device.framing],
          [t('device.parent'), device.parent],
          [t('device.address'), device.address],
          [t('device.created'), <Time key="created" at={device.createdAt} />],
        ]}
      />
      <Edit key={name} device={device} />
      <Token device={device} />
      {mayAdmin && (
        <Group mt="md">
          <Confirm
            label={t('device.remove')}
            question={t('device.removeAsk', { name })}
            base={device}
            act={remove}
          />
        </Group>
      )}
    </>
  );
}

/** Fields that are not touched follow the device; those that are keep what was typed. */
function Edit({ device }: { readonly device: DeviceDetail }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const mayAdmin = useMay('admin');
  const [typed, setTyped] = useState<Partial<Draft>>({});
  /** The device as it was when typing began. */
  const [base, setBase] = useState<DeviceDetail>();
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const draft: Draft = { ...draftOf(device), ...typed };
  const { data: profile } = useProfile(device.profile);
  const { changes, wrong } = changesOf(device, draft, profile?.parameters ?? {});
  const type = (part: Partial<Draft>): void => {
    setBase(base ?? device);
    setTyped({ ...typed, ...part });
  };
  const set = (key: keyof Omit<Draft, 'parameters'>, value: string): void => type({ [key]: value });
  const discard = (): void => {
    setTyped({});
    setBase(undefined);
    setFailure(undefined);
  };
  const { name } = device;
  const save = async (revision: Revision): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      queries.setQueryData(
        ['device', name],
        await api.devices.change({ params: { name }, body: changes, revision }),
      );
      discard();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const unchanged = Object.keys(changes).length === 0;
  const conflict = conflictOf(failure);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void save((base ?? device).revision);
  };
  return (
    <form className={classes.send} onSubmit={submit}>
      <h2>{t('settings.change')}</h2>
      <TextInput
        label={t('devices.label')}
        value={draft.label}
        onChange={({ currentTarget }) => set('label', currentTarget.value)}
      />
      {device.parent === undefined && (
        <TextInput
          label={t('devices.profile')}
          value={draft.profile}
          onChange={({ currentTarget }) => set('profile', currentTarget.value)}
        />
      )}
      {device.identity !== undefined && (
        <TextInput
          label={t('device.identity')}
          value={draft.identity}
          onChange={({ currentTarget }) => set('identity', currentTarget.value)}
        />
      )}
      {Object.entries(profile?.parameters ?? {}).map(([key, { type: kind, about, default: usual }]) => (
        <TextInput
          key={key}
          label={`${key} (${kind})`}
          description={about}
          placeholder={usual === undefined ? '' : JSON.stringify(usual)}
          value={draft.parameters[key] ?? ''}
          error={wrong.includes(key) ? t('send.wrong') : undefined}
          onChange={({ currentTarget }) =>
            type({ parameters: { ...draft.parameters, [key]: currentTarget.value } })
          }
        />
      ))}
      <Group>
        <Button type="submit" loading={busy} disabled={unchanged || wrong.length > 0 || !mayAdmin}>
          {t('settings.save')}
        </Button>
        {!unchanged && (
          <Button variant="default" onClick={discard}>
            {t('settings.discard')}
          </Button>
        )}
        <Needs scope="admin" />
      </Group>
      {conflict !== undefined ? (
        <Conflicts
          conflict={conflict}
          base={base as Readonly<Record<string, unknown>> | undefined}
          keepMine={() => save(conflict.revision)}
          takeTheirs={discard}
        />
      ) : (
        failure !== undefined && <Failure error={failure} />
      )}
      <CopyLine text={`fairlead device edit ${name} --label "${draft.label.replaceAll('"', '\\"')}"`} />
    </form>
  );
}

/** The token is shown once, after it was made. */
function Token({ device: { name, parent, identity, endpoint } }: { readonly device: DeviceDetail }) {
  const { t } = useWords();
  const mayAdmin = useMay('admin');
  const [token, setToken] = useState<string>();
  if (parent !== undefined || identity !== undefined || endpoint !== undefined) return null;
  const rotate = async (): Promise<void> => {
    const { token: made } = await api.devices.rotateToken({ params: { name } });
    setToken(made);
  };
  return (
    <section>
      <h2>{t('token.title')}</h2>
      {token === undefined ? (
        <p className="dim">{t('token.hidden')}</p>
      ) : (
        <div role="status">
          <p>{t('token.once')}</p>
          <CopyLine text={token} />
        </div>
      )}
      {mayAdmin ? (
        <Confirm label={t('token.rotate')} question={t('token.rotateAsk', { name })} act={rotate} />
      ) : (
        <Needs scope="admin" />
      )}
    </section>
  );
}
