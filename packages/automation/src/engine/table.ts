import { Transitions } from '@fairlead/core';

/** The phases of an exchange. All events go through this table, which says what to do about each. */
export type Phase = 'ready' | 'before' | 'sending' | 'after' | 'receiving' | 'evaluating' | 'ended';
type EventType =
  | 'started'
  | 'elapsed'
  | 'sent'
  | 'received'
  | 'evaluated'
  | 'timeout'
  | 'left'
  | 'failed'
  | 'stop';
type Action =
  | 'begin'
  | 'send'
  | 'processed'
  | 'descend'
  | 'evaluated'
  | 'timeout'
  | 'left'
  | 'fail'
  | 'stop'
  | 'ignore';

export const exchangeTransitions: Transitions<Phase, EventType, Action> = new Transitions('An exchange', {
  ready: { started: 'begin', failed: 'fail', stop: 'stop' },
  before: { elapsed: 'send', failed: 'fail', stop: 'stop' },
  sending: { sent: 'processed', failed: 'fail', stop: 'stop' },
  after: { elapsed: 'descend', failed: 'fail', stop: 'stop' },
  receiving: { received: 'processed', timeout: 'timeout', left: 'left', failed: 'fail', stop: 'stop' },
  evaluating: { evaluated: 'evaluated', failed: 'fail', stop: 'stop' },
  // Late events are ignored.
  ended: {
    started: 'ignore',
    elapsed: 'ignore',
    sent: 'ignore',
    received: 'ignore',
    evaluated: 'ignore',
    timeout: 'ignore',
    left: 'ignore',
    failed: 'ignore',
    stop: 'ignore',
  },
});

/** The phases in which the exchange may be after the next rule has begun; `ended` if there is none. */
const nextRule: readonly Phase[] = ['before', 'sending', 'receiving', 'evaluating', 'ended'];

/** The phases in which the exchange may be after an action. */
export const phasesAfter: Readonly<Record<Action, readonly Phase[]>> = {
  begin: nextRule,
  send: ['sending'],
  processed: ['after', ...nextRule],
  descend: nextRule,
  evaluated: nextRule,
  timeout: ['ended'],
  left: ['ended'],
  fail: ['ended'],
  stop: ['ended'],
  ignore: ['ended'],
};
