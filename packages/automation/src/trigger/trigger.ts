/** Runs rules as a listener: one exchange for each client. */
import { type Clock, type FairleadError, isFairleadError, systemClock } from '@fairlead/core';
import {
  type Codec,
  type Listen,
  type Payload,
  type Server,
  type Session,
  serve,
  tcpLimits,
} from '@fairlead/tcp';
import { Budget } from '../budget.ts';
import { automationErrors } from '../catalogue.ts';
import { codecOf, listenEndpointOf, serverTlsOf } from '../connection/schema.ts';
import { automationLimits } from '../limits.ts';
import { ConditionEvaluator } from '../match/condition-evaluator.ts';
import type { Output } from '../run/output.ts';
import { Exchanges, type ExchangesOptions, type Running } from './exchanges.ts';
import { withoutHttp } from './http-guard.ts';
import { TriggerTotals } from './totals.ts';

export interface TriggerOptions extends ExchangesOptions {
  /** Called with CLIENT_REFUSED for each client above the maximum. */
  readonly refused?: ((error: FairleadError) => void) | undefined;
  /** Called for each client whose TLS handshake failed, with the error. */
  readonly handshakeFailed?: ((remote: string, error: FairleadError) => void) | undefined;
  /** Totals of earlier listeners, which this one continues. */
  readonly totals?: TriggerTotals | undefined;
  /** The memory that its clients share with other runs. Default: its own. */
  readonly budget?: Budget | undefined;
  /** Evaluates expensive checks, for several runs. Default: its own. */
  readonly evaluator?: ConditionEvaluator | undefined;
  readonly clock?: Clock | undefined;
  readonly listen?: Listen | undefined;
}

/** The totals of a trigger, and its current clients. */
export interface TriggerCounters extends Readonly<TriggerTotals> {
  readonly clients: number;
}

type Sessions = Session<Buffer, Payload, Running>;

/** Listens. Rejects with PORT_IN_USE, LISTEN_FAILED, ADDRESS_NOT_LISTENABLE, CODE_PAGE_UNKNOWN, DEVICE_LINK_UNAVAILABLE. */
export async function startTrigger(options: TriggerOptions): Promise<Trigger> {
  const { device } = options.connection;
  if (device !== undefined) throw automationErrors.error('DEVICE_LINK_UNAVAILABLE', { device });
  const trigger = new Trigger(options);
  await trigger.open();
  return trigger;
}

/** A trigger that listens. Created by {@link startTrigger}. An error of a client never stops it. */
export class Trigger implements AsyncDisposable {
  readonly #options: TriggerOptions;
  readonly #clock: Clock;
  readonly #evaluator: ConditionEvaluator;
  readonly #codec: Codec<Buffer, Payload>;
  readonly #exchanges: Exchanges;
  #server: Server<Buffer, Payload, Running> | undefined;
  readonly #totals: TriggerTotals;
  #stopped = false;

  constructor(options: TriggerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#evaluator = options.evaluator ?? new ConditionEvaluator(this.#clock);
    this.#codec = codecOf(options.connection);
    this.#totals = options.totals ?? new TriggerTotals();
    this.#exchanges = new Exchanges(options, {
      budget: options.budget ?? new Budget(),
      evaluator: this.#evaluator,
      clock: this.#clock,
      totals: this.#totals,
    });
  }

  /** The latest lines of output of all clients. */
  get output(): Output {
    return this.#exchanges.output;
  }

  /** Called by {@link startTrigger}. */
  async open(): Promise<void> {
    const { connection, name, listen } = this.#options;
    const { maxClients, keepAlive } = connection;
    this.#server = await serve<Buffer, Payload, Running>(listenEndpointOf(connection), {
      codec: connection.allowHttp ? this.#codec : withoutHttp(this.#codec),
      ...serverTlsOf(connection),
      name,
      clock: this.#clock,
      limits: {
        sessions: maxClients || tcpLimits.values.sessions,
        closeGrace: automationLimits.values.closeGrace,
      },
      ...(keepAlive === undefined ? {} : { keepAlive }),
      ...(listen === undefined ? {} : { listen }),
      accept: (session) => this.#accept(session),
      closed: (session, cause) => this.#closed(session, cause),
    });
  }

  /** As bound: `127.0.0.1:9090`. */
  get address(): string {
    return this.#server?.address ?? '';
  }

  counters(): TriggerCounters {
    const { framesIn = 0, framesOut = 0 } = this.#stopped ? {} : (this.#server?.stats() ?? {});
    const { received, sent, ...others } = this.#totals;
    return {
      ...others,
      clients: this.#exchanges.size,
      received: received + framesIn,
      sent: sent + framesOut,
    };
  }

  /** Ends the runs of all clients and stops listening. Idempotent. */
  async stop(reason = 'the trigger was stopped'): Promise<void> {
    this.#exchanges.stop(reason);
    await this.#server?.close();
    if (this.#options.evaluator === undefined) await this.#evaluator.close();
    if (this.#stopped) return;
    const { received, sent } = this.counters();
    this.#stopped = true;
    Object.assign(this.#totals, { received, sent });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Throws RUNS_FULL: the client is refused, and closed() gets the error. */
  #accept(session: Sessions): Running {
    const running = this.#exchanges.begin({
      link: session,
      remote: session.remote,
      framing: this.#codec.name,
    });
    // After the server has accepted the session: the exchange has its own time limits.
    setImmediate(() => void this.#exchanges.run(running, () => session.close()));
    return running;
  }

  /** Also called for clients that were closed before their exchange began. */
  #closed(session: Sessions, cause: FairleadError): void {
    const refusal = this.#refusal(cause, session);
    if (refusal !== undefined) this.#refused(session, refusal);
    else if (session.handshaking && !this.#exchanges.stopping) this.#handshakeFailed(session, cause);
  }

  /** A TLS handshake failed. */
  #handshakeFailed({ remote }: Sessions, cause: FairleadError): void {
    this.#totals.handshakeFailures++;
    const { code, message } = cause;
    this.#exchanges.note(remote, `The TLS handshake failed: ${message}`, code);
    this.#options.handshakeFailed?.(remote, cause);
  }

  #refused({ remote }: Sessions, error: FairleadError): void {
    this.#totals.refused++;
    const { code, message } = error;
    this.#exchanges.note(remote, message, code);
    this.#options.refused?.(error);
  }

  /** Why a client was refused; undefined if it was not. */
  #refusal(cause: FairleadError, { remote, handshaking }: Sessions): FairleadError | undefined {
    const { name, connection } = this.#options;
    if (isFairleadError(cause, 'TOO_MANY_SESSIONS'))
      return automationErrors.error('CLIENT_REFUSED', {
        trigger: name,
        limit: connection.maxClients || tcpLimits.values.sessions,
        remote,
      });
    return handshaking && isFairleadError(cause, 'RUNS_FULL') ? cause : undefined;
  }
}
