/** A filter that is none: what is wrong with it, and the way out. */
import { Button } from '@mantine/core';
import { shownProblem } from '../data/problem.ts';
import { useWords } from '../words/words.tsx';

interface Props {
  readonly error: unknown;
  onClear(): void;
}

export function FilterError({ error, onClear }: Props) {
  const { t } = useWords();
  const { code, detail, remedy } = shownProblem(error);
  return (
    <p role="alert" className="bad">
      <strong>{code}</strong> {detail} <span className="dim">{remedy}</span>{' '}
      <Button variant="default" size="compact-xs" onClick={onClear}>
        {t('common.clear')}
      </Button>
    </p>
  );
}
