/** What needs me now? */
import { useMemo } from 'react';
import { Link } from 'wouter';
import { stateOf } from '../../data/device-state.ts';
import { useDevices, useInbox, useStatus } from '../../data/queries.ts';
import { count } from '../../format/numbers.ts';
import { Head } from '../../parts/head.tsx';
import { type BadgeState, StateBadge } from '../../parts/state-badge.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import classes from './overview.module.css';

const STATES: readonly BadgeState[] = ['live', 'suspect', 'dead', 'offline', 'never'];

export default function Overview() {
  const { t, language } = useWords();
  const status = useStatus();
  const devices = useDevices();
  const inbox = useInbox();
  const counts = useMemo(() => {
    const all = new Map<BadgeState, number>();
    for (const device of devices.data ?? []) all.set(stateOf(device), (all.get(stateOf(device)) ?? 0) + 1);
    return all;
  }, [devices.data]);
  if (status.data === undefined)
    return status.error === null ? (
      <Loading rows={6} />
    ) : (
      <Failure error={status.error} retry={() => void status.refetch()} />
    );
  const { ready, bus, listeners } = status.data;
  const failing = Object.entries(ready.checks).filter(([, { ok }]) => !ok);
  const suspects = counts.get('suspect') ?? 0;
  const unknown = inbox.data?.length ?? 0;
  const calm = failing.length === 0 && suspects === 0 && unknown === 0;
  return (
    <>
      <Head title={t('nav.overview')} sentence={calm ? t('overview.calm') : t('overview.attention')} />
      {!calm && (
        <ul className={classes.attention}>
          {failing.map(([name, { detail }]) => (
            <li key={name} className="bad">
              {name}: {detail} <Link href="/system">{t('overview.show')}</Link>
            </li>
          ))}
          {suspects > 0 && (
            <li className="warn">
              {t('overview.suspect', { n: suspects })}{' '}
              <Link href="/devices?q=suspect">{t('overview.show')}</Link>
            </li>
          )}
          {unknown > 0 && (
            <li>
              {t('overview.unknown', { n: unknown })} <Link href="/inbox">{t('overview.look')}</Link>
            </li>
          )}
        </ul>
      )}
      <section>
        <h2>{t('nav.devices')}</h2>
        <p className={classes.counts}>
          {STATES.map((state) => (
            <Link key={state} href={`/devices?q=${state}`} className={classes.count}>
              <StateBadge state={state} /> {count(counts.get(state) ?? 0, language)}
            </Link>
          ))}
        </p>
      </section>
      <section>
        <h2>{t('overview.service')}</h2>
        <p className={classes.counts}>
          <Link href="/system" className={classes.count}>
            {t('system.bus')}: {bus.kind}, {bus.state}, {t('overview.waiting', { n: bus.queuedMessages })}
          </Link>
          <Link href="/system" className={classes.count}>
            {t('overview.listeners', { n: listeners.length })}
          </Link>
        </p>
      </section>
    </>
  );
}
