/** What steps of a job see: variables, the results of earlier steps, and bodies made of them. */

import { LiteralError } from '../body/literal.ts';
import type { Place } from '../body/place.ts';
import { renderText, type Scope, template } from '../body/template.ts';
import { automationErrors } from '../catalogue.ts';
import { condition } from '../match/condition.ts';
import type { Result } from '../message.ts';
import type { Counters } from '../run/counters.ts';
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

  constructor(options: {
    variables: Iterable<readonly [string, string]>;
    messages: readonly Result[];
    counters: Counters;
    environment: ReadonlyMap<string, string | undefined>;
    now: () => number;
  }) {
    this.variables = new Map(options.variables);
    this.#counters = options.counters;
    this.#environment = options.environment;
    this.#now = options.now;
    this.results(options.messages);
  }

  results(messages: readonly Result[]): void {
    for (const { key, text } of messages) this.#results.set(key, text);
  }

  /** What a step came to: `{{var.STEP.result}}`, `{{var.STEP.output}}`. */
  step(name: string, result: StepResult, output: string): void {
    this.#steps.set(name, result);
    this.variables.set(`${name}.result`, result);
    this.variables.set(`${name}.output`, output);
  }

  /**
   * A text with its variables filled in, as the place where it stands asks for. Throws VARIABLE_UNKNOWN, VARIABLE_DENIED,
   * VARIABLE_UNFIT or DEFINITION_INVALID.
   */
  fill(source: string, place: Place = 'text'): string {
    return renderText(
      compiled(source, () => template(source, place)),
      this.#scope(),
    );
  }

  /** All texts of a value, filled in. */
  fillAll(value: unknown): unknown {
    if (typeof value === 'string') return this.fill(value);
    if (Array.isArray(value)) return value.map((item) => this.fillAll(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.fillAll(inner)]));
  }

  holds(when: When | readonly When[] | undefined): boolean {
    if (when === undefined) return true;
    return [when].flat().every((one) => this.#holds(one as When));
  }

  #holds({ step, is, value, ...asked }: When): boolean {
    if (step !== undefined && this.#steps.get(step) !== (is ?? 'success')) return false;
    if (value === undefined) return true;
    const text = this.fill(value);
    const { matches } = compiled(value, () => condition(asked));
    return matches({ text, bytes: Buffer.from(text), direction: 'received' });
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

/** Mistakes in bodies of steps, in the catalogue's terms. */
export function compiled<T>(source: string, make: () => T): T {
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
