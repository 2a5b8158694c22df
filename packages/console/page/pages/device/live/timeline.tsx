/** The links of the device over the last day, and why each ended. */
import type { DeviceDetail, LinkView } from '@fairlead/api';
import { Link } from 'wouter';
import { useLinks } from '../../../data/queries.ts';
import { clockTime } from '../../../format/time.ts';
import { useServiceNow } from '../../../parts/age.tsx';
import { useWords } from '../../../words/words.tsx';
import classes from '../device.module.css';

const DAY = 86_400_000;
/** Links that are drawn: the newest. */
const DRAWN = 60;
const WIDTH = 1_000;

export function Timeline({ device: { name } }: { readonly device: DeviceDetail }) {
  const { t, language } = useWords();
  const { data = [] } = useLinks(name);
  const now = useServiceNow();
  const from = Math.min(
    now - 60_000,
    Math.max(now - DAY, ...data.map(({ openedAt }) => Date.parse(openedAt)).slice(-1)),
  );
  const shown = data
    .filter(({ closedAt }) => closedAt === undefined || Date.parse(closedAt) > from)
    .slice(0, DRAWN);
  if (shown.length === 0) return null;
  const place = (at: number) => ((Math.max(from, at) - from) / (now - from)) * WIDTH;
  return (
    <section>
      <h2>{t('nav.links')}</h2>
      <svg
        className={classes.timeline}
        viewBox={`0 0 ${WIDTH} 16`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <path d={`M0 8H${WIDTH}`} stroke="var(--hair)" strokeDasharray="4 4" />
        {shown.map(({ id, openedAt, closedAt }) => {
          const left = place(Date.parse(openedAt));
          const right = closedAt === undefined ? WIDTH : place(Date.parse(closedAt));
          return (
            <g key={id}>
              <rect
                x={left}
                y="4"
                width={Math.max(2, right - left)}
                height="8"
                fill={closedAt === undefined ? 'var(--ok)' : 'var(--edge)'}
              />
              {closedAt !== undefined && <rect x={right - 1} y="1" width="3" height="14" fill="var(--bad)" />}
            </g>
          );
        })}
      </svg>
      <ol className={classes.links}>
        {shown.slice(0, 5).map((link) => (
          <li key={link.id}>
            <Link href={`/links/${encodeURIComponent(link.id)}`}>{link.id}</Link> {said(link)}
          </li>
        ))}
      </ol>
    </section>
  );

  function said({ openedAt, closedAt, code }: LinkView): string {
    const time = (at: string) => clockTime(Date.parse(at), now, language);
    return closedAt === undefined
      ? t('timeline.open', { from: time(openedAt) })
      : t('timeline.closed', { from: time(openedAt), to: time(closedAt), code: code ?? '–' });
  }
}
