/** News for eight seconds; they stay while the pointer is over them, and afterwards among the notices. */
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { type Notice, useGatherNotices } from '../data/notices.ts';
import { Name } from '../parts/names.tsx';
import { useWords } from '../words/words.tsx';
import classes from './toasts.module.css';

const SHOWN = 8_000;
/** At a time; more are only among the notices. */
const MOST = 3;

export function Toasts() {
  const { t } = useWords();
  const [shown, setShown] = useState<readonly Notice[]>([]);
  const [held, setHeld] = useState(false);
  useGatherNotices((fresh) => setShown((before) => [...before, ...fresh].slice(-MOST)));
  useEffect(() => {
    if (held || shown.length === 0) return;
    const timer = setTimeout(() => setShown([]), SHOWN);
    return () => clearTimeout(timer);
  }, [shown, held]);
  return (
    <div
      role="status"
      className={classes.toasts}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
    >
      {shown.map(({ time, level, message, code }) => (
        <p key={`${time}${message}`} className={classes.toast}>
          <strong className={level === 'error' ? 'bad' : 'warn'}>{code ?? t(`notice.${level}`)}</strong>{' '}
          <Name>{message}</Name> <Link href="/notices">{t('nav.notices')}</Link>
        </p>
      ))}
    </div>
  );
}
