/** Asks a person before each message is sent or received, one side at a time. Timeouts do not run meanwhile. */
import { type Clock, timeLimit, untilAborted } from '@fairlead/core';
import type { ExchangeLink, ShowBytes } from '../live/live-exchange.ts';
import { HeldClock } from './held-clock.ts';

/** The next step. */
export interface NextStep {
  /** The side whose step it is. */
  readonly side: 'task' | 'trigger';
  readonly type: 'send' | 'receive';
  /** Of the message to send. */
  readonly text?: string;
  readonly hex?: string;
}

/** `step` this one and ask again, `run` on without asking, `stop` here. */
export type StepAnswer = 'step' | 'run' | 'stop';

interface SteppingOptions {
  readonly clock: Clock;
  readonly ask: (next: NextStep) => Promise<StepAnswer>;
  /** Called when the person stops. */
  readonly stop: () => void;
  /** Ends all questions when it fires. */
  readonly signal: AbortSignal;
}

export class Stepping {
  readonly clock: HeldClock;
  readonly #options: SteppingOptions;
  /** Questions are asked one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #asking = true;

  constructor(options: SteppingOptions) {
    this.#options = options;
    this.clock = new HeldClock(options.clock);
    void untilAborted(options.signal).then(() => this.clock.release());
  }

  /** A link whose steps wait for a person. After `stop` they wait forever: the signal ends the run. */
  through(peer: ExchangeLink, side: 'task' | 'trigger', show: ShowBytes): ExchangeLink {
    let sending: Promise<void> = Promise.resolve();
    return {
      send: (message) => {
        const bytes = Buffer.from(message as Uint8Array);
        const next: NextStep = { side, type: 'send', ...show(bytes) };
        sending = this.#ask(next).then(async () => {
          if (!peer.send(message)) await peer.drained();
        });
        return false; // not sent before the person answers
      },
      drained: () => sending,
      unfinished: () => peer.unfinished?.(),
      take: (reader) => {
        this.#ask({ side, type: 'receive' }).then(() => {
          const frame = peer.take(reader);
          if (frame !== undefined) reader.frame(frame);
        });
        return undefined;
      },
    };
  }

  /** Resolves when the person answers; never if the answer is to stop. */
  async #ask(next: NextStep): Promise<void> {
    const answered = this.#turn.then(() => (this.#asking ? this.#question(next) : 'step'));
    this.#turn = answered;
    if ((await answered) === 'stop') await new Promise<never>(() => {});
  }

  async #question(next: NextStep): Promise<StepAnswer> {
    const { ask, stop, signal } = this.#options;
    this.clock.hold();
    using wait = timeLimit(this.clock, undefined, signal, () => undefined);
    const answer = await wait.race(ask(next)).catch((): StepAnswer => 'stop');
    this.clock.release();
    if (answer !== 'step') this.#asking = false;
    if (answer === 'stop') stop();
    return answer;
  }
}
