import { Transitions } from '@fairlead/core';

/** The states of a link. All changes of state go through this table. */
export type LinkState =
  | 'open' // both sides may send
  | 'closing' // we are ending our side; waiting bytes are still being sent
  | 'half-closed' // the peer has ended its side; we may still send
  | 'closed'; // over; the cause is known

export type LinkEvent =
  | 'close' // our program closed the link
  | 'peer-end' // the peer has ended its side
  | 'gone'; // the transport has ended

export const linkTransitions: Transitions<LinkState, LinkEvent> = new Transitions('A link', {
  open: { close: 'closing', 'peer-end': 'half-closed', gone: 'closed' },
  closing: { close: 'closing', gone: 'closed' },
  'half-closed': { close: 'closing', gone: 'closed' },
  closed: {},
});
