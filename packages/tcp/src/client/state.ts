import { Transitions } from '@fairlead/core';

/** The states of a client. All changes of state go through this table. */
export type ClientState =
  | 'idle' // made, not started
  | 'connecting' // an attempt runs
  | 'handshaking' // connected; the two sides introduce themselves
  | 'ready' // messages flow
  | 'waiting' // until the next attempt
  | 'draining' // asked to close; what waits is still being sent
  | 'closed';

export type ClientEvent =
  | 'connect' // an attempt begins
  | 'connected'
  | 'accepted' // the handshake is over
  | 'lost' // no connection, or no longer; another attempt will follow
  | 'close' // asked to close, with a link to drain
  | 'end'; // over: closed, or not to be tried again

export const clientTransitions: Transitions<ClientState, ClientEvent> = new Transitions('A client', {
  idle: { connect: 'connecting', end: 'closed' },
  connecting: { connected: 'handshaking', lost: 'waiting', end: 'closed' },
  handshaking: { accepted: 'ready', lost: 'waiting', close: 'draining', end: 'closed' },
  ready: { lost: 'waiting', close: 'draining', end: 'closed' },
  waiting: { connect: 'connecting', end: 'closed' },
  draining: { end: 'closed' },
  closed: {},
});
