/** A state: a glyph, always with its word. */
import type { WordKey } from '../words/en.ts';
import { useWords } from '../words/words.tsx';
import classes from './state-badge.module.css';

const glyphs = {
  full: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  half: (
    <>
      <circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" />
      <path d="M6 1.5a4.5 4.5 0 0 1 0 9z" fill="currentColor" />
    </>
  ),
  cross: <path d="M2 2l8 8M10 2l-8 8" stroke="currentColor" strokeWidth="2" fill="none" />,
  dotted: <circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" strokeDasharray="2 2" />,
  check: <path d="M2 6l3 3 5-6" stroke="currentColor" strokeWidth="2" fill="none" />,
} as const;

const looks = {
  live: ['full', 'ok'],
  online: ['full', 'ok'],
  open: ['full', 'ok'],
  suspect: ['half', 'warn'],
  handshaking: ['half', 'warn'],
  dead: ['cross', 'bad'],
  offline: ['cross', 'bad'],
  closed: ['cross', 'dim'],
  never: ['dotted', 'dim'],
} as const satisfies Record<string, readonly [keyof typeof glyphs, string]>;

export type BadgeState = keyof typeof looks;

export function StateBadge({ state }: { readonly state: BadgeState }) {
  const { t } = useWords();
  const [glyph, colour] = looks[state];
  return (
    <span className={`${classes.badge} ${colour}`}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        {glyphs[glyph]}
      </svg>
      {t(`state.${state}` satisfies WordKey)}
    </span>
  );
}
