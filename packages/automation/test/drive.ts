/** Walks a tree without a socket: what the peer says is a list, what is sent is what the body says. */
import assert from 'node:assert/strict';
import { Exchange, type ExchangeOptions } from '../src/engine/exchange.ts';
import { exchangeTransitions, phasesAfter } from '../src/engine/table.ts';
import type { Effect, ExchangeEvent, Outcome } from '../src/engine/types.ts';
import type { Message } from '../src/message.ts';
import { compileTree } from '../src/rules/compile.ts';
import type { RuleDefinition } from '../src/rules/schema.ts';

export type Heard = string | 'TIMEOUT' | 'LEFT' | 'RESET';

export interface Walk {
  readonly sent: readonly string[];
  readonly fires: readonly { text: string; results: Readonly<Record<string, string>> }[];
  readonly processed: readonly string[];
  readonly waits: readonly number[];
  readonly timeouts: readonly (number | undefined)[];
  readonly discarded: number;
  readonly results: Readonly<Record<string, string>>;
  readonly outcome: Outcome | undefined;
  readonly effects: readonly Effect[];
  readonly exchange: Exchange;
}

export const message = (text: string, direction: 'sent' | 'received' = 'received'): Message => ({
  text,
  bytes: Buffer.from(text),
  direction,
});

/** Runs until the tree ends, the list is used up, or `steps` events have been told. */
export function drive(
  rules: readonly (RuleDefinition | 'receive')[],
  heard: readonly Heard[] = [],
  options: Partial<ExchangeOptions> & { steps?: number } = {},
): Walk {
  const { steps = 10_000, role = 'trigger', ...others } = options;
  const exchange = new Exchange(compileTree(rules), { role, ...others });
  const effects: Effect[] = [];
  const queue = [...heard];
  let event: ExchangeEvent | undefined = { type: 'started' };
  for (let step = 0; event !== undefined && step < steps; step++) {
    const action = exchangeTransitions.next(exchange.phase, event.type);
    const made = exchange.step(event);
    const failed = exchange.outcome?.reason === 'error';
    assert.ok(failed || phasesAfter[action].includes(exchange.phase), `${action} leads to ${exchange.phase}`);
    effects.push(...made);
    event = answer(made.at(-1), queue);
  }
  const of = <T extends Effect['type']>(type: T) =>
    effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
  return {
    sent: of('send').map(({ rule }) => rule.body.source),
    fires: of('fire').map((fire) => ({ text: fire.message.text, results: record(fire.results) })),
    processed: of('processed').map(({ rule }) => rule.name),
    waits: of('wait').map(({ ms }) => ms),
    timeouts: of('receive').map(({ timeout }) => timeout),
    discarded: of('discarded').reduce((sum, { count }) => sum + count, 0),
    results: record(exchange.results.snapshot()),
    outcome: exchange.outcome,
    effects,
    exchange,
  };
}

function answer(last: Effect | undefined, queue: Heard[]): ExchangeEvent | undefined {
  if (last?.type === 'wait') return { type: 'elapsed' };
  if (last?.type === 'send') return { type: 'sent', message: message(last.rule.body.source, 'sent') };
  if (last?.type !== 'receive') return undefined;
  const next = queue.shift();
  if (next === undefined) return undefined;
  if (next === 'TIMEOUT') return { type: 'timeout', limit: last.timeout ?? 60_000 };
  if (next === 'LEFT') return { type: 'left' };
  return { type: 'received', message: message(next) };
}

const record = (results: readonly { key: string; text: string }[]) =>
  Object.fromEntries(results.map(({ key, text }) => [key, text]));
