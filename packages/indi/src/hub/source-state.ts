import { Transitions } from '@fairlead/core';

/** The states of a source of the hub: a driver, or a server that the hub is a client of. */
export type SourceState =
  | 'starting' // its first attempt, or the first after a stop
  | 'running' // elements flow
  | 'waiting' // it ended or could not be started; it is started again after a pause
  | 'stopped'; // until it is asked to start

export type SourceEvent =
  | 'start' // an attempt begins
  | 'up' // the process runs, or the connection is there
  | 'down' // it ended, or it could not be started
  | 'stop'; // asked to stop

export const sourceTransitions: Transitions<SourceState, SourceEvent> = new Transitions(
  'A source of the hub',
  {
    starting: { up: 'running', down: 'waiting', stop: 'stopped' },
    running: { down: 'waiting', stop: 'stopped' },
    waiting: { start: 'starting', up: 'running', down: 'waiting', stop: 'stopped' },
    stopped: { start: 'starting', stop: 'stopped' },
  },
);
