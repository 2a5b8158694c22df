/** Names and values, as a description list. Undefined values are left out. */
import type { ReactNode } from 'react';
import classes from './key-values.module.css';

export function KeyValues({
  rows,
}: {
  readonly rows: readonly (readonly [key: string, value: ReactNode])[];
}) {
  return (
    <dl className={classes.list}>
      {rows
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => (
          <div key={key} className={classes.row}>
            <dt className="dim">{key}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
