/** What needs me now? */
import type { ServiceStatus } from '@fairlead/api';
import { Link } from 'wouter';
import { useStatus } from '../../data/queries.ts';
import { count, size } from '../../format/numbers.ts';
import { Head } from '../../parts/head.tsx';
import { type BadgeState, StateBadge } from '../../parts/state-badge.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import { Attention, useAttention } from './attention.tsx';
import { FirstSteps } from './first-steps.tsx';
import classes from './overview.module.css';
import { Rates } from './rates.tsx';

/** Each count leads to the list that it counts. */
const FILTERS = {
  live: 'status:online -state:suspect',
  suspect: 'state:suspect',
  dead: 'state:dead',
  offline: 'status:offline -state:dead since:>0s',
  never: 'status:offline -since:>0s',
} satisfies Partial<Record<BadgeState, string>>;

export default function Overview() {
  const { t, language } = useWords();
  const status = useStatus();
  const needs = useAttention(status.data);
  if (status.data === undefined)
    return status.error === null ? (
      <Loading rows={6} />
    ) : (
      <Failure error={status.error} retry={() => void status.refetch()} />
    );
  const { counts } = status.data;
  const states = statesOf(counts);
  return (
    <>
      <Head
        title={t('nav.overview')}
        sentence={needs.length === 0 ? t('overview.calm') : t('overview.attention', { n: needs.length })}
      />
      <Attention needs={needs} />
      {counts.devices === 0 && <FirstSteps listeners={status.data.listeners} />}
      <section>
        <h2>{t('nav.devices')}</h2>
        <p className={classes.counts}>
          {(Object.keys(FILTERS) as (keyof typeof FILTERS)[]).map((state) => (
            <Link
              key={state}
              href={`/devices?q=${encodeURIComponent(FILTERS[state])}`}
              className={classes.count}
            >
              <StateBadge state={state} /> {count(states[state], language)}
            </Link>
          ))}
        </p>
      </section>
      <Rates />
      <Health status={status.data} />
    </>
  );
}

function statesOf({ devices, online, suspect, dead, never }: ServiceStatus['counts']) {
  // Dead and never are a little older than the others.
  const offline = Math.max(0, devices - online - dead - never);
  return { live: Math.max(0, online - suspect), suspect, dead, offline, never };
}

function Health({ status }: { readonly status: ServiceStatus }) {
  const { t, language } = useWords();
  const { bus, ready, listeners, process } = status;
  const { diskFree, diskSize } = process;
  const parts = [
    `${t('system.bus')}: ${bus.kind}, ${bus.state}, ${t('overview.waiting', { n: bus.queuedMessages })}`,
    ready.checks.journal && `${t('overview.journal')}: ${ready.checks.journal.detail}`,
    t('overview.listeners', { n: listeners.length }),
    t('overview.loop', { ms: process.loopDelay }),
    t('overview.memory', { size: size(process.memory, language) }),
    diskFree !== undefined &&
      diskSize !== undefined &&
      t('overview.disk', {
        free: size(diskFree, language),
        used: Math.round((1 - diskFree / diskSize) * 100),
      }),
  ];
  return (
    <section>
      <h2>{t('overview.service')}</h2>
      <p className={classes.counts}>
        {parts.map(
          (part) =>
            part && (
              <Link key={part.replace(/[\d.,]+/g, '')} href="/system" className={classes.count}>
                {part}
              </Link>
            ),
        )}
      </p>
    </section>
  );
}
