/** What stands in place of data: loading, an empty list, an error; and the mark of stale data. */
import { Button } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { shownProblem } from '../data/problem.ts';
import { useWords } from '../words/words.tsx';
import { CopyLine } from './copy-line.tsx';
import classes from './states.module.css';

const PATIENCE = 150;

/** Grey rows of the final height, after 150 ms. */
export function Loading({ rows = 3, height = 32 }: { readonly rows?: number; readonly height?: number }) {
  const { t } = useWords();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return null;
  return (
    <div role="status" aria-label={t('common.loading')}>
      {Array.from({ length: rows }, (_, i) => i).map((i) => (
        <div key={i} className={classes.row} style={{ height }} />
      ))}
    </div>
  );
}

/** A sentence, and the line that fills the list. */
export function Empty({ children, command }: { readonly children: ReactNode; readonly command?: string }) {
  return (
    <div className={classes.empty}>
      <p>{children}</p>
      {command !== undefined && <CopyLine text={command} />}
    </div>
  );
}

/** Code, sentence, remedy, and Retry. */
export function Failure({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const { t } = useWords();
  const { code, detail, remedy } = shownProblem(error);
  return (
    <div role="alert" className={classes.failure}>
      <strong className="bad">{code}</strong>
      <p>{detail}</p>
      {remedy !== undefined && <p className="dim">{remedy}</p>}
      {retry !== undefined && (
        <Button variant="default" onClick={retry}>
          {t('common.retry')}
        </Button>
      )}
    </div>
  );
}
