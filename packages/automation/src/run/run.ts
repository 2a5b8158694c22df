/**
 * One exchange over a live link: the engine's effects become reads, writes and timers, what comes of them its events.
 * The same for a task and for a trigger.
 */
import {
  asFairleadError,
  type Clock,
  type FairleadError,
  isFairleadError,
  type Payload,
  type Timer,
} from '@fairlead/tcp';
import type { Scope } from '../body/template.ts';
import { automationErrors } from '../catalogue.ts';
import { type Connection, isUnframed } from '../connection/schema.ts';
import { Exchange } from '../engine/exchange.ts';
import type { Effect, ExchangeEvent, Outcome } from '../engine/types.ts';
import type { Message, Result } from '../message.ts';
import type { CodePage } from '../ports.ts';
import type { ReceiveRule, RuleTree, SendRule } from '../rules/tree.ts';
import type { Counters } from './counters.ts';
import { cut, type Output, shownHex } from './output.ts';

/** As much of a link as a run uses; `Client` and `Session` of `@fairlead/tcp` fit. */
export interface Peer {
  send(message: Payload): boolean;
  drained(signal?: AbortSignal): Promise<void>;
  receive(): Promise<Buffer>;
}

/** What a trigger fires with. */
export interface Fired {
  readonly message: Message;
  readonly results: readonly Result[];
  /** Unix milliseconds. */
  readonly time: number;
}

export interface RunSettings {
  readonly tree: RuleTree;
  readonly role: 'task' | 'trigger';
  readonly connection: Connection;
  readonly page: CodePage;
  readonly counters: Counters;
  readonly variables: ReadonlyMap<string, string>;
  /** Names of environment variables that bodies may use, with their values. */
  readonly environment: ReadonlyMap<string, string | undefined>;
  readonly maxIterations?: number | undefined;
  readonly clock: Clock;
  readonly fired?: ((fired: Fired) => void) | undefined;
}

/** Effects in a row that wait for nothing before other work of the process has its turn. */
const TURN = 256;
const MARK = 0xfeff;

export class Run {
  readonly exchange: Exchange;
  readonly #settings: RunSettings;
  readonly #peer: Peer;
  readonly #remote: string;
  readonly #output: Output;
  readonly #stream: ReturnType<CodePage['decoder']> | undefined;
  /** What ended a receive before: told at the next one. */
  #gone: FairleadError | undefined;
  #resume: ((event: ExchangeEvent) => void) | undefined;
  #timer: Timer | undefined;
  #stop: string | undefined;
  /** Unix milliseconds of the last message, for what fires. */
  #receivedAt: number;

  constructor(peer: Peer, remote: string, output: Output, settings: RunSettings) {
    const { tree, role, maxIterations, connection, page, clock } = settings;
    this.#peer = peer;
    this.#remote = remote;
    this.#output = output;
    this.#settings = settings;
    this.#stream = isUnframed(connection) ? page.decoder() : undefined;
    this.#receivedAt = clock.now();
    this.exchange = new Exchange(tree, { role, maxIterations });
  }

  /** Walks the tree to its end. Never rejects for what the peer or the rules do. */
  async done(): Promise<Outcome> {
    let event: ExchangeEvent = this.#stop === undefined ? { type: 'started' } : this.#stopEvent();
    for (let turn = 1; ; turn++) {
      const effects = this.exchange.step(event);
      for (const effect of effects) this.#note(effect);
      if (this.exchange.outcome !== undefined) return this.exchange.outcome;
      const last = effects.at(-1) as Effect;
      const next = this.#perform(last);
      event = next instanceof Promise ? await next : next;
      if (turn % TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      if (this.#stop !== undefined) event = this.#stopEvent();
    }
  }

  /** Ends the run where it stands. */
  stop(reason: string): void {
    this.#stop ??= reason;
    this.#resume?.(this.#stopEvent());
  }

  #stopEvent(): ExchangeEvent {
    return { type: 'stop', reason: this.#stop as string };
  }

  #perform(effect: Effect): Promise<ExchangeEvent> | ExchangeEvent {
    switch (effect.type) {
      case 'wait':
        return this.#wait((resume) => this.#after(effect.ms, () => resume({ type: 'elapsed' })));
      case 'send':
        return this.#send(effect.rule, effect.parent);
      case 'receive':
        return this.#receive(effect.rule, effect.timeout);
      default:
        throw new Error(`nothing follows the effect ${effect.type}`);
    }
  }

  /** Waits for the first of what `begin` sets off; a stop ends the wait too. What comes later does not count. */
  #wait(begin: (resume: (event: ExchangeEvent) => void) => void): Promise<ExchangeEvent> {
    return new Promise((resolve) => {
      const resume = (event: ExchangeEvent): void => {
        if (this.#resume !== resume) return;
        this.#resume = undefined;
        this.#settings.clock.clear(this.#timer);
        this.#timer = undefined;
        resolve(event);
      };
      this.#resume = resume;
      begin(resume);
    });
  }

  #after(ms: number, run: () => void): void {
    this.#timer = this.#settings.clock.after(ms, run);
  }

  // --- sending -------------------------------------------------------------------------------------------------------

