import type { ServerResponse } from 'node:http';
import type { Session, StoreSessions } from '@fairlead/store';
import { sessionCredential } from './authenticator.ts';
import type { OpenRequests } from './open-requests.ts';

interface Parts {
  readonly sessions: StoreSessions;
  readonly open: OpenRequests;
}

/** Ends sessions and what runs with them, and returns how many. @param except a request that is still answered */
export function endSessions(
  { sessions, open }: Parts,
  is: (session: Session) => boolean,
  except?: ServerResponse,
): number {
  const ended = sessions.end(is);
  for (const { id } of ended) open.revoke(sessionCredential(id), except);
  return ended.length;
}
