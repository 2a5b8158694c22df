/** What did the service complain of? */

import { Link } from 'wouter';
import { useNotices } from '../../data/notices.ts';
import { Time } from '../../parts/age.tsx';
import { Head } from '../../parts/head.tsx';
import { Name } from '../../parts/names.tsx';
import { Empty } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import classes from './notices.module.css';

export default function Notices() {
  const { t } = useWords();
  const all = useNotices();
  return (
    <>
      <Head title={t('nav.notices')} sentence={t('notice.sentence', { n: all.length })} />
      {all.length === 0 ? (
        <Empty>{t('notice.none')}</Empty>
      ) : (
        <ul className={classes.list}>
          {all.toReversed().map(({ time, level, message, code, device }) => (
            <li key={`${time}${message}`}>
              <Time at={time} />{' '}
              <strong className={level === 'error' ? 'bad' : 'warn'}>{code ?? t(`notice.${level}`)}</strong>{' '}
              <Name>{message}</Name>{' '}
              {device !== undefined && (
                <Link href={`/devices/${encodeURIComponent(device)}`}>
                  <Name>{device}</Name>
                </Link>
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
