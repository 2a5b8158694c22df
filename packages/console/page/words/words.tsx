/** The texts of the page in the reader's language. */
import IntlMessageFormat from 'intl-messageformat';
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { en, type WordKey } from './en.ts';
import { zh } from './zh.ts';

export const languages = { en: { name: 'English', words: en }, zh: { name: '中文', words: zh } } as const;
export type Language = keyof typeof languages;

export type Values = Readonly<Record<string, string | number | boolean>>;
/** The text of a key; `values` fill its placeholders. */
export type Translate = (key: WordKey, values?: Values) => string;

interface Words {
  readonly language: Language;
  readonly t: Translate;
  setLanguage(language: Language): void;
}

const STORED = 'fairlead.language';
const Context = createContext<Words | undefined>(undefined);

/** Gives the texts to the page. The first language is the stored one, else the browser's, else English. */
export function WordsProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(firstLanguage);
  const words = useMemo<Words>(
    () => ({
      language,
      t: translator(language),
      setLanguage: (next) => {
        remember(STORED, next);
        document.documentElement.lang = next;
        setLanguage(next);
      },
    }),
    [language],
  );
  return <Context value={words}>{children}</Context>;
}

export function useWords(): Words {
  const words = useContext(Context);
  if (words === undefined) throw new Error('useWords outside WordsProvider');
  return words;
}

/** Formats messages of one language. Each message is parsed at its first use. */
export function translator(language: Language): Translate {
  const { words } = languages[language];
  const formats = new Map<WordKey, IntlMessageFormat>();
  return (key, values) => {
    const text: string = words[key];
    if (values === undefined && !text.includes('{')) return text;
    let format = formats.get(key);
    if (format === undefined) {
      format = new IntlMessageFormat(text, language, undefined, { ignoreTag: true });
      formats.set(key, format);
    }
    return String(format.format(values));
  };
}

function firstLanguage(): Language {
  const stored = recall(STORED);
  const wanted = stored ?? navigator.language.slice(0, 2);
  const language = wanted in languages ? (wanted as Language) : 'en';
  document.documentElement.lang = language;
  return language;
}

/** Storage may be forbidden by the browser: then nothing is remembered. */
function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {}
}

function recall(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}
