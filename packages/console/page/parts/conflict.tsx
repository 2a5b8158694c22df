/** Somebody else was first: field by field what was there, what they made of it and what the reader asks for. */
import type { Conflict } from '@fairlead/api';
import { Button, Group } from '@mantine/core';
import { useWords } from '../words/words.tsx';
import classes from './conflict.module.css';

interface Props {
  readonly conflict: Conflict;
  /** What the page showed when the reader began. */
  readonly base?: Readonly<Record<string, unknown>> | undefined;
  /** Repeats the reader's change on top of theirs. */
  readonly keepMine?: (() => void) | undefined;
  /** Gives up the reader's change. */
  readonly takeTheirs?: (() => void) | undefined;
}

export function Conflicts({ conflict, base, keepMine, takeTheirs }: Props) {
  const { t } = useWords();
  const { fields, theirs, yours } = conflict;
  const isRemoval = Object.keys(yours).length === 0;
  return (
    <div role="alert" className={classes.conflict}>
      <p>{isRemoval ? t('conflict.removal') : t('conflict.change')}</p>
      <div className={classes.scroll}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{t('conflict.field')}</th>
              {base !== undefined && <th scope="col">{t('conflict.before')}</th>}
              <th scope="col">{t('conflict.theirs')}</th>
              {!isRemoval && <th scope="col">{t('conflict.mine')}</th>}
            </tr>
          </thead>
          <tbody>
            {fields
              .filter((field) => base === undefined || !isSame(base[field], theirs[field]) || !isRemoval)
              .map((field) => (
                <tr key={field}>
                  <th scope="row">{field}</th>
                  {base !== undefined && <td>{shown(base[field])}</td>}
                  <td className={isSame(base?.[field], theirs[field]) ? '' : classes.changed}>
                    {shown(theirs[field])}
                  </td>
                  {!isRemoval && <td>{shown(yours[field])}</td>}
                </tr>
              ))}
          </tbody>
        </table>
      </div>
      <Group>
        {keepMine !== undefined && (
          <Button variant="default" onClick={keepMine}>
            {isRemoval ? t('conflict.removeStill') : t('conflict.keepMine')}
          </Button>
        )}
        {takeTheirs !== undefined && (
          <Button variant="default" onClick={takeTheirs}>
            {t('conflict.takeTheirs')}
          </Button>
        )}
      </Group>
    </div>
  );
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** The beginning of a long value is enough to tell it. */
const MOST = 2_000;

function shown(value: unknown): string {
  if (value === undefined || value === null) return '–';
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 1);
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}