  #send(rule: SendRule, parent: Message | undefined): Promise<ExchangeEvent> | ExchangeEvent {
    let message: Message;
    let more: boolean;
    try {
      message = this.#render(rule, parent);
      more = this.#peer.send(message.bytes);
    } catch (error) {
      return failed(error);
    }
    if (more) return { type: 'sent', message };
    const limit = this.#settings.connection.timeout;
    return this.#wait((resume) => {
      this.#peer.drained().then(
        () => resume({ type: 'sent', message }),
        (error) => resume(failed(error)),
      );
      if (limit > 0)
        this.#after(limit, () =>
          resume(failed(automationErrors.error('SEND_TIMEOUT', { rule: rule.name, limit }))),
        );
    });
  }

  #render(rule: SendRule, parent: Message | undefined): Message {
    const { page } = this.#settings;
    const pieces = rule.body.render(this.#scope(parent));
    if (pieces.every((piece) => piece.text !== undefined)) {
      const text =
        pieces.length === 1 ? (pieces[0]?.text as string) : pieces.map((piece) => piece.text).join('');
      return { text, bytes: page.encode(text), direction: 'sent' };
    }
    const parts = pieces.map((piece) => piece.bytes ?? page.encode(piece.text as string));
    // Bytes as they are need not be text at all: what cannot be read shows as Latin-1.
    const text = pieces
      .map((piece) => piece.text ?? Buffer.from(piece.bytes as Uint8Array).toString('latin1'))
      .join('');
    return { text, bytes: Buffer.concat(parts), direction: 'sent' };
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

  // --- receiving -----------------------------------------------------------------------------------------------------

  #receive(_rule: ReceiveRule, timeout: number | undefined): Promise<ExchangeEvent> | ExchangeEvent {
    if (this.#gone !== undefined) return this.#ended(this.#gone);
    const limit = timeout ?? this.#settings.connection.timeout;
    return this.#wait((resume) => {
      this.#next(resume, []);
      if (limit > 0 && limit !== Number.POSITIVE_INFINITY)
        this.#after(limit, () => resume({ type: 'timeout', limit }));
    });
  }

  /** The next message that has any text: a read may bring no more than half a character, which is held. */
  #next(resume: (event: ExchangeEvent) => void, held: readonly Buffer[]): void {
    this.#peer.receive().then(
      (bytes) => {
        try {
          const text = this.#decode(bytes);
          if (text === '' && this.#stream !== undefined) this.#next(resume, [...held, bytes]);
          else resume(this.#received(text, held.length === 0 ? bytes : Buffer.concat([...held, bytes])));
        } catch (error) {
          resume(failed(error));
        }
      },
      (error) => {
        this.#gone = asFairleadError(error);
        resume(this.#ended(this.#gone, held));
      },
    );
  }

  /** Programs that encode each message for itself put a byte order mark before each: it is no part of the text. */
  #decode(bytes: Buffer): string {
    const text = this.#stream === undefined ? this.#settings.page.decode(bytes) : this.#stream.write(bytes);
    return text.charCodeAt(0) === MARK ? text.slice(1) : text;
  }

  #received(text: string, bytes: Uint8Array): ExchangeEvent {
    this.#receivedAt = this.#settings.clock.now();
    return { type: 'received', message: { text, bytes, direction: 'received' } };
  }

  /** The peer's end: half a character that it left behind is a last message, or an error where that is strict. */
  #ended(cause: FairleadError, held: readonly Buffer[] = []): ExchangeEvent {
    if (!isFairleadError(cause, 'PEER_CLOSED')) return { type: 'failed', error: cause };
    try {
      const rest = this.#stream?.end() ?? '';
      if (rest !== '') return this.#received(rest, Buffer.concat(held));
    } catch (error) {
      return failed(error);
    }
    return { type: 'left' };
  }

  // --- telling -------------------------------------------------------------------------------------------------------

  #note(effect: Effect): void {
    const { connection, clock, fired } = this.#settings;
    if (effect.type === 'processed') {
      const { rule, message, key } = effect;
      if (rule.kind === 'check') return;
      const sent = message.direction === 'sent';
      if (!(sent ? connection.logSent : connection.logReceived)) return;
      this.#output.add({
        time: clock.now(),
        type: message.direction,
        peer: this.#remote,
        rule: rule.name,
        text: cut(message.text),
        hex: shownHex(message.bytes),
        ...(key === undefined ? {} : { key }),
      });
    } else if (effect.type === 'fire') {
      fired?.({ message: effect.message, results: effect.results, time: this.#receivedAt });
      this.#info(`Fired by "${effect.rule.name}"`);
    } else if (effect.type === 'discarded') {
      const { count } = effect;
      const { code, message } = automationErrors.error('FIRES_DISCARDED', { count });
      this.#info(message, code);
    }
  }

  #info(text: string, code?: string): void {
    const time = this.#settings.clock.now();
    this.#output.add({
      time,
      type: 'info',
      peer: this.#remote,
      text,
      ...(code === undefined ? {} : { code }),
    });
  }
}

function failed(error: unknown): ExchangeEvent {
  return { type: 'failed', error: asFairleadError(error) };
}
