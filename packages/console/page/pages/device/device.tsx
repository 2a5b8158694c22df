/** Does the device talk? If not, why? */
import { Button, Tabs } from '@mantine/core';
import { Link, useLocation, useParams } from 'wouter';
import { stateOf } from '../../data/device-state.ts';
import { useDevice, useLinks, useWhy } from '../../data/queries.ts';
import { Age } from '../../parts/age.tsx';
import { Head } from '../../parts/head.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import { Desired } from './desired.tsx';
import { Downlinks } from './downlinks.tsx';
import { DeviceLinks } from './links.tsx';
import { Live } from './live/live.tsx';
import { Messages } from './messages.tsx';
import { Settings } from './settings.tsx';

const tabs = {
  live: Live,
  messages: Messages,
  downlinks: Downlinks,
  links: DeviceLinks,
  desired: Desired,
  settings: Settings,
} as const;
type Tab = keyof typeof tabs;

export default function Device() {
  const { t } = useWords();
  const { name = '', tab = 'live' } = useParams();
  const [, navigate] = useLocation();
  const { data, error, refetch } = useDevice(name);
  if (data === undefined)
    return error === null ? <Loading rows={6} /> : <Failure error={error} retry={() => void refetch()} />;
  const shown = tab in tabs ? (tab as Tab) : 'live';
  const { profile, profileVersion } = data;
  return (
    <>
      <Head
        title={data.label === undefined ? name : `${name} “${data.label}”`}
        sentence={<Why name={name} />}
      >
        <span>
          <StateBadge state={stateOf(data)} /> <Age at={data.since} />
        </span>
        {profile !== undefined && <span className="dim">{`${profile}@${profileVersion ?? ''}`}</span>}
        <Button component={Link} href={`/devices/${encodeURIComponent(name)}/downlinks`} variant="default">
          {t('device.send')}
        </Button>
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

/** The reason in one sentence, and the way to what proves it: the last bytes of the last link. */
function Why({ name }: { readonly name: string }) {
  const { t } = useWords();
  const { data } = useWhy(name);
  const { data: links } = useLinks(name);
  const last = links?.[0];
  if (data === undefined) return null;
  return (
    <>
      {data.sentence}{' '}
      {last !== undefined && (
        <Link href={`/links/${encodeURIComponent(last.id)}`}>{t('device.lastBytes')}</Link>
      )}
    </>
  );
}
