/**
 * One exchange: the walk through a tree of rules with one peer. A pure machine: events in, effects out; it uses no
 * socket, no clock and no promise, and is the same for a task and for a trigger.
 *
 *     const exchange = new Exchange(tree, { role: 'task' });
 *     let effects = exchange.step({ type: 'started' });   // ... send  ->  do it, then
 *     effects = exchange.step({ type: 'sent', message }); // ... receive, ... close
 */
import { asFairleadError, type FairleadError } from '@fairlead/core';
import { Budget, bytesOf, Share } from '../budget.ts';
import { automationErrors } from '../catalogue.ts';
import { automationLimits } from '../limits.ts';
import type { Message } from '../message.ts';
import type { CheckRule, ReceiveRule, Rule, RuleTree, SendRule } from '../rules/tree.ts';
import { Level } from './level.ts';
import { Results } from './results.ts';
import { exchangeTransitions, type Phase } from './table.ts';
import type { Effect, ExchangeEvent, Outcome } from './types.ts';

type TimedOut = Extract<ExchangeEvent, { type: 'timeout' }>;

export interface ExchangeOptions {
  readonly role: 'task' | 'trigger';
  /** Limits the iterations of each rule, for a dry run. */
  readonly maxIterations?: number | undefined;
  /** The memory for messages and results. Default: its own. */
  readonly share?: Share | undefined;
}

export class Exchange {
  readonly results: Results;
  phase: Phase = 'ready';
  outcome: Outcome | undefined;
  readonly #tree: RuleTree;
  readonly #role: 'task' | 'trigger';
  readonly #cap: number;
  readonly #share: Share;
  /** The levels from the root to the current rule. */
  readonly #levels: Level[] = [];
  /** The rule that waits for an event, and which iteration of it this is. */
  #rule: SendRule | ReceiveRule | undefined;
  #iteration = 0;
  #message: Message | undefined;
  #effects: Effect[] = [];
  /** The check that is being evaluated elsewhere. */
  #check: CheckRule | undefined;
  /** Steps that checks took since the last event. */
  #steps = 0;
  /** The first rule whose iterations were cut. */
  #cut: string | undefined;

