/** The keys of the page, for people. */
import { KeyValues } from '../parts/key-values.tsx';
import { useWords } from '../words/words.tsx';
import { pages } from './pages.ts';

export function KeyList() {
  const { t } = useWords();
  const letters = pages.flatMap(({ nav }) => (nav === undefined ? [] : [[nav.key, t(nav.word)] as const]));
  return (
    <KeyValues
      rows={[
        ['Ctrl K', t('keys.palette')],
        ['/', t('keys.filter')],
        ['?', t('keys.help')],
        ...letters.map(([key, name]) => [`g ${key}`, t('keys.go', { name })] as const),
        ['j k ↓ ↑', t('keys.rows')],
        ['Enter', t('keys.open')],
        ['[ ]', t('keys.neighbours')],
        ['Esc', t('keys.back')],
        ['c', t('keys.copy')],
        ['n', t('keys.next')],
        ['s', t('keys.send')],
      ]}
    />
  );
}
