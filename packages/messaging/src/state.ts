import { Transitions } from '@fairlead/core';

/** The states of a messaging interface. All changes of state go through this table. */
export type ConnectionState =
  | 'disconnected' // not asked to connect yet
  | 'connecting' // asked to; attempts go on until one succeeds
  | 'connected' // messages flow; a server: it listens
  | 'reconnecting' // the link was lost; attempts go on
  | 'error' // no more attempts; see the cause
  | 'closed'; // ended by disconnect()

export type ConnectionEvent =
  | 'connect' // asked to connect or to listen
  | 'ready' // connected, or listening
  | 'lost' // the link is gone and will be made again
  | 'fail' // it cannot be made, or will not be made again
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
