/**
 * The life of a link. One table: everything that changes the state stands here, and the diagram of the documentation is
 * drawn from it.
 */
export type LinkState =
  | 'open' // both sides may send
  | 'closing' // we have ended our side; what waits is still being sent
  | 'half-closed' // the peer has ended its side; we may still send
  | 'closed'; // over; the cause is known

export type LinkEvent =
  | 'close' // our program asked for the end
  | 'peer-end' // the peer will send nothing more
  | 'gone'; // the transport is gone

export const linkTransitions: Readonly<Record<LinkState, Partial<Record<LinkEvent, LinkState>>>> = {
  open: { close: 'closing', 'peer-end': 'half-closed', gone: 'closed' },
  closing: { close: 'closing', 'peer-end': 'closing', gone: 'closed' },
  'half-closed': { close: 'closing', gone: 'closed' },
  closed: { close: 'closed', 'peer-end': 'closed', gone: 'closed' },
};
