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
import { Counters } from '../body/counters.ts';
import { Budget, Share } from '../budget.ts';
import { automationErrors } from '../catalogue.ts';
import { type Connection, codecOf, listenEndpointOf, serverTlsOf } from '../connection/schema.ts';
import { automationLimits } from '../limits.ts';
import { type ExchangeLink, type Fired, LiveExchange, type ShowBytes } from '../live/live-exchange.ts';
import { Outgoing } from '../live/outgoing.ts';
import { ReadyQueue } from '../live/ready-queue.ts';
import { ConditionEvaluator } from '../match/condition-evaluator.ts';
import type { CodePage, CodePages } from '../ports.ts';
import type { RuleTree } from '../rules/tree.ts';
import { EnvironmentMask } from '../run/environment-mask.ts';
import { Output, type OutputEntry } from '../run/output.ts';
import { plain, type RunRecord } from '../run/record.ts';
import { ending } from '../task/run-task.ts';
import { withoutHttp } from './http-guard.ts';
import { TriggerTotals } from './totals.ts';

/** What a fire passes to jobs. It belongs to the client that fired. */
export interface TriggerFire {
  readonly trigger: string;
  readonly textBody: string;
  /** Unix milliseconds. */
  readonly receivedTime: number;
  /** `host:port` */
  readonly fromAddress: string;
  readonly messages: readonly { readonly key: string; readonly text: string }[];
}

export interface TriggerOptions {
  readonly name: string;
  readonly tree: RuleTree;
  readonly connection: Connection;
  readonly codePages: CodePages;
  readonly environment?: ReadonlyMap<string, string | undefined> | undefined;
  readonly maxIterations?: number | undefined;
  readonly fire?: ((fire: TriggerFire) => void) | undefined;
  /** Called for each new client. The function that it returns is called at the end of that client. */
  readonly began?: ((peer: string) => (record: RunRecord) => void) | undefined;
  /** Called for each exchange that ended. */
  readonly ended?: ((record: RunRecord) => void) | undefined;
  /** Called with CLIENT_REFUSED for each client above the maximum. */
  readonly refused?: ((error: FairleadError) => void) | undefined;
  /** Called for each client whose TLS handshake failed, with the error. */
  readonly handshakeFailed?: ((remote: string, error: FairleadError) => void) | undefined;
  /** Called with each line of output. */
  readonly watch?: ((entry: OutputEntry) => void) | undefined;
  /** Totals of earlier listeners, which this one continues. */
  readonly totals?: TriggerTotals | undefined;
  /** Wraps the link, for a dry run that steps through the rules. */
  readonly through?: ((peer: ExchangeLink, show: ShowBytes) => ExchangeLink) | undefined;
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

interface Client {
  readonly run: LiveExchange;
  readonly output: Output;
  readonly startedAt: number;
  readonly begun: number;
  readonly ended: ((record: RunRecord) => void) | undefined;
  readonly share: Share;
}

type Sessions = Session<Buffer, Payload, Client>;

/** Listens. Rejects with PORT_IN_USE, LISTEN_FAILED, ADDRESS_NOT_LISTENABLE, CODE_PAGE_UNKNOWN. */
export async function startTrigger(options: TriggerOptions): Promise<Trigger> {
  const trigger = new Trigger(options);
  await trigger.open();
  return trigger;
}

/** A trigger that listens. Created by {@link startTrigger}. An error of a client never stops it. */
export class Trigger implements AsyncDisposable {
  /** The latest lines of output of all clients. */
  readonly output: Output;
  readonly #options: TriggerOptions;
  readonly #clock: Clock;
  readonly #budget: Budget;
  readonly #evaluator: ConditionEvaluator;
  readonly #codec: Codec<Buffer, Payload>;
  readonly #page: CodePage;
  /** For display only: a strict code page would refuse some bytes. */
  readonly #shown: CodePage;
  readonly #mask: EnvironmentMask;
  readonly #outgoing: Outgoing;
  readonly #counters = new Counters();
  readonly #ready = new ReadyQueue();
  readonly #clients = new Set<Client>();
  #server: Server<Buffer, Payload, Client> | undefined;
  readonly #totals: TriggerTotals;
  #stopping: string | undefined;
  #stopped = false;

