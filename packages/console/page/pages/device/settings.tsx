/** What the device is set to, and what can be done with it. */
import type { DeviceDetail, Revision } from '@fairlead/api';
import { Group } from '@mantine/core';
import { useLocation } from 'wouter';
import { api } from '../../data/api.ts';
import { Time } from '../../parts/age.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { CopyLine } from '../../parts/copy-line.tsx';
import { KeyValues } from '../../parts/key-values.tsx';
import { useWords } from '../../words/words.tsx';

export function Settings({ device }: { readonly device: DeviceDetail }) {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const { name, profile, profileVersion } = device;
  const remove = async (revision: Revision): Promise<void> => {
    await api.devices.remove({ params: { name }, revision });
    navigate('/devices');
  };
  return (
    <>
      <KeyValues
        rows={[
          [t('devices.name'), name],
          [t('devices.label'), device.label],
          [t('device.type'), t(`device.${device.type}`)],
          [t('device.protocol'), device.protocol],
          [t('devices.profile'), profile && `${profile}@${profileVersion ?? ''}`],
          [t('device.identity'), device.identity],
          [t('device.endpoint'), device.endpoint],
          [t('device.framing'), device.framing],
          [t('device.parent'), device.parent],
          [t('device.address'), device.address],
          [t('device.parameters'), device.parameters && JSON.stringify(device.parameters)],
          [t('device.created'), <Time key="created" at={device.createdAt} />],
        ]}
      />
      <p className="dim">{t('device.edit')}</p>
      <CopyLine text={`fairlead device edit ${name} --label "…"`} />
      <Group mt="md">
        <Confirm
          label={t('device.remove')}
          question={t('device.removeAsk', { name })}
          base={device}
          act={remove}
        />
      </Group>
    </>
  );
}
