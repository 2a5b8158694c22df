/**
 * One exchange over a live link: performs the engine's effects as reads, writes and timers, and feeds the results back as events.
 * The same for a task and for a trigger.
 */
import type { Clock } from '@fairlead/core';
import type { Payload } from '@fairlead/tcp';
import type { Counters } from '../body/counters.ts';
import type { Scope } from '../body/template.ts';
import type { Share } from '../budget.ts';
import { automationErrors } from '../catalogue.ts';
import { type Connection, isUnframed } from '../connection/schema.ts';
import { Exchange } from '../engine/exchange.ts';
import type { Effect, ExchangeEvent, Outcome } from '../engine/types.ts';
import type { ConditionEvaluator } from '../match/condition-evaluator.ts';
import type { Message, Result } from '../message.ts';
import type { CodePage } from '../ports.ts';
import type { RuleTree } from '../rules/tree.ts';
import type { EnvironmentMask } from '../run/environment-mask.ts';
import type { Output, OutputEntry } from '../run/output.ts';
import { Deadline } from './deadline.ts';
import { failed, Incoming, type Source } from './incoming.ts';
import type { Outgoing } from './outgoing.ts';
import type { Ready, ReadyQueue } from './ready-queue.ts';

/** The part of a link that an exchange uses. `Session` of `@fairlead/tcp` fits. */
export interface ExchangeLink extends Source {
  send(message: Payload): boolean;
  drained(signal?: AbortSignal): Promise<void>;
}

/** Formats bytes for display. */
export type ShowBytes = (bytes: Uint8Array) => { readonly text: string; readonly hex: string };

/** The data of a fire. */
export interface Fired {
  readonly message: Message;
  readonly results: readonly Result[];
  /** Unix milliseconds. */
  readonly time: number;
}

interface ExchangeSettings {
  readonly tree: RuleTree;
  readonly role: 'task' | 'trigger';
  readonly connection: Connection;
  /** The framing of the link. */
  readonly codec: { readonly name: string };
  readonly page: CodePage;
  /** Made for the tree and the code page. */
  readonly mask: EnvironmentMask;
  /** Made for the tree, in the same code page. */
  readonly outgoing: Outgoing;
  readonly counters: Counters;
  readonly variables: ReadonlyMap<string, string>;
  /** Names of environment variables that bodies may use, with their values. */
  readonly environment: ReadonlyMap<string, string | undefined>;
  readonly maxIterations?: number | undefined;
  /** The memory for messages and results. */
  readonly share?: Share | undefined;
  /** Evaluates expensive checks. */
  readonly evaluator: ConditionEvaluator;
  readonly clock: Clock;
  /** Shared by exchanges that run at the same time. Default: the exchange goes on as soon as a message arrives. */
  readonly ready?: ReadyQueue | undefined;
  readonly fired?: ((fired: Fired) => void) | undefined;
}

/** Effects in a row without a wait, after which other work of the process runs. */
const TURN = 256;
/** Milliseconds after which other work runs, even after fewer effects. */
const SLICE = 10;

export class LiveExchange implements Ready {
  readonly exchange: Exchange;
  readonly #settings: ExchangeSettings;
  readonly #peer: ExchangeLink;
  readonly #remote: string;
  readonly #output: Output;
  readonly #incoming: Incoming;
  readonly #deadline: Deadline;
  /** The effect whose result is awaited. Late results of other effects are ignored. */
  #awaits: Effect | undefined;
  /** Milliseconds that the wait may take. */
  #limit = 0;
  /** An event that waits in the {@link ReadyQueue}. */
  #next: ExchangeEvent | undefined;
  #stop: string | undefined;
  /** Unix milliseconds at which the present walk began. */
  #now: number;
  /** Unix milliseconds at which the last message arrived, for fires. */
  #receivedAt: number;
  #ended!: (outcome: Outcome) => void;
  #broke!: (error: unknown) => void;

  constructor(peer: ExchangeLink, remote: string, output: Output, settings: ExchangeSettings) {
    const { tree, role, maxIterations, share, codec, page, clock } = settings;
    this.#peer = peer;
    this.#remote = remote;
    this.#output = output;
    this.#settings = settings;
    this.#incoming = new Incoming(peer, page, isUnframed(codec), (event) => this.#arrived(event));
    this.#deadline = new Deadline(clock, () => this.#overdue());
    this.#now = this.#receivedAt = clock.now();
    this.exchange = new Exchange(tree, { role, maxIterations, share });
  }