  constructor(options: TriggerOptions) {
    const { codePage, onInvalid } = options.connection;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#budget = options.budget ?? new Budget();
    this.#evaluator = options.evaluator ?? new ConditionEvaluator(this.#clock);
    this.#codec = codecOf(options.connection);
    this.#page = options.codePages(codePage, { onInvalid });
    this.#shown = options.codePages(codePage, { onInvalid: 'replace' });
    this.#totals = options.totals ?? new TriggerTotals();
    this.#mask = new EnvironmentMask(options.tree, options.environment ?? new Map(), this.#page);
    this.#outgoing = new Outgoing(this.#page);
    this.output = new Output(options.watch, automationLimits.values.output, this.#budget);
  }

  /** Called by {@link startTrigger}. */
  async open(): Promise<void> {
    const { connection, name, listen } = this.#options;
    const { maxClients, keepAlive } = connection;
    this.#server = await serve<Buffer, Payload, Client>(listenEndpointOf(connection), {
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
      clients: this.#clients.size,
      received: received + framesIn,
      sent: sent + framesOut,
    };
  }

  /** Ends the runs of all clients and stops listening. Idempotent. */
  async stop(reason = 'the trigger was stopped'): Promise<void> {
    this.#stopping ??= reason;
    for (const { run } of this.#clients) run.stop(reason);
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

  #accept(session: Sessions): Client {
    const { tree, connection, environment = new Map(), maxIterations } = this.#options;
    const { client: least, clientOutput } = automationLimits.values;
    const share = new Share(this.#budget);
    share.hold(least); // if this throws, the client is refused and closed() gets the error
    this.#totals.accepted++;
    const from = session.remote;
    const output = new Output((entry) => this.output.add(entry), clientOutput, this.#budget);
    const mask = this.#mask;
    const show = (bytes: Uint8Array) => ({
      text: mask.text(this.#shown.decode(bytes)),
      hex: mask.hex(bytes),
    });
    const link = this.#options.through?.(session, show) ?? session;
    const run = new LiveExchange(link, from, output, {
      tree,
      role: 'trigger',
      connection,
      codec: this.#codec,
      page: this.#page,
      mask,
      outgoing: this.#outgoing,
      counters: this.#counters,
      variables: new Map([['FromAddress', from]]),
      environment,
      maxIterations,
      share,
      evaluator: this.#evaluator,
      clock: this.#clock,
      ready: this.#ready,
      fired: (fired) => this.#fired(from, fired),
    });
    const [startedAt, begun] = [this.#clock.now(), this.#clock.monotonic()];
    const client = { run, output, startedAt, begun, ended: this.#options.began?.(from), share };
    this.#clients.add(client);
    // After the server has accepted the session: the exchange has its own time limits.
    setImmediate(() => void this.#exchange(session, client));
    return client;
  }

  async #exchange(session: Sessions, client: Client): Promise<void> {
    const { run, output, startedAt, begun } = client;
    if (this.#stopping !== undefined) run.stop(this.#stopping);
    const outcome = await run.done();
    this.#clients.delete(client);
    if (outcome.result === 'failure') this.#totals.failures++;
    const { error } = outcome;
    const code = error === undefined ? {} : { code: error.code };
    output.add({
      time: this.#clock.now(),
      type: 'info',
      peer: session.remote,
      text: ending(outcome),
      ...code,
    });
    session.close();
    const { entries, dropped } = output.list();
    const record: RunRecord = {
      ...plain(outcome),
      peer: session.remote,
      startedAt,
      duration: Math.max(0, Math.round(this.#clock.monotonic() - begun)),
      messages: run.exchange.results.snapshot(),
      output: entries,
      outputDropped: dropped,
    };
    const shown = this.#mask.record(record);
    client.ended?.(shown);
    this.#options.ended?.(shown);
    // The link stays open until the peer has read the last bytes.
    run.exchange.release();
    output.release();
  }

  /** Also called for clients that were closed before their exchange began. */
  #closed(session: Sessions, cause: FairleadError): void {
    const refusal = this.#refusal(cause, session);
    if (refusal !== undefined) this.#refused(session, refusal);
    else if (session.handshaking && this.#stopping === undefined) this.#handshakeFailed(session, cause);
  }

  /** A TLS handshake failed. */
  #handshakeFailed({ remote }: Sessions, cause: FairleadError): void {
    this.#totals.handshakeFailures++;
    const { code, message } = cause;
    const text = `The TLS handshake failed: ${message}`;
    this.output.add({ time: this.#clock.now(), type: 'info', peer: remote, text, code });
    this.#options.handshakeFailed?.(remote, cause);
  }

  #refused({ remote }: Sessions, error: FairleadError): void {
    this.#totals.refused++;
    const { code, message } = error;
    this.output.add({ time: this.#clock.now(), type: 'info', peer: remote, text: message, code });
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

  #fired(fromAddress: string, { message, results, time }: Fired): void {
    this.#totals.fires++;
    this.#options.fire?.({
      trigger: this.#options.name,
      textBody: message.text,
      receivedTime: time,
      fromAddress,
      messages: results,
    });
  }
}
