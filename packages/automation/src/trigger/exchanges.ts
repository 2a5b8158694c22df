/** The exchanges of a trigger, whoever its peers are: begins them, records them, keeps their output. */
import type { Clock } from '@fairlead/core';
import { Counters } from '../body/counters.ts';
import { type Budget, Share } from '../budget.ts';
import type { Connection } from '../connection/schema.ts';
import { automationLimits } from '../limits.ts';
import { type ExchangeLink, type Fired, LiveExchange, type ShowBytes } from '../live/live-exchange.ts';
import { Outgoing } from '../live/outgoing.ts';
import { ReadyQueue } from '../live/ready-queue.ts';
import type { ConditionEvaluator } from '../match/condition-evaluator.ts';
import type { CodePage, CodePages } from '../ports.ts';
import type { RuleTree } from '../rules/tree.ts';
import { EnvironmentMask } from '../run/environment-mask.ts';
import { Output, type OutputEntry } from '../run/output.ts';
import { plain, type RunRecord } from '../run/record.ts';
import { ending } from '../task/run-task.ts';
import type { TriggerTotals } from './totals.ts';

/** What a fire passes to jobs. It belongs to the client that fired. */
export interface TriggerFire {
  readonly trigger: string;
  readonly textBody: string;
  /** Unix milliseconds. */
  readonly receivedTime: number;
  /** `host:port` */
  readonly fromAddress: string;
  /** Name of the device, if its link was used. */
  readonly device?: string | undefined;
  readonly messages: readonly { readonly key: string; readonly text: string }[];
}

/** What all triggers are made with. */
export interface ExchangesOptions {
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
  /** Called with each line of output. */
  readonly watch?: ((entry: OutputEntry) => void) | undefined;
  /** Wraps the link, for a dry run that steps through the rules. */
  readonly through?: ((peer: ExchangeLink, show: ShowBytes) => ExchangeLink) | undefined;
}

interface ExchangesPorts {
  readonly budget: Budget;
  readonly evaluator: ConditionEvaluator;
  readonly clock: Clock;
  readonly totals: TriggerTotals;
}

/** Whom an exchange is with. */
interface Peer {
  readonly link: ExchangeLink;
  /** `host:port` */
  readonly remote: string;
  /** Name of the framing; `raw`: none. */
  readonly framing: string;
  /** Name of the device, if it is the link of one. */
  readonly device?: string | undefined;
}

/** An exchange that has not ended. */
export interface Running {
  readonly peer: Peer;
  readonly run: LiveExchange;
  readonly output: Output;
  readonly startedAt: number;
  readonly begun: number;
  readonly ended: ((record: RunRecord) => void) | undefined;
}

export class Exchanges {
  /** The latest lines of output of all exchanges. */
  readonly output: Output;
  readonly #options: ExchangesOptions;
  readonly #ports: ExchangesPorts;
  readonly #page: CodePage;
  /** For display only: a strict code page would refuse some bytes. */
  readonly #shown: CodePage;
  readonly #mask: EnvironmentMask;
  readonly #outgoing: Outgoing;
  readonly #counters = new Counters();
  readonly #ready = new ReadyQueue();
  readonly #running = new Set<Running>();
  #stopping: string | undefined;

  /** Throws CODE_PAGE_UNKNOWN. */
  constructor(options: ExchangesOptions, ports: ExchangesPorts) {
    const { codePage, onInvalid } = options.connection;
    this.#options = options;
    this.#ports = ports;
    this.#page = options.codePages(codePage, { onInvalid });
    this.#shown = options.codePages(codePage, { onInvalid: 'replace' });
    this.#mask = new EnvironmentMask(options.tree, options.environment ?? new Map(), this.#page);
    this.#outgoing = new Outgoing(this.#page);
    this.output = new Output(options.watch, automationLimits.values.output, ports.budget);
  }

  get size(): number {
    return this.#running.size;
  }

  get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** Prepares an exchange, which {@link run} runs. Throws RUNS_FULL. */
  begin(peer: Peer): Running {
    const { tree, connection, environment = new Map(), maxIterations } = this.#options;
    const { budget, totals, evaluator, clock } = this.#ports;
    const { client: least, clientOutput } = automationLimits.values;
    const share = new Share(budget);
    share.hold(least);
    totals.accepted++;
    const { remote: from, framing, device } = peer;
    const output = new Output((entry) => this.output.add(entry), clientOutput, budget);
    const mask = this.#mask;
    const show = (bytes: Uint8Array) => ({
      text: mask.text(this.#shown.decode(bytes)),
      hex: mask.hex(bytes),
    });
    const link = this.#options.through?.(peer.link, show) ?? peer.link;
    const run = new LiveExchange(link, from, output, {
      tree,
      role: 'trigger',
      connection,
      codec: { name: framing },
      page: this.#page,
      mask,
      outgoing: this.#outgoing,
      counters: this.#counters,
      variables: new Map([
        ['FromAddress', from],
        ...(device === undefined ? [] : [['Device', device] as const]),
      ]),
      environment,
      maxIterations,
      share,
      evaluator,
      clock,
      ready: this.#ready,
      fired: (fired) => this.#fired(peer, fired),
    });
    const [startedAt, begun] = [clock.now(), clock.monotonic()];
    const running = { peer, run, output, startedAt, begun, ended: this.#options.began?.(from) };
    this.#running.add(running);
    return running;
  }

  /** Runs the exchange to its end. @param close ends the link of the peer, before the exchange is recorded */
  async run(running: Running, close: () => void): Promise<void> {
    const { peer, run, output, startedAt, begun } = running;
    const { clock, totals } = this.#ports;
    if (this.#stopping !== undefined) run.stop(this.#stopping);
    const outcome = await run.done();
    this.#running.delete(running);
    if (outcome.result === 'failure') totals.failures++;
    const { error } = outcome;
    const code = error === undefined ? {} : { code: error.code };
    output.add({ time: clock.now(), type: 'info', peer: peer.remote, text: ending(outcome), ...code });
    close();
    const { entries, dropped } = output.list();
    const record: RunRecord = {
      ...plain(outcome),
      peer: peer.remote,
      startedAt,
      duration: Math.max(0, Math.round(clock.monotonic() - begun)),
      messages: run.exchange.results.snapshot(),
      output: entries,
      outputDropped: dropped,
    };
    const shown = this.#mask.record(record);
    running.ended?.(shown);
    this.#options.ended?.(shown);
    // The link stays open until the peer has read the last bytes.
    run.exchange.release();
    output.release();
  }

  /** A line of output that belongs to no exchange. */
  note(peer: string, text: string, code: string): void {
    this.output.add({ time: this.#ports.clock.now(), type: 'info', peer, text, code });
  }

  /** Ends all exchanges, and those that begin later. */
  stop(reason: string): void {
    this.#stopping ??= reason;
    for (const { run } of this.#running) run.stop(reason);
  }

  #fired({ remote, device }: Peer, { message, results, time }: Fired): void {
    this.#ports.totals.fires++;
    this.#options.fire?.({
      trigger: this.#options.name,
      textBody: message.text,
      receivedTime: time,
      fromAddress: remote,
      ...(device !== undefined && { device }),
      messages: results,
    });
  }
}
