import { Transitions } from '@fairlead/core';

/** The states of a client. All changes of state go through this table. */
export type ClientState =
  | 'idle' // created, not started
  | 'connecting' // an attempt runs
  | 'handshaking' // connected; the handshake runs
  | 'ready' // messages can be exchanged
  | 'waiting' // until the next attempt
  | 'draining' // close() was called; waiting messages are still being sent
  | 'closed';

export type ClientEvent =
  | 'connect' // an attempt begins
  | 'connected'
  | 'accepted' // the handshake is over
  | 'lost' // the attempt failed or the link ended; another attempt follows
  | 'close' // closed by the program, with a link to drain
  | 'end'; // closed, or no further attempt is made

export const clientTransitions: Transitions<ClientState, ClientEvent> = new Transitions('A client', {
  idle: { connect: 'connecting', end: 'closed' },
  connecting: { connected: 'handshaking', lost: 'waiting', end: 'closed' },
  handshaking: { accepted: 'ready', lost: 'waiting', close: 'draining', end: 'closed' },
  ready: { lost: 'waiting', close: 'draining', end: 'closed' },
  waiting: { connect: 'connecting', end: 'closed' },
  draining: { end: 'closed' },
  closed: {},
});
