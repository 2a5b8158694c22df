import { Transitions } from '@fairlead/core';

/** The states of a device's connection. All state changes go through this table. */
export type ControlState =
  | 'off' // not connected, and no client wants it
  | 'connecting' // the first attempts, which the client waits for
  | 'online' // the handshake has succeeded
  | 'lost'; // the link ended; reconnecting

export type ControlEvent =
  | 'connect' // the client wants it
  | 'disconnect' // the client disconnects it, or the driver ends
  | 'up' // the link is open and the handshake has succeeded
  | 'fail' // the first attempts have failed
  | 'lose'; // the link ended

export const controlTransitions: Transitions<ControlState, ControlEvent> = new Transitions(
  'The connection of a device',
  {
    off: { connect: 'connecting' },
    connecting: { up: 'online', fail: 'off', disconnect: 'off' },
    online: { lose: 'lost', disconnect: 'off' },
    lost: { up: 'online', disconnect: 'off' },
  },
);
