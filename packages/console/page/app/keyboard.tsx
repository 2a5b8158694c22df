/** The keyboard of the page: it listens, and shows the palette and the list of keys. */
import { Modal } from '@mantine/core';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { copyText } from '../parts/copy-line.tsx';
import { useWords } from '../words/words.tsx';
import { KeyList } from './key-list.tsx';
import { type KeyActions, KeyMap } from './key-map.ts';
import { letterKeys, placeOf } from './keys.ts';
import { pages } from './pages.ts';

const load = () => import('./palette.tsx');
const Palette = lazy(load);
/** The palette is there before it is asked for, and after all that the first page needs. */
const SPARE_MOMENT = 2_000;

export function Keyboard({
  palette,
  setPalette,
}: {
  readonly palette: boolean;
  readonly setPalette: (open: boolean) => void;
}) {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const [help, setHelp] = useState(false);
  const [said, setSaid] = useState('');
  const actions = useRef<KeyActions>(undefined as never);
  actions.current = {
    palette: () => setPalette(true),
    help: () => setHelp(true),
    filter: () => focus('[data-filter]'),
    go: (letter) => {
      const page = pages.find(({ nav }) => nav?.key === letter);
      if (page?.nav === undefined) return false;
      navigate(page.nav.href);
      return true;
    },
    copy: () => {
      const text = document.querySelector('main [data-command]')?.textContent ?? undefined;
      if (text !== undefined)
        void copyText(text).then((done) => setSaid(done ? `${t('common.copied')}: ${text}` : ''));
    },
    next: () => focus('main input, main select, main textarea'),
    send: () => focus('main [data-send]'),
    neighbour: (step) => {
      const row = document.querySelector('main [role="row"][tabindex="0"]');
      const other = step < 0 ? row?.previousElementSibling : row?.nextElementSibling;
      (other as HTMLElement | null | undefined)?.focus();
    },
    back: () => {
      // The address of the list has its filter, so that it is as it was.
      if (document.activeElement !== document.body) (document.activeElement as HTMLElement).blur();
      else history.back();
    },
  };
  useEffect(() => {
    const keys = new KeyMap(
      {
        palette: () => actions.current.palette(),
        help: () => actions.current.help(),
        filter: () => actions.current.filter(),
        go: (letter) => actions.current.go(letter),
        copy: () => actions.current.copy(),
        next: () => actions.current.next(),
        send: () => actions.current.send(),
        neighbour: (step) => actions.current.neighbour(step),
        back: () => actions.current.back(),
      },
      letterKeys,
    );
    const listen = (event: KeyboardEvent): void => {
      if (keys.press(event, placeOf(event.target))) event.preventDefault();
    };
    document.addEventListener('keydown', listen);
    const timer = setTimeout(() => void load().catch(() => {}), SPARE_MOMENT);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('keydown', listen);
    };
  }, []);
  return (
    <>
      <span role="status" className="visually-hidden">
        {said}
      </span>
      <Modal
        opened={help}
        onClose={() => setHelp(false)}
        title={t('keys.title')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <KeyList />
      </Modal>
      {palette && (
        <Suspense fallback={null}>
          <Palette close={() => setPalette(false)} />
        </Suspense>
      )}
    </>
  );
}

function focus(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}
