import { coreErrors } from './catalogue.ts';

/** What each event leads to in each state. An event that is missing in a state must not occur there. */
export type TransitionTable<State extends string, Event extends string, Outcome = State> = Readonly<
  Record<State, Readonly<Partial<Record<Event, Outcome>>>>
>;

/** A state machine as one table. The diagrams of `docs/states.md` are drawn from these tables. */
export class Transitions<State extends string, Event extends string, Outcome = State> {
  /** What has the states, for the error message. */
  readonly subject: string;
  readonly table: TransitionTable<State, Event, Outcome>;

  constructor(subject: string, table: TransitionTable<State, Event, Outcome>) {
    this.subject = subject;
    this.table = table;
  }

  /** What the event leads to: the next state, unless the table says otherwise. Throws `EVENT_IMPOSSIBLE`. */
  next(state: State, event: Event): Outcome {
    const outcome = this.table[state][event];
    if (outcome === undefined)
      throw coreErrors.error('EVENT_IMPOSSIBLE', { subject: this.subject, event, state });
    return outcome;
  }
}
