/** What this browser keeps: theme, language, keys. */
import { useMantineColorScheme } from '@mantine/core';
import { KeyList } from '../../app/key-list.tsx';
import { letterKeys, setLetterKeys, useLetterKeys } from '../../app/keys.ts';
import { KeyValues } from '../../parts/key-values.tsx';
import { type Language, languages, useWords } from '../../words/words.tsx';
import { Frame } from './frame.tsx';

export default function Settings() {
  const { t, language, setLanguage } = useWords();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const keys = useLetterKeys();
  return (
    <Frame title={t('settings.title')} sentence={t('settings.sentence')}>
      <KeyValues
        rows={[
          [
            t('app.theme'),
            <select
              key="theme"
              aria-label={t('app.theme')}
              value={colorScheme}
              onChange={({ target }) => setColorScheme(target.value as 'auto' | 'light' | 'dark')}
            >
              {(['auto', 'light', 'dark'] as const).map((scheme) => (
                <option key={scheme} value={scheme}>
                  {t(`app.theme.${scheme}`)}
                </option>
              ))}
            </select>,
          ],
          [
            t('app.language'),
            <select
              key="language"
              aria-label={t('app.language')}
              value={language}
              onChange={({ target }) => setLanguage(target.value as Language)}
            >
              {Object.entries(languages).map(([code, { name }]) => (
                <option key={code} value={code} lang={code}>
                  {name}
                </option>
              ))}
            </select>,
          ],
          [
            t('settings.keys'),
            <label key="keys">
              <input type="checkbox" checked={keys} onChange={() => setLetterKeys(!letterKeys())} />{' '}
              {t('settings.keysOn')}
            </label>,
          ],
        ]}
      />
      <section>
        <h2>{t('keys.title')}</h2>
        <KeyList />
      </section>
    </Frame>
  );
}
