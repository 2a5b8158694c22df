/** Finds a page, a device or a command by a few letters. */
import type { DeviceView } from '@fairlead/api';
import { Modal, TextInput, useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useDeferredValue, useId, useState } from 'react';
import { useLocation } from 'wouter';
import { api } from '../data/api.ts';
import { signOut } from '../data/session.ts';
import { copyText } from '../parts/copy-line.tsx';
import { type Language, languages, useWords } from '../words/words.tsx';
import { pages } from './pages.ts';
import classes from './palette.module.css';
import { type Entry, found } from './palette-search.ts';

/** Devices that the service is asked for at once. */
const DEVICES = 20;

export default function Palette({ close }: { readonly close: () => void }) {
  const { t } = useWords();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useId();
  const entries = found([...useCommands(), ...useDevicesNamed(text)], text);
  const chosen = Math.min(at, Math.max(0, entries.length - 1));
  const run = (entry: Entry | undefined): void => {
    if (entry === undefined) return;
    close();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // The Enter that ends the composition of a character chooses nothing.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') setAt(Math.min(entries.length - 1, chosen + 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(0, chosen - 1));
    else if (event.key === 'Enter') run(entries[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal
      opened
      onClose={close}
      title={t('app.search')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      size="lg"
    >
      <TextInput
        data-autofocus
        aria-label={t('app.search')}
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={entries.length === 0 ? undefined : `${list}-${chosen}`}
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={list} role="listbox" aria-label={t('app.search')} className={classes.list}>
        {entries.map((entry, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field
          <div
            key={entry.id}
            id={`${list}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === chosen}
            className={classes.entry}
            onClick={() => run(entry)}
          >
            <bdi>{entry.text}</bdi> <span className="dim">{entry.about}</span>
          </div>
        ))}
      </div>
      {entries.length === 0 && <p role="status">{t('palette.nothing')}</p>}
    </Modal>
  );
}

function useCommands(): Entry[] {
  const { t, setLanguage } = useWords();
  const [, navigate] = useLocation();
  const { setColorScheme } = useMantineColorScheme();
  const about = t('palette.command');
  return [
    ...pages.flatMap(({ id, nav }) =>
      nav === undefined
        ? []
        : [{ id, text: t(nav.word), about: `g ${nav.key}`, run: () => navigate(nav.href) }],
    ),
    ...(
      [
        ['bus', 'system.bus'],
        ['journal', 'system.journal'],
        ['listeners', 'system.listeners'],
        ['users', 'users.title'],
        ['tokens', 'tokens.title'],
        ['audit', 'audit.title'],
        ['settings', 'settings.title'],
        ['about', 'system.about'],
      ] as const
    ).map(([part, word]) => ({
      id: `system-${part}`,
      text: t(word),
      about: t('nav.system'),
      run: () => navigate(`/system/${part}`),
    })),
    { id: 'copy', text: t('palette.copyLink'), about, run: () => void copyText(location.href) },
    ...(['light', 'dark', 'auto'] as const).map((scheme) => ({
      id: `theme-${scheme}`,
      text: `${t('app.theme')}: ${t(`app.theme.${scheme}`)}`,
      about,
      run: () => setColorScheme(scheme),
    })),
    ...Object.entries(languages).map(([code, { name }]) => ({
      id: `language-${code}`,
      text: `${t('app.language')}: ${name}`,
      about,
      run: () => setLanguage(code as Language),
    })),
    { id: 'sign-out', text: t('signIn.out'), about, run: () => void signOut() },
  ];
}

/** Devices whose names begin so, and what can be done with the first of them. */
function useDevicesNamed(text: string): Entry[] {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const prefix = useDeferredValue(text.trim().split(/\s+/)[0] ?? '');
  const { data = [] } = useQuery<DeviceView[]>({
    queryKey: ['palette', prefix],
    queryFn: () => api.devices.list({ query: { prefix, limit: DEVICES } }),
    enabled: prefix !== '',
  });
  return data.flatMap(({ name }, i) => {
    const page = `/devices/${encodeURIComponent(name)}`;
    const to = (id: string, about: string, path: string): Entry => ({
      id: `${id} ${name}`,
      text: name,
      about,
      run: () => navigate(path),
    });
    return [
      to('open', t('palette.open'), page),
      ...(i > 0
        ? []
        : [
            to('messages', t('device.tab.messages'), `${page}/messages`),
            to('send', t('device.send'), `${page}/downlinks`),
            to('desire', t('palette.desire'), `${page}/desired`),
            to('settings', t('device.tab.settings'), `${page}/settings`),
          ]),
    ];
  });
}
