/** What the device says now, and what it said before. */
import type { DeviceDetail } from '@fairlead/api';
import { useState } from 'react';
import { useHistory } from '../../../data/history.ts';
import { useProfile } from '../../../data/queries.ts';
import { Empty } from '../../../parts/states.tsx';
import { useWords } from '../../../words/words.tsx';
import { History } from './history.tsx';
import { SubDevices } from './sub-devices.tsx';
import { Timeline } from './timeline.tsx';
import { Values } from './values.tsx';

export function Live({ device }: { readonly device: DeviceDetail }) {
  const { t } = useWords();
  const [chosen, setChosen] = useState<string>();
  const recent = useHistory(device.name, '1h');
  const { data: profile } = useProfile(device.profile);
  const keys = Object.keys(device.values);
  const field = chosen ?? keys.find((key) => typeof device.values[key]?.value === 'number');
  return (
    <>
      {keys.length === 0 ? (
        <Empty command={`fairlead tap ${device.name}`}>{t('device.noValues')}</Empty>
      ) : (
        <>
          <Values
            device={device}
            units={profile?.fields ?? {}}
            recent={recent.data}
            chosen={field}
            onChoose={setChosen}
          />
          {field !== undefined && (
            <History device={device} field={field} unit={profile?.fields?.[field]?.unit} />
          )}
        </>
      )}
      <Timeline device={device} />
      {device.type === 'gateway' && <SubDevices of={device.name} />}
    </>
  );
}
