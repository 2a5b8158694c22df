/** The frame of every page: navigation, the head with the service's state, and the page. */
import { Button, useMantineColorScheme } from '@mantine/core';
import { type ReactNode, useRef, useState } from 'react';
import { Link, useRoute } from 'wouter';
import { skew } from '../data/clock.ts';
import { useLiveStatus } from '../data/live/use-live.tsx';
import { signOut, useSession } from '../data/session.ts';
import { Time } from '../parts/age.tsx';
import { type Language, languages, useWords } from '../words/words.tsx';
import { Bars } from './bars.tsx';
import { Keyboard } from './keyboard.tsx';
import { pages } from './pages.ts';
import classes from './shell.module.css';
import { Toasts } from './toasts.tsx';

export function Shell({ children }: { readonly children: ReactNode }) {
  const { t } = useWords();
  const main = useRef<HTMLElement>(null);
  const { state } = useLiveStatus();
  const [palette, setPalette] = useState(false);
  return (
    <div className={classes.shell}>
      <button type="button" className={classes.skip} onClick={() => main.current?.focus()}>
        {t('app.skip')}
      </button>
      <header className={classes.head}>
        <Link href="/" className={classes.brand}>
          Fairlead
        </Link>
        <div className={classes.space} />
        <Button variant="default" aria-keyshortcuts="Control+K" onClick={() => setPalette(true)}>
          {t('app.search')} <kbd className={classes.key}>Ctrl K</kbd>
        </Button>
        <Service />
        <Preferences />
        <SignOut />
      </header>
      <Keyboard palette={palette} setPalette={setPalette} />
      <nav className={classes.nav} aria-label={t('nav.label')}>
        {pages.map(({ id, path, nav }) => nav && <NavLink key={id} path={path} nav={nav} />)}
      </nav>
      <main
        ref={main}
        id="content"
        tabIndex={-1}
        className={classes.main}
        data-stale={state === 'lost' || state === 'signedOut' || undefined}
      >
        <Bars />
        {children}
      </main>
      <Toasts />
    </div>
  );
}

function NavLink({ path, nav }: Required<Pick<(typeof pages)[number], 'path' | 'nav'>>) {
  const { t } = useWords();
  const [here] = useRoute(path === '/' ? '/' : `${path}/*?`);
  return (
    <Link href={nav.href} aria-current={here ? 'page' : undefined} className={classes.link}>
      {t(nav.word)}
    </Link>
  );
}

/** Version, and whether the page hears the service. */
function Service() {
  const { t } = useWords();
  const { state, version, heardAt, serviceTime } = useLiveStatus();
  if (heardAt === undefined || serviceTime === undefined) return null;
  const at = new Date(serviceTime).toISOString();
  const off = skew();
  return (
    <span className={`${classes.service} ${state === 'live' ? 'dim' : 'warn'}`}>
      {version} · {state === 'live' ? t('app.live') : t('app.lost')} <Time at={at} />
      {off !== undefined && <span className="warn"> · {t(off.ahead ? 'app.ahead' : 'app.behind', off)}</span>}
    </span>
  );
}

function SignOut() {
  const { t } = useWords();
  const { data } = useSession();
  return (
    <Button variant="default" title={data?.name} onClick={signOut}>
      {t('signIn.out')}
    </Button>
  );
}

function Preferences() {
  const { t, language, setLanguage } = useWords();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <label className={classes.choice}>
        <span className="visually-hidden">{t('app.theme')}</span>
        <select
          value={colorScheme}
          onChange={({ target }) => setColorScheme(target.value as 'auto' | 'light' | 'dark')}
        >
          {(['auto', 'light', 'dark'] as const).map((scheme) => (
            <option key={scheme} value={scheme}>
              {t(`app.theme.${scheme}`)}
            </option>
          ))}
        </select>
      </label>
      <label className={classes.choice}>
        <span className="visually-hidden">{t('app.language')}</span>
        <select value={language} onChange={({ target }) => setLanguage(target.value as Language)}>
          {Object.entries(languages).map(([code, { name }]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}
