/** The values that steps of a job use: variables, and results of earlier steps. */

import type { TextContext } from '../body/context.ts';
import type { Counters } from '../body/counters.ts';
import { LiteralError } from '../body/literal.ts';
import { renderText, type Scope, template } from '../body/template.ts';
import { Budget, bytesOf, Share } from '../budget.ts';
import { automationErrors } from '../catalogue.ts';
import { condition } from '../match/condition.ts';
import type { ConditionEvaluator } from '../match/condition-evaluator.ts';
import type { Result } from '../message.ts';
import type { StepResult } from '../run/record.ts';
import type { When } from './schema.ts';

/** The values of one run of a job. */
export class Values {
  readonly variables: Map<string, string>;
  readonly #results = new Map<string, string>();
  readonly #steps = new Map<string, StepResult>();
  readonly #counters: Counters;
  readonly #environment: ReadonlyMap<string, string | undefined>;
  readonly #now: () => number;
  readonly #share: Share;
  readonly #evaluator: ConditionEvaluator;

  constructor(options: {
    variables: Iterable<readonly [string, string]>;
    messages: readonly Result[];
    counters: Counters;
    environment: ReadonlyMap<string, string | undefined>;
    now: () => number;
    /** The memory for results and outputs. Default: its own. */
    share?: Share | undefined;
    /** Evaluates conditions. */
    evaluator: ConditionEvaluator;
  }) {
    this.#share = options.share ?? new Share(new Budget());
    this.#evaluator = options.evaluator;
    this.variables = new Map(options.variables);
    for (const [name, value] of this.variables) this.hold(name, value);
    this.#counters = options.counters;
    this.#environment = options.environment;
    this.#now = options.now;
    this.results(options.messages);
  }

  /** Adds the result list of a step. Throws RUNS_FULL. */
  results(messages: readonly Result[]): void {
    for (const { key, text } of messages) {
      this.hold(key, text);
      const before = this.#results.get(key);
      if (before !== undefined) this.#share.release(bytesOf(key, before));
      this.#results.set(key, text);
    }
  }

  /** Reserves memory for one or two texts, until the run ends. Throws RUNS_FULL. */
  hold(text: string, other?: string): void {
    this.#share.hold(bytesOf(text, other));
  }

  /** Sets the result of a step: `{{var.STEP.result}}`, `{{var.STEP.output}}`. */
  step(name: string, result: StepResult, output: string): void {
    this.#steps.set(name, result);
    this.variables.set(`${name}.result`, result);
    this.variables.set(`${name}.output`, output);
  }

  /**
   * Fills in the variables of a text, encoded for its context. Throws VARIABLE_UNKNOWN, VARIABLE_DENIED,
   * VARIABLE_UNFIT or DEFINITION_INVALID.
   */
  fill(source: string, place: TextContext = 'text'): string {
    return renderText(
      compiled(source, () => template(source, place)),
      this.#scope(),
    );
  }

  /** Fills in all texts of a value. */
  fillAll(value: unknown): unknown {
    if (typeof value === 'string') return this.fill(value);
    if (Array.isArray(value)) return value.map((item) => this.fillAll(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.fillAll(inner)]));
  }

  /** Whether all conditions are met. Rejects as `fill` throws, or with PATTERN_TIMEOUT. */
  async holds(when: When | readonly When[] = []): Promise<boolean> {
    for (const one of [when].flat()) if (!(await this.#holds(one as When))) return false;
    return true;
  }

  async #holds({ step, is, value, ...asked }: When): Promise<boolean> {
    if (step !== undefined && this.#steps.get(step) !== (is ?? 'success')) return false;
    if (value === undefined) return true;
    const text = this.fill(value);
    const checked = compiled(value, () => condition(asked));
    return this.#evaluator.evaluate(checked, { text, bytes: Buffer.from(text), direction: 'received' });
  }

  #scope(): Scope {
    return {
      now: this.#now(),
      message: this.variables.get('TextBody'),
      result: (key) => this.#results.get(key),
      variable: (name) => this.variables.get(name),
      count: (name) => this.#counters.next(name),
      environment: (name) => {
        if (!this.#environment.has(name)) throw automationErrors.error('VARIABLE_DENIED', { name });
        return this.#environment.get(name);
      },
    };
  }
}

/** Turns mistakes in texts of steps into DEFINITION_INVALID. */
function compiled<T>(source: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof LiteralError)) throw error;
    throw automationErrors.error('DEFINITION_INVALID', {
      kind: 'job',
      reason: `"${source}": ${error.message}`,
    });
  }
}
