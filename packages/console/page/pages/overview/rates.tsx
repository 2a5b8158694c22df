/** What comes and goes, and why links ended in the last hour. */
import { Link } from 'wouter';
import { serviceNow } from '../../data/clock.ts';
import { useLinks } from '../../data/queries.ts';
import { useRates } from '../../data/rates.ts';
import { count, rate, size } from '../../format/numbers.ts';
import { Sparkline } from '../../parts/sparkline.tsx';
import { useWords } from '../../words/words.tsx';
import classes from './overview.module.css';

const HOUR = 3_600_000;
/** Milliseconds that the small charts show. */
const SHOWN = 300_000;
const CODES = 4;

export function Rates() {
  const { t, language } = useWords();
  const samples = useRates();
  const last = samples.at(-1);
  const to = last?.time ?? 0;
  const times = samples.map(({ time }) => time);
  const rows = [
    { key: 'messages', text: (n: number) => t('rate.perSecond', { value: rate(n, language) }) },
    { key: 'bytesIn', text: (n: number) => t('rate.perSecond', { value: size(n, language) }) },
    { key: 'bytesOut', text: (n: number) => t('rate.perSecond', { value: size(n, language) }) },
  ] as const;
  return (
    <section>
      <h2>{t('overview.traffic')}</h2>
      <div className={classes.counts}>
        {rows.map(({ key, text }) => (
          <div key={key} className={classes.count}>
            <span className="dim">{t(`rate.${key}`)}</span>
            <Sparkline
              series={{ times, means: samples.map(({ rates }) => rates?.[key] ?? null) }}
              from={to - SHOWN}
              to={to}
            />
            {last?.rates == null ? '–' : text(last.rates[key])}
          </div>
        ))}
        <Ends />
      </div>
    </section>
  );
}

/** The commonest reasons for which links ended. */
function Ends() {
  const { t, language } = useWords();
  const { data = [] } = useLinks();
  const since = serviceNow() - HOUR;
  const ends = new Map<string, number>();
  for (const { code, closedAt } of data)
    if (code !== undefined && closedAt !== undefined && Date.parse(closedAt) > since)
      ends.set(code, (ends.get(code) ?? 0) + 1);
  return [...ends]
    .sort(([, one], [, other]) => other - one)
    .slice(0, CODES)
    .map(([code, n]) => (
      <Link
        key={code}
        className={classes.count}
        href={`/links?q=${encodeURIComponent(`code:${code} closed:<1h`)}`}
      >
        {code} {t('rate.perHour', { value: count(n, language) })}
      </Link>
    ));
}
