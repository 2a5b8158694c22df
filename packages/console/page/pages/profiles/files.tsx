/** The files of a profile, as they are. The examples are one of them. */
import type { ProfileDetail } from '@fairlead/api';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../data/api.ts';
import { Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import classes from './files.module.css';

export function Files({ name, history }: Pick<ProfileDetail, 'name' | 'history'>) {
  const { t } = useWords();
  const [content, setContent] = useState<string>();
  const [file, setFile] = useState<string>();
  const { data, error, refetch } = useQuery({
    queryKey: ['profile', name, 'files', content, history[0]?.content],
    queryFn: () => api.profiles.files({ params: { name }, query: { content } }),
  });
  if (data === undefined)
    return error === null ? <Loading rows={6} /> : <Failure error={error} retry={() => void refetch()} />;
  const names = Object.keys(data.files).sort();
  const shown = file !== undefined && names.includes(file) ? file : names[0];
  return (
    <section>
      <h2>{t('profiles.files')}</h2>
      <p className={classes.choices}>
        <select
          aria-label={t('profiles.files')}
          value={shown}
          onChange={({ target }) => setFile(target.value)}
        >
          {names.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
        {history.length > 1 && (
          <select
            aria-label={t('profiles.versions')}
            value={content ?? ''}
            onChange={({ target }) => setContent(target.value === '' ? undefined : target.value)}
          >
            {history.map((version, i) => (
              <option key={version.content} value={i === 0 ? '' : version.content}>
                {t('profiles.versionOf', { number: version.number })}
              </option>
            ))}
          </select>
        )}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls is reached by the keyboard */}
      <pre className={classes.text} tabIndex={0} role="region" aria-label={shown}>
        {data.files[shown ?? '']}
      </pre>
    </section>
  );
}
