/** What all pages of the system have: their head, and the way to the others. */
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useMay } from '../../data/session.ts';
import { Head } from '../../parts/head.tsx';
import type { WordKey } from '../../words/en.ts';
import { useWords } from '../../words/words.tsx';
import classes from './frame.module.css';

const parts = [
  ['/system', 'system.service'],
  ['/system/bus', 'system.bus'],
  ['/system/journal', 'system.journal'],
  ['/system/listeners', 'system.listeners'],
  ['/system/users', 'users.title'],
  ['/system/tokens', 'tokens.title'],
  ['/system/audit', 'audit.title'],
  ['/system/settings', 'settings.title'],
  ['/system/about', 'system.about'],
] as const satisfies readonly (readonly [string, WordKey])[];

interface Props {
  readonly title: string;
  readonly sentence?: ReactNode;
  /** What can be done, in the head. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Frame({ title, sentence, actions, children }: Props) {
  const { t } = useWords();
  const [here] = useLocation();
  return (
    <>
      <Head title={title} sentence={sentence}>
        {actions}
      </Head>
      <nav className={classes.parts} aria-label={t('nav.system')}>
        {parts.map(([href, word]) => (
          <Link
            key={href}
            href={href}
            aria-current={here === href ? 'page' : undefined}
            className={classes.part}
          >
            {t(word)}
          </Link>
        ))}
      </nav>
      {children}
    </>
  );
}

/** What administrators alone may see. Others are told so, and nothing is asked for them. */
export function ForAdministrators({ children }: { readonly children: ReactNode }) {
  const { t } = useWords();
  if (useMay('admin')) return children;
  return <p className="dim">{t('system.adminOnly')}</p>;
}
