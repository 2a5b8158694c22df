import { coreErrors, type FairleadError, isFairleadError, type Timer } from '@fairlead/core';
import { cliErrors } from '../catalogue.ts';
import type { Terminal } from '../terminal.ts';
import { Expectation } from './expectation.ts';
import { passedOver } from './frames.ts';
import { inputMessages } from './input.ts';
import type { Peer } from './peer.ts';
import type { Plan } from './plan.ts';
import { Show } from './show.ts';

/** Why an exchange is over. */
type Ending =
  | { readonly by: 'goal' } // what was expected has come, or as many messages as were wanted
  | { readonly by: 'time' }
  | { readonly by: 'signal' }
  | { readonly by: 'peer'; readonly cause: FairleadError } // the only peer is gone
  | { readonly by: 'failure'; readonly error: unknown };

interface Seen {
  readonly show: Show;
  readonly expectation: Expectation | undefined;
}

/** What `dial` and `listen` have in common: printing, counting, and knowing when it is enough. */
export class Exchange implements Disposable {
  /** Fires when it is over. */
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

  /** The way is open: from now on the time that the line allows may end it. It counts from the command's beginning. */
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

  /** What a peer that is gone leaves behind. */
  async gone(peer: Peer): Promise<void> {
    await this.#of(peer).show.end();
    if (peer.noise !== undefined) this.#terminal.err(passedOver(peer.noise));
    this.#seen.delete(peer);
  }

  /** Hands each message of stdin to `send`, one after the other, unless the line says what to send. */
  async feed(send: (message: Buffer) => Promise<void>, ended: () => void): Promise<void> {
    if (this.#plan.send.length > 0) return ended();
    try {
      for await (const message of inputMessages(this.#terminal, this.#plan)) {
        if (this.#ending !== undefined) return;
        await send(message);
      }
      ended();
    } catch (error) {
      // When it is over, stdin is closed under its reader.
      if (this.#ending === undefined) this.end({ by: 'failure', error });
    }
  }

  /** Ends in peace or throws, once it is over. */
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

/** The error that ends a peer, as a person reads it: nothing for an ordinary end. */
export function endingOf(cause: unknown): string {
  if (!isFairleadError(cause)) return String(cause);
  return cause.kind === 'closed' ? cause.message : `${cause.code}: ${cause.message}`;
}
