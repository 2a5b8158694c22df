/** Does the device talk? If not, why? */
import { Tabs } from '@mantine/core';
import { useLocation, useParams } from 'wouter';
import { stateOf } from '../../data/device-state.ts';
import { useDevice, useWhy } from '../../data/queries.ts';
import { Head } from '../../parts/head.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import { DeviceLinks } from './links.tsx';
import { Messages } from './messages.tsx';
import { Send } from './send.tsx';
import { Settings } from './settings.tsx';
import { Values } from './values.tsx';

const tabs = {
  live: Values,
  messages: Messages,
  downlinks: Send,
  links: DeviceLinks,
  settings: Settings,
} as const;
type Tab = keyof typeof tabs;

export default function Device() {
  const { t } = useWords();
  const { name = '', tab = 'live' } = useParams();
  const [, navigate] = useLocation();
  const { data, error, refetch } = useDevice(name);
  const why = useWhy(name);
  if (data === undefined)
    return error === null ? <Loading rows={6} /> : <Failure error={error} retry={() => void refetch()} />;
  const shown = tab in tabs ? (tab as Tab) : 'live';
  return (
    <>
      <Head title={data.label === undefined ? name : `${name} “${data.label}”`} sentence={why.data?.sentence}>
        <StateBadge state={stateOf(data)} />
      </Head>
      <Tabs
        value={shown}
        onChange={(next) => navigate(`/devices/${encodeURIComponent(name)}/${next}`, { replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          {Object.keys(tabs).map((each) => (
            <Tabs.Tab key={each} value={each}>
              {t(`device.tab.${each as Tab}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {Object.entries(tabs).map(([each, Panel]) => (
          <Tabs.Panel key={each} value={each}>
            <Panel device={data} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  );
}
