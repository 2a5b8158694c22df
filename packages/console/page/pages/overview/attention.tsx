/** What wants somebody, the worst first. Each line leads to what it is about. */
import type { ServiceStatus } from '@fairlead/api';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { api } from '../../data/api.ts';
import { serviceNow } from '../../data/clock.ts';
import { topicOf, useLiveQuery } from '../../data/live/use-live.tsx';
import { useNotices } from '../../data/notices.ts';
import { useInbox } from '../../data/queries.ts';
import { clockTime } from '../../format/time.ts';
import { Name } from '../../parts/names.tsx';
import { useWords } from '../../words/words.tsx';
import classes from './overview.module.css';

interface Need {
  readonly id: string;
  readonly level: 'bad' | 'warn' | 'plain';
  readonly text: string;
  readonly href: string;
}

const SUSPECT = { filter: 'state:suspect', limit: '200' };
const FAILED = { filter: 'result:failure ended:<24h', limit: '20' };
const HOUR = 3_600_000;

export function useAttention(status: ServiceStatus | undefined): readonly Need[] {
  const { t, language } = useWords();
  const inbox = useInbox();
  const suspects = useLiveQuery<'devices'>(topicOf('devices', undefined, SUSPECT), ['devices', SUSPECT], () =>
    api.devices.list({ query: SUSPECT }),
  );
  const failed = useLiveQuery<'runs'>(topicOf('runs', undefined, FAILED), ['runs', FAILED], () =>
    api.runs.list({ query: FAILED }),
  );
  const notices = useNotices();
  const guess = useGuess(inbox.data?.[0]);
  const needs: Need[] = [];
  const add = (level: Need['level'], id: string, text: string, href: string): void =>
    void needs.push({ id, level, text, href });
  for (const [name, { ok, detail }] of Object.entries(status?.ready.checks ?? {}))
    if (!ok) add('bad', `check ${name}`, `${name}: ${detail}`, '/system');
  const errors = notices.filter(
    ({ level, time }) => level === 'error' && serviceNow() - Date.parse(time) < HOUR,
  ).length;
  if (errors > 0) add('bad', 'errors', t('overview.errors', { n: errors }), '/notices');
  if (status !== undefined && status.counts.suspect > 0) {
    const since = suspects.data?.map((device) => device.since ?? '').sort()[0] ?? '';
    const time = since === '' ? '–' : clockTime(Date.parse(since), serviceNow(), language);
    add(
      'warn',
      'suspect',
      t('overview.suspect', { n: status.counts.suspect, since: time }),
      '/devices?q=state:suspect',
    );
  }
  if (status !== undefined && status.counts.flapping > 0)
    add('warn', 'flapping', t('overview.flapping', { n: status.counts.flapping }), '/links');
  const runs = failed.data?.length ?? 0;
  if (runs > 0) {
    const [last] = failed.data ?? [];
    add(
      'warn',
      'runs',
      t('overview.failed', { n: runs, name: last?.name ?? '–', code: last?.code ?? '–' }),
      '/system',
    );
  }
  const unknown = inbox.data?.length ?? 0;
  if (unknown > 0)
    add(
      'plain',
      'inbox',
      guess === undefined
        ? t('overview.unknown', { n: unknown })
        : t('overview.unknownLike', { n: unknown, profile: guess.profile, score: guess.score.toFixed(2) }),
      '/inbox',
    );
  return needs;
}

/** What the newest unknown device may be. */
function useGuess(entry: { readonly id: string; readonly profile: string } | undefined) {
  const { data } = useQuery({
    queryKey: ['inbox', entry?.id, 'guess'],
    queryFn: () => api.inbox.get({ params: { id: entry?.id ?? '' } }),
    enabled: entry !== undefined && entry.profile === '',
    retry: false,
  });
  if (entry === undefined) return undefined;
  return entry.profile === '' ? data?.guess?.[0] : { profile: entry.profile, score: 1 };
}

export function Attention({ needs }: { readonly needs: readonly Need[] }) {
  const { t } = useWords();
  if (needs.length === 0) return null;
  return (
    <ul className={classes.attention}>
      {needs.map(({ id, level, text, href }) => (
        <li key={id} className={level === 'plain' ? undefined : level}>
          <Name>{text}</Name> <Link href={href}>{t('overview.show')}</Link>
        </li>
      ))}
    </ul>
  );
}
