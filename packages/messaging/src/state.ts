import { Transitions } from '@fairlead/core';

/** The states of a messaging interface. All changes of state go through this table. */
export type ConnectionState =
  | 'disconnected' // connect() was not called yet
  | 'connecting' // connect() was called; attempts are repeated until one succeeds
  | 'connected' // messages can be exchanged; a server listens
  | 'reconnecting' // the link was lost; attempts are repeated
  | 'error' // there are no more attempts; see the cause
  | 'closed'; // ended by disconnect()

export type ConnectionEvent =
  | 'connect' // connect() was called
  | 'ready' // connected, or listening
  | 'lost' // the link is lost; attempts to reconnect follow
  | 'fail' // no connection is possible, or no further attempt is made
  | 'close'; // disconnect()

export const connectionTransitions: Transitions<ConnectionState, ConnectionEvent> = new Transitions(
  'A messaging interface',
  {
    disconnected: { connect: 'connecting', close: 'closed' },
    connecting: { ready: 'connected', fail: 'error', close: 'closed' },
    connected: { lost: 'reconnecting', fail: 'error', close: 'closed' },
    reconnecting: { ready: 'connected', fail: 'error', close: 'closed' },
    error: { connect: 'connecting', close: 'closed' },
    closed: { connect: 'connecting' },
  },
);