  constructor(tree: RuleTree, options: ExchangeOptions) {
    this.#tree = tree;
    this.#role = options.role;
    this.#cap = options.maxIterations ?? Number.POSITIVE_INFINITY;
    this.#share = options.share ?? new Share(new Budget());
    this.results = new Results(this.#share);
  }

  /**
   * Takes an event and returns the effects to perform. After the end an event has no effect. Throws `EVENT_IMPOSSIBLE` for
   * an event that must not occur in the present phase.
   */
  step(event: ExchangeEvent): readonly Effect[] {
    const action = exchangeTransitions.next(this.phase, event.type);
    this.#effects = [];
    this.#steps = 0;
    try {
      switch (action) {
        case 'begin':
          this.#levels.push(new Level(this.#tree.rules, undefined, undefined, 0));
          this.#advance();
          break;
        case 'ignore':
          break;
        case 'send':
          this.#send(this.#rule as SendRule);
          break;
        case 'processed':
          this.#processed((event as { message: Message }).message);
          break;
        case 'descend':
          this.#descend();
          break;
        case 'evaluated':
          if ((event as { met: boolean }).met) this.#met(this.#check as CheckRule);
          this.#advance();
          break;
        case 'timeout':
          this.#timedOut(event as TimedOut);
          break;
        case 'left':
          this.#left();
          break;
        case 'fail':
          this.#fail(event as { error: unknown });
          break;
        case 'stop':
          this.#end({
            result: 'stopped',
            reason: 'stopped',
            error: automationErrors.error('RUN_STOPPED', { reason: (event as { reason: string }).reason }),
          });
          break;
      }
    } catch (error) {
      this.#fail({ error });
    }
    return this.#effects;
  }

  /** Continues with the next rule, until one waits or the tree is done. */
  #advance(): void {
    for (;;) {
      const level = this.#levels.at(-1);
      if (level === undefined) {
        if (this.#cut === undefined) this.#end({ result: 'success', reason: 'completed' });
        else
          this.#end({ result: 'stopped', reason: 'cut', rule: this.#cut, error: this.#cutError(this.#cut) });
        return;
      }
      const rule = level.next();
      if (rule === undefined) {
        if (this.#leave(level)) return;
      } else if (rule.kind !== 'check') {
        this.#begin(rule, 1);
        return;
      } else if (level.message !== undefined) {
        const { message } = level;
        this.#steps += rule.condition.cost(message);
        if (this.#steps > automationLimits.values.checkSteps) {
          this.phase = 'evaluating';
          this.#check = rule;
          this.#effects.push({ type: 'evaluate', rule, message });
          return;
        }
        if (rule.condition.matches(message)) this.#met(rule);
      }
    }
  }

  /** The condition of a check is met: continues with the rules below it. */
  #met(rule: CheckRule): void {
    const level = this.#levels.at(-1) as Level;
    const message = level.message as Message;
    level.took(rule);
    this.#record(rule, message, 1);
    this.#levels.push(new Level(rule.children, rule, message, 1));
  }

  /** All rules of a level are done: exits, repeats the owner or goes on. Returns true if an event must come first. */
  #leave(level: Level): boolean {
    this.#levels.pop();
    const { owner, iteration, message } = level;
    if (owner === undefined) return false;
    if (owner.kind !== 'check') this.#share.release(sizeOf(message as Message));
    if (owner.exit !== undefined) {
      this.#exit(owner, owner.exit);
      return true;
    }
    if (owner.kind === 'check' || iteration >= owner.iterations) return false;
    if (iteration >= this.#cap) {
      this.#cut ??= owner.name;
      return false;
    }
    this.#begin(owner, iteration + 1);
    return true;
  }

  #cutError(rule: string): FairleadError {
    return automationErrors.error('RUN_CUT', { rule, limit: this.#cap });
  }

  #begin(rule: SendRule | ReceiveRule, iteration: number): void {
    this.#rule = rule;
    this.#iteration = iteration;
    if (rule.kind === 'receive') {
      this.phase = 'receiving';
      this.#effects.push({ type: 'receive', rule, timeout: rule.timeout });
    } else if (rule.delayBefore > 0) {
      this.phase = 'before';
      this.#effects.push({ type: 'wait', rule, ms: rule.delayBefore });
    } else this.#send(rule);
  }

  #send(rule: SendRule): void {
    this.phase = 'sending';
    this.#effects.push({ type: 'send', rule, parent: this.#levels.at(-1)?.message });
  }

  #processed(message: Message): void {
    const rule = this.#rule as SendRule | ReceiveRule;
    this.#message = message;
    this.#record(rule, message, this.#iteration);
    if (rule.kind === 'send' && rule.delayAfter > 0) {
      this.phase = 'after';
      this.#effects.push({ type: 'wait', rule, ms: rule.delayAfter });
    } else this.#descend();
  }

  #descend(): void {
    const rule = this.#rule as SendRule | ReceiveRule;
    // The message is kept until the rules below are done. A check uses the message of the level above.
    this.#share.hold(sizeOf(this.#message as Message));
    this.#levels.push(new Level(rule.children, rule, this.#message, this.#iteration));
    this.#advance();
  }

  /** Adds the message to the results and fires, before the rules below run. */
  #record(rule: Rule, message: Message, iteration: number): void {
    const key = this.results.add(rule, message.text);
    this.#effects.push({ type: 'processed', rule, message, key, iteration });
    if (!rule.fire || this.#role === 'task') return;
    this.#effects.push({ type: 'fire', rule, message, results: this.results.snapshot() });
    this.results.clear();
  }

  #exit(rule: Rule, how: 'success' | 'failure'): void {
    if (how === 'success') this.#end({ result: 'success', reason: 'exit', rule: rule.name });
    else
      this.#end({
        result: 'failure',
        reason: 'exit',
        rule: rule.name,
        error: automationErrors.error('EXIT_FAILURE', { rule: rule.name }),
      });
  }

  #timedOut({ limit, incomplete }: TimedOut): void {
    const { name } = this.#rule as Rule;
    const error =
      incomplete === undefined
        ? automationErrors.error('RECEIVE_TIMEOUT', { rule: name, limit })
        : automationErrors.error('RECEIVE_INCOMPLETE', { rule: name, limit, ...incomplete });
    this.#end({ result: 'failure', reason: 'timeout', rule: name, error });
  }

  /** The peer closed: a success if the rule repeats forever or waits until the socket closes. */
  #left(): void {
    const rule = this.#rule as ReceiveRule;
    const endless = rule.iterations === Number.POSITIVE_INFINITY || rule.timeout === Number.POSITIVE_INFINITY;
    if (endless) this.#end({ result: 'success', reason: 'left', rule: rule.name });
    else {
      const error = automationErrors.error('PEER_LEFT', { rule: rule.name });
      this.#end({ result: 'failure', reason: 'left', rule: rule.name, error });
    }
  }

  #fail({ error }: { error: unknown }): void {
    const rule = this.#rule?.name;
    const known = asFairleadError(error);
    this.#end({ result: 'failure', reason: 'error', error: known, ...(rule === undefined ? {} : { rule }) });
  }

  /** Releases its memory. Call it after the outcome and the results were read. */
  release(): void {
    this.results.clear();
    this.#levels.length = 0;
    this.#message = undefined;
    this.#share.end();
  }

  #end(outcome: Outcome): void {
    this.phase = 'ended';
    this.outcome = outcome;
    if (this.#role === 'trigger' && this.results.size > 0)
      this.#effects.push({ type: 'discarded', count: this.results.size });
    this.#effects.push({ type: 'close', outcome });
  }
}

const sizeOf = ({ text, bytes }: Message): number => bytesOf(text) + bytes.length;
