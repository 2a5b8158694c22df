/**
 * The states of an exchange and all transitions between them.
 *
 *     ready -started-> (next rule)
 *       send:    [before -elapsed->] sending -sent-> [after -elapsed->] rules below, then the next rule
 *       receive: receiving -received-> rules below, then the next rule
 *                receiving -timeout, left-> ended
 *       check:   evaluated at once, or judging -judged-> rules below or the next rule
 *     any -failed, stop-> ended
 */
export type Phase = 'ready' | 'before' | 'sending' | 'after' | 'receiving' | 'judging' | 'ended';
export type EventType =
  | 'started'
  | 'elapsed'
  | 'sent'
  | 'received'
  | 'judged'
  | 'timeout'
  | 'left'
  | 'failed'
  | 'stop';
export type Action =
  | 'begin'
  | 'send'
  | 'processed'
  | 'descend'
  | 'judged'
  | 'timeout'
  | 'left'
  | 'fail'
  | 'stop';

export const transitions: Readonly<Record<Phase, Readonly<Partial<Record<EventType, Action>>>>> = {
  ready: { started: 'begin', failed: 'fail', stop: 'stop' },
  before: { elapsed: 'send', failed: 'fail', stop: 'stop' },
  sending: { sent: 'processed', failed: 'fail', stop: 'stop' },
  after: { elapsed: 'descend', failed: 'fail', stop: 'stop' },
  receiving: { received: 'processed', timeout: 'timeout', left: 'left', failed: 'fail', stop: 'stop' },
  judging: { judged: 'judged', failed: 'fail', stop: 'stop' },
  ended: {},
};
