import { Transitions } from '@fairlead/core';

/** The states of a device's connection. All changes of state go through this table. */
export type ControlState =
  | 'off' // not connected, and not to be
  | 'connecting' // the first attempts, which the client waits for
  | 'online' // the handshake has succeeded
  | 'lost'; // the link ended; it is being connected again

export type ControlEvent =
  | 'connect' // the client wants it
  | 'disconnect' // the client wants it no more, or the driver ends
  | 'up' // link and handshake are there
  | 'fail' // the first attempts came to nothing
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
