/** What concerns every page: the service is lost, or was updated. */
import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { heardTime } from '../data/clock.ts';
import { useLiveClient, useLiveStatus } from '../data/live/use-live.tsx';
import { lostSession, useSession } from '../data/session.ts';
import { Time } from '../parts/age.tsx';
import { useWords } from '../words/words.tsx';
import classes from './bars.module.css';

export function Bars() {
  const { t } = useWords();
  const status = useLiveStatus();
  const newer = useNewer();
  useClock();
  useSessionOfStream();
  const { state, serviceTime } = status;
  return (
    <>
      {newer !== undefined && (
        <div role="status" className={classes.bar}>
          {t('app.newer', { version: newer })}
          <Button variant="default" size="compact-xs" onClick={() => location.reload()}>
            {t('app.reload')}
          </Button>
        </div>
      )}
      {state === 'lost' && (
        <div role="alert" className={`${classes.bar} warn`}>
          {t('app.lostBar')}
          {serviceTime !== undefined && (
            <span>
              {t('app.since')} <Time at={new Date(serviceTime).toISOString()} />
            </span>
          )}
        </div>
      )}
    </>
  );
}

/** The version of the service, if it is another one than the page began with. */
function useNewer(): string | undefined {
  const { version } = useLiveStatus();
  const [first, setFirst] = useState(version);
  useEffect(() => setFirst((before) => before ?? version), [version]);
  return first !== undefined && version !== first ? version : undefined;
}

/** Ages are told by the clock of the service. */
function useClock(): void {
  const { serviceTime, heardAt } = useLiveStatus();
  useEffect(() => {
    if (serviceTime !== undefined) heardTime(serviceTime, heardAt);
  }, [serviceTime, heardAt]);
}

/** The stream and the session end and begin together. Another user begins with a page of his own. */
function useSessionOfStream(): void {
  const client = useLiveClient();
  const queries = useQueryClient();
  const { state } = useLiveStatus();
  const { data } = useSession();
  const name = useRef(data?.name);
  useEffect(() => {
    if (state === 'signedOut') lostSession(queries);
  }, [state, queries]);
  useEffect(() => {
    if (data === undefined || data === null) return;
    if (name.current !== undefined && name.current !== data.name) location.reload();
    name.current = data.name;
    if (client.status().state !== 'signedOut') return;
    client.retry();
    void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
  }, [data, client, queries]);
}
