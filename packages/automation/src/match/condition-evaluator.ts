/** Evaluates expensive conditions without blocking other work. */
import { Worker } from 'node:worker_threads';
import type { Clock, Timer } from '@fairlead/core';
import { automationErrors } from '../catalogue.ts';
import { automationLimits } from '../limits.ts';
import type { Message } from '../message.ts';
import type { Condition } from './condition.ts';
import type { Question } from './pattern-worker.ts';

/** Has one thread for all regular expressions on long messages, started when first needed. Other conditions run here, interleaved with other work. */
export class ConditionEvaluator implements AsyncDisposable {
  readonly #clock: Clock;
  #worker: Worker | undefined;
  /** Conditions are evaluated in the thread one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the condition is met. Rejects with PATTERN_TIMEOUT. */
  async evaluate(condition: Condition, message: Message): Promise<boolean> {
    const { expression } = condition;
    if (expression === undefined || condition.cost(message) <= automationLimits.values.checkSteps) {
      await new Promise((resolve) => setImmediate(resolve));
      return condition.matches(message);
    }
    const { pattern, negated, read } = expression;
    const { source, ignoreCase } = pattern;
    const answer = this.#last.then(() => this.#ask({ source, ignoreCase, text: read(message) }));
    this.#last = answer.catch(() => {});
    return (await answer) !== negated;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #ask(question: Question): Promise<boolean> {
    const { patternTime: limit } = automationLimits.values;
    const late = (cause?: unknown) =>
      automationErrors.error('PATTERN_TIMEOUT', { limit, size: question.text.length }, cause);
    if (this.#closed) return Promise.reject(late());
    return new Promise((resolve, reject) => {
      const worker = this.#worker ?? begun();
      this.#worker = worker;
      let timer: Timer | undefined;
      const end = () => {
        this.#clock.clear(timer);
        worker.off('message', decided).off('error', giveUp).off('exit', ended);
        worker.unref();
      };
      const decided = (met: boolean) => {
        end();
        resolve(met);
      };
      const giveUp = (cause?: unknown) => {
        end();
        this.#worker = undefined;
        worker.on('error', () => {}); // errors while it ends
        void worker.terminate();
        reject(late(cause));
      };
      const ended = () => giveUp();
      worker.ref();
      // Its heap is limited: an expression that needs more ends the thread with an error.
      worker.on('message', decided).on('error', giveUp).on('exit', ended);
      timer = this.#clock.after(limit, ended);
      worker.postMessage(question);
    });
  }
}

function begun(): Worker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new Worker(new URL(`./pattern-worker.${extension}`, import.meta.url), {
    name: 'fairlead patterns',
    resourceLimits: { maxOldGenerationSizeMb: 256 },
    stdout: false,
  });
}
