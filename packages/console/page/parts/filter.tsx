/** A field that filters a list as one types. Its text is in the address of the page, so that Back and links keep it. */
import { TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { useWords } from '../words/words.tsx';

/** The filter of the page's address, and how to set it. */
export function useFilter(): readonly [string, (text: string) => void] {
  const [params, setParams] = useSearchParams();
  const set = (text: string): void =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (text === '') next.delete('q');
        else next.set('q', text);
        return next;
      },
      { replace: true },
    );
  return [params.get('q') ?? '', set];
}

/** Of a list for which the service has no filter: the rows of which one of the texts contains every word. */
export function useContaining<Row>(
  rows: readonly Row[] | undefined,
  filter: string,
  texts: (row: Row) => readonly (string | undefined)[],
): readonly Row[] | undefined {
  return useMemo(() => {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return rows;
    return rows?.filter((row) => {
      const all = texts(row).join('\n').toLowerCase();
      return words.every((word) => all.includes(word));
    });
  }, [rows, filter, texts]);
}

export function Filter({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (text: string) => void;
}) {
  const { t } = useWords();
  return (
    <TextInput
      type="search"
      data-filter
      aria-label={t('common.filter')}
      placeholder={`${t('common.filter')} (/)`}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      w={280}
    />
  );
}