  /** Walks the tree to its end. Errors of the peer or of the rules are outcomes: they do not reject. */
  done(): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#ended = resolve;
      this.#broke = reject;
      this.#go({ type: 'started' });
    });
  }

  /** Ends the run at its current rule. */
  stop(reason: string): void {
    this.#stop ??= reason;
    if (this.#awaits !== undefined) this.#resume({ type: 'stop', reason });
  }

  #go(event: ExchangeEvent): void {
    try {
      this.#walk(event);
    } catch (error) {
      this.#deadline.end();
      this.#broke(error);
    }
  }

  /** Handles events until one must be awaited. */
  #walk(first: ExchangeEvent): void {
    let event: ExchangeEvent | undefined = first;
    const { clock } = this.#settings;
    this.#now = clock.now();
    const begun = clock.monotonic();
    for (let turn = 1; event !== undefined; turn++) {
      if (this.#stop !== undefined) event = { type: 'stop', reason: this.#stop };
      else if (event.type === 'received') this.#receivedAt = this.#now;
      const effects = this.exchange.step(event);
      for (const effect of effects) this.#note(effect);
      const { outcome } = this.exchange;
      if (outcome !== undefined) {
        this.#deadline.end();
        this.#ended(outcome);
        return;
      }
      event = this.#perform(effects[effects.length - 1] as Effect);
      if (event !== undefined && (turn % TURN === 0 || clock.monotonic() - begun > SLICE)) {
        setImmediate((next) => this.#go(next), event);
        return;
      }
    }
  }

  /** The event that an effect causes; undefined: it follows later. */
  #perform(effect: Effect): ExchangeEvent | undefined {
    switch (effect.type) {
      case 'wait':
        return this.#await(effect, effect.ms);
      case 'send':
        return this.#send(effect);
      case 'receive':
        return (
          this.#incoming.next() ?? this.#await(effect, effect.timeout ?? this.#settings.connection.timeout)
        );
      case 'evaluate':
        return this.#evaluate(effect);
      default:
        throw new Error(`no event results from the effect ${effect.type}`);
    }
  }

  /** @param limit milliseconds; 0 or Infinity: none */
  #await(effect: Effect, limit: number): undefined {
    this.#awaits = effect;
    this.#limit = limit;
    if (limit > 0 && limit !== Number.POSITIVE_INFINITY) this.#deadline.set(limit);
  }

  /** The first event ends the wait; a stop is one of them. */
  #resume(event: ExchangeEvent): void {
    if (this.#endWait()) this.#go(event);
  }

  /** A message, or the end of the link. */
  #arrived(event: ExchangeEvent): void {
    const { ready } = this.#settings;
    if (ready === undefined) this.#resume(event);
    else if (this.#endWait()) {
      this.#next = event;
      ready.add(this);
    }
  }

  /** Called by the {@link ReadyQueue}. */
  proceed(): void {
    const event = this.#next as ExchangeEvent;
    this.#next = undefined;
    this.#go(event);
  }

  /** Returns false if nothing is awaited. */
  #endWait(): boolean {
    if (this.#awaits === undefined) return false;
    this.#awaits = undefined;
    this.#deadline.lift();
    return true;
  }

  #overdue(): void {
    const awaited = this.#awaits as Effect;
    const limit = this.#limit;
    if (awaited.type === 'wait') this.#resume({ type: 'elapsed' });
    else if (awaited.type === 'receive')
      this.#resume({
        type: 'timeout',
        limit,
        incomplete: this.#incomplete(),
      });
    else if (awaited.type === 'send') {
      const rule = awaited.rule.name;
      this.#resume(failed(automationErrors.error('SEND_TIMEOUT', { rule, limit })));
    }
  }

  #incomplete() {
    const { codec, mask } = this.#settings;
    return this.#incoming.incomplete(codec.name, (bytes) => mask.hex(bytes));
  }

  // --- sending -------------------------------------------------------------------------------------------------------

  #send(effect: Extract<Effect, { type: 'send' }>): ExchangeEvent | undefined {
    const { outgoing, connection } = this.#settings;
    const { rule, parent } = effect;
    let message: Message;
    let more: boolean;
    try {
      message = outgoing.fixed(rule) ?? outgoing.render(rule, this.#scope(parent));
      more = this.#peer.send(message.bytes);
    } catch (error) {
      return failed(error);
    }
    const sent = { type: 'sent', message } as const;
    if (more) return sent;
    this.#peer.drained().then(
      () => this.#answer(effect, sent),
      (error) => this.#answer(effect, failed(error)),
    );
    return this.#await(effect, connection.timeout);
  }

  #evaluate(effect: Extract<Effect, { type: 'evaluate' }>): undefined {
    const { rule, message } = effect;
    this.#settings.evaluator.evaluate(rule.condition, message).then(
      (met) => this.#answer(effect, { type: 'evaluated', met }),
      (error) => this.#answer(effect, failed(error)),
    );
    return this.#await(effect, 0);
  }

  #answer(effect: Effect, event: ExchangeEvent): void {
    if (this.#awaits === effect) this.#resume(event);
  }

  #scope(parent: Message | undefined): Scope {
    const { clock, variables, counters, environment } = this.#settings;
    return {
      now: clock.now(),
      message: parent?.text,
      result: (key) => this.exchange.results.get(key),
      variable: (name) => variables.get(name),
      count: (name) => counters.next(name),
      environment: (name) => {
        if (!environment.has(name)) throw automationErrors.error('VARIABLE_DENIED', { name });
        return environment.get(name);
      },
    };
  }

  // --- output --------------------------------------------------------------------------------------------------------

  #note(effect: Effect): void {
    const { connection, fired, mask } = this.#settings;
    if (effect.type === 'processed') {
      const { rule, message, key } = effect;
      if (rule.kind === 'check') return;
      const sent = message.direction === 'sent';
      if (!(sent ? connection.logSent : connection.logReceived)) return;
      this.#output.add({
        time: this.#now,
        type: message.direction,
        peer: this.#remote,
        rule: rule.name,
        text: mask.text(message.text),
        key,
        hex: message.hex ?? mask.hex(message.bytes),
      });
    } else if (effect.type === 'fire') {
      fired?.({ message: effect.message, results: effect.results, time: this.#receivedAt });
      this.#info('Fired', { rule: effect.rule.name });
    } else if (effect.type === 'discarded') {
      const { count } = effect;
      const { code, message } = automationErrors.error('FIRES_DISCARDED', { count });
      this.#info(message, { code });
    }
  }

  #info(text: string, { rule, code }: Pick<OutputEntry, 'rule' | 'code'>): void {
    this.#output.add({ time: this.#now, type: 'info', peer: this.#remote, rule, text, code });
  }
}
