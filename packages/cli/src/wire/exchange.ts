import { coreErrors, type FairleadError, isFairleadError, type Timer } from '@fairlead/core';
import { cliErrors } from '../catalogue.ts';
import type { Terminal } from '../terminal.ts';
import { Expectation } from './expectation.ts';
import { passedOver } from './frames.ts';
import { inputMessages } from './input.ts';
import type { Peer } from './peer.ts';
import type { Plan } from './plan.ts';
import { Show } from './show.ts';

/** Why an exchange ended. */
type Ending =
  | { readonly by: 'goal' } // the expected data or the requested number of messages arrived
  | { readonly by: 'time' }
  | { readonly by: 'signal' }
  | { readonly by: 'peer'; readonly cause: FairleadError } // the only peer has disconnected
  | { readonly by: 'failure'; readonly error: unknown };

interface Seen {
  readonly show: Show;
  readonly expectation: Expectation | undefined;
}

/** The common part of `dial` and `listen`: printing, counting, and detecting the end. */
export class Exchange implements Disposable {
  /** Aborted at the end of the exchange. */
  readonly over = new AbortController();
  readonly #terminal: Terminal;
  readonly #plan: Plan;
  readonly #seen = new Map<Peer, Seen>();
  readonly #begun: number;
  #timer: Timer | undefined;
  #ending: Ending | undefined;
  #count = 0;

  constructor(terminal: Terminal, plan: Plan) {
    this.#terminal = terminal;
    this.#plan = plan;
    this.#begun = terminal.clock.monotonic();
    const { interrupted } = terminal;
    const stop = () => this.end({ by: 'signal' });
    if (interrupted.aborted) stop();
    else interrupted.addEventListener('abort', stop, { once: true, signal: this.over.signal });
  }

  /** Called when connected. From now on, the time limit of the command line may end the exchange. It counts from the start of the command. */
  begin(): void {
    const { wait } = this.#plan;
    const { clock } = this.#terminal;
    if (wait === undefined || this.#ending !== undefined) return;
    const left = Math.max(0, wait - (clock.monotonic() - this.#begun));
    this.#timer = clock.after(left, () => this.end({ by: 'time' }));
  }

  end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.over.abort();
  }

  async received(peer: Peer, pieces: Buffer[]): Promise<void> {
    const { count = Number.POSITIVE_INFINITY } = this.#plan;
    if (this.#ending !== undefined) return;
    const { show, expectation } = this.#of(peer);
    const wanted = pieces.slice(0, count - this.#count);
    const at = expectation === undefined ? -1 : wanted.findIndex((piece) => expectation.meets(piece));
    const taken = at < 0 ? wanted : wanted.slice(0, at + 1);
    this.#count += taken.length;
    await show.pieces('in', taken);
    if (at >= 0 || this.#count >= count) this.end({ by: 'goal' });
  }

  /** Sends a message to a peer and shows it; resolves when more may be sent. */
  async send(peer: Peer, message: Buffer): Promise<void> {
    const free = peer.send(message);
    await this.#of(peer).show.pieces('out', [message]);
    await free;
  }

  /** Processes the end of a peer. */
  async gone(peer: Peer): Promise<void> {
    await this.#of(peer).show.end();
    if (peer.noise !== undefined) this.#terminal.err(passedOver(peer.noise));
    this.#seen.delete(peer);
  }

  /** Passes each message of stdin to `send`, one after another, unless the command line contains the messages. */
  async feed(send: (message: Buffer) => Promise<void>, ended: () => void): Promise<void> {
    if (this.#plan.send.length > 0) return ended();
    try {
      for await (const message of inputMessages(this.#terminal, this.#plan)) {
        if (this.#ending !== undefined) return;
        await send(message);
      }
      ended();
    } catch (error) {
      // At the end of the exchange, stdin is closed while it is read.
      if (this.#ending === undefined) this.end({ by: 'failure', error });
    }
  }

  /** Waits for the end, and returns or throws. */
  result(): void {
    const ending = this.#ending as Ending;
    const { expect, count, wait: limit = 0 } = this.#plan;
    const unmet = expect !== undefined || count !== undefined;
    if (ending.by === 'failure') throw ending.error;
    if (ending.by === 'goal' || (!unmet && (ending.by === 'time' || ending.by === 'signal'))) return;
    if (ending.by === 'signal') throw coreErrors.error('ABORTED');
    const wanted = expect === undefined ? `${count} messages` : `"${expect.text}"`;
    if (ending.by === 'time') throw cliErrors.error('EXPECT_TIMEOUT', { wanted, count: this.#count, limit });
    if (ending.cause.kind !== 'closed') throw ending.cause;
    if (unmet) throw cliErrors.error('EXPECT_MISSED', { wanted, count: this.#count }, ending.cause);
  }

  [Symbol.dispose](): void {
    this.#terminal.clock.clear(this.#timer);
    this.#terminal.closeInput();
    this.over.abort();
  }

  #of(peer: Peer): Seen {
    let seen = this.#seen.get(peer);
    if (seen === undefined) {
      const { expect, framed } = this.#plan;
      seen = {
        show: new Show(this.#plan, this.#terminal, peer.remote),
        expectation: expect && new Expectation(expect.bytes, !framed),
      };
      this.#seen.set(peer, seen);
    }
    return seen;
  }
}

/** The message for the error that ended a peer; empty for a normal close. */
export function endingOf(cause: unknown): string {
  if (!isFairleadError(cause)) return String(cause);
  return cause.kind === 'closed' ? cause.message : `${cause.code}: ${cause.message}`;
}
