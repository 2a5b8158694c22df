/** A trigger: rules run as a listener, one run for each client. */
import {
  type Clock,
  type FairleadError,
  isFairleadError,
  type Listen,
  type Payload,
  type Server,
  type Session,
  serve,
  systemClock,
} from '@fairlead/tcp';
import { automationErrors } from '../catalogue.ts';
import { type Connection, codecOf, listenEndpointOf, serverTlsOf } from '../connection/schema.ts';
import { automationLimits } from '../limits.ts';
import type { CodePage, CodePages } from '../ports.ts';
import type { RuleTree } from '../rules/tree.ts';
import { Counters } from './counters.ts';
import { Output, type OutputEntry } from './output.ts';
import { plain, type RunRecord } from './record.ts';
import { type Fired, Run } from './run.ts';
import { ending } from './task.ts';

/** What a fire hands to jobs. It belongs to the client that fired, whoever connects meanwhile. */
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
  /** Told of each client that comes. */
  readonly began?: ((peer: string) => void) | undefined;
  /** Told of each exchange that ended. */
  readonly ended?: ((record: RunRecord) => void) | undefined;
  /** Told of each line of output as it comes. */
  readonly watch?: ((entry: OutputEntry) => void) | undefined;
  readonly clock?: Clock | undefined;
  readonly listen?: Listen | undefined;
}

export interface TriggerCounters {
  readonly clients: number;
  readonly accepted: number;
  readonly refused: number;
  readonly fires: number;
  readonly failures: number;
}

interface Client {
  readonly run: Run;
  readonly output: Output;
  readonly startedAt: number;
  readonly begun: number;
}

type Sessions = Session<Buffer, Payload, Client>;

/** Listens. Rejects with PORT_IN_USE, LISTEN_FAILED, ADDRESS_NOT_LISTENABLE, CODE_PAGE_UNKNOWN. */
export async function startTrigger(options: TriggerOptions): Promise<Trigger> {
  const trigger = new Trigger(options);
  await trigger.open();
  return trigger;
}

/** A trigger that listens. Made by {@link startTrigger}; what one client does never ends it. */
export class Trigger implements AsyncDisposable {
  /** What all clients did, the latest. */
  readonly output: Output;
  readonly #options: TriggerOptions;
  readonly #clock: Clock;
  readonly #page: CodePage;
  readonly #counters = new Counters();
  readonly #clients = new Set<Client>();
  #server: Server<Buffer, Payload, Client> | undefined;
  #accepted = 0;
  #refused = 0;
  #fires = 0;
  #failures = 0;
  #stopping: string | undefined;

  constructor(options: TriggerOptions) {
    const { codePage, onInvalid } = options.connection;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#page = options.codePages(codePage, { onInvalid });
    this.output = new Output(options.watch);
  }

  /** Called by {@link startTrigger}. */
  async open(): Promise<void> {
    const { connection, name, listen } = this.#options;
    const { maxClients, keepAlive } = connection;
    this.#server = await serve<Buffer, Payload, Client>(listenEndpointOf(connection), {
      codec: codecOf(connection),
      ...serverTlsOf(connection),
      name,
      clock: this.#clock,
      limits: {
        ...(maxClients > 0 ? { sessions: maxClients } : {}),
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
    return {
      clients: this.#clients.size,
      accepted: this.#accepted,
      refused: this.#refused,
      fires: this.#fires,
      failures: this.#failures,
    };
  }

  /** Ends the runs of all clients and listens no more. Idempotent. */
  async stop(reason = 'the trigger was stopped'): Promise<void> {
    this.#stopping ??= reason;
    for (const { run } of this.#clients) run.stop(reason);
    await this.#server?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #accept(session: Sessions): Client {
    const { tree, connection, environment = new Map(), maxIterations } = this.#options;
    this.#accepted++;
    const from = session.remote;
    const output = new Output((entry) => this.output.add(entry), automationLimits.values.clientOutput);
    const run = new Run(session, from, output, {
      tree,
      role: 'trigger',
      connection,
      page: this.#page,
      counters: this.#counters,
      variables: new Map([['FromAddress', from]]),
      environment,
      maxIterations,
      clock: this.#clock,
      fired: (fired) => this.#fired(from, fired),
    });
    const client = { run, output, startedAt: this.#clock.now(), begun: this.#clock.monotonic() };
    this.#clients.add(client);
    this.#options.began?.(from);
    // After the server has taken the session in: what a run waits for has limits of its own.
    setImmediate(() => void this.#exchange(session, client));
    return client;
  }

  async #exchange(session: Sessions, client: Client): Promise<void> {
    const { run, output, startedAt, begun } = client;
    if (this.#stopping !== undefined) run.stop(this.#stopping);
    const outcome = await run.done();
    this.#clients.delete(client);
    if (outcome.result === 'failure') this.#failures++;
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
    this.#options.ended?.({
      ...plain(outcome),
      peer: session.remote,
      startedAt,
      duration: Math.max(0, Math.round(this.#clock.monotonic() - begun)),
      messages: run.exchange.results.snapshot(),
      output: entries,
      outputDropped: dropped,
    });
  }

  /** Also called for clients that were closed at the door. */
  #closed(session: Sessions, cause: FairleadError): void {
    if (!isFairleadError(cause, 'TOO_MANY_SESSIONS')) return;
    this.#refused++;
    const { name, connection } = this.#options;
    const { code, message } = automationErrors.error('CLIENT_REFUSED', {
      trigger: name,
      limit: connection.maxClients,
      remote: session.remote,
    });
    this.output.add({ time: this.#clock.now(), type: 'info', peer: session.remote, text: message, code });
  }

  #fired(fromAddress: string, { message, results, time }: Fired): void {
    this.#fires++;
    this.#options.fire?.({
      trigger: this.#options.name,
      textBody: message.text,
      receivedTime: time,
      fromAddress,
      messages: results,
    });
  }
}
