/** A list of the service in a table: loading, empty, failed and filled alike on every page. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { serviceNow } from '../data/clock.ts';
import { clockTime } from '../format/time.ts';
import { useWords } from '../words/words.tsx';
import { type Column, LiveTable } from './live-table.tsx';
import { Failure, Loading } from './states.tsx';

interface Props<Row> {
  readonly label: string;
  readonly query: UseQueryResult<Row[]>;
  /** What of the answer is shown; by default all of it. */
  readonly rows?: readonly Row[] | undefined;
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  readonly onOpen?: (row: Row) => void;
  /** Shown if the service has none. */
  readonly empty: ReactNode;
}

export function Listing<Row>({ label, query, rows, columns, rowKey, onOpen, empty }: Props<Row>) {
  const { t, language } = useWords();
  const { data, error, refetch, dataUpdatedAt } = query;
  const retry = (): void => void refetch();
  if (data === undefined)
    return error === null ? <Loading rows={10} /> : <Failure error={error} retry={retry} />;
  return (
    <>
      {error !== null && (
        <>
          <Failure error={error} retry={retry} />
          <p className="warn">
            {t('common.asOf', { time: clockTime(dataUpdatedAt, serviceNow(), language) })}
          </p>
        </>
      )}
      {data.length === 0 ? (
        empty
      ) : (
        <LiveTable
          label={label}
          columns={columns}
          rows={rows ?? data}
          rowKey={rowKey}
          {...(onOpen && { onOpen })}
        />
      )}
    </>
  );
}
