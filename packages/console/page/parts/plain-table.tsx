/** A table of a few rows. Long lists are in `live-table.tsx`. */
import type { ReactNode } from 'react';
import classes from './plain-table.module.css';

interface Props<Row> {
  readonly label: string;
  readonly columns: readonly {
    readonly id: string;
    readonly head: ReactNode;
    readonly cell: (row: Row) => ReactNode;
  }[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
}

export function PlainTable<Row>({ label, columns, rows, rowKey }: Props<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls is reached by the keyboard
    <section className={classes.scroll} aria-label={label} tabIndex={0}>
      <table className={classes.table}>
        <thead>
          <tr>
            {columns.map(({ id, head }) =>
              // A column of buttons needs no head.
              head === '' ? (
                <td key={id} />
              ) : (
                <th key={id} scope="col">
                  {head}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map(({ id, cell }) => (
                <td key={id}>{cell(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
