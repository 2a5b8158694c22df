/**
 * Damaged files of rules. The result must be a tree, or mistakes, each with a line of the file and a reason. Nothing may be
 * thrown or take long. Each tree is walked with random messages: only the last effect of a step may need an answer, there
 * are no effects after the close, and errors of bodies and conditions have a code.
 */

import {
  automationErrors,
  checkRules,
  demoTask,
  demoTrigger,
  type Effect,
  Exchange,
  type ExchangeEvent,
  type RulesFile,
} from '@fairlead/automation';
import { coreErrors, isFairleadError } from '@fairlead/core';
import { tcpErrors } from '@fairlead/tcp';
import { mutated } from './mutate.ts';
import { Random } from './random.ts';
import type { Report, Target } from './target.ts';

const SEEDS = [
  demoTask,
  demoTrigger,
  `rules:
  - send: '{{now | dd.MM.yyyy HH:mm | Europe/Berlin}} {{counter.A | D4}} {{var.X | none}}\\r\\n\\x02'
    iterations: 3
    delayBefore: 10ms
    delayAfter: 1s
    key: D2
    keyFormat: true
    rules:
      - receive: 500ms
        name: the answer
        rules:
          - check: { matches: '^(a+)+$', ignoreCase: true, trim: true }
            group: 2
            exit: success
          - check: { larger: -1.5e3 }
          - check: { contains: 41 0D, on: bytes }
            group: 2
            fire: true
  - send: { hex: 02 41 0D }
  - receive: 0
`,
  '[{"receive":null,"iterations":"forever","rules":[{"check":"otherwise","exit":"failure"}]},{"send":"x"}]',
  'a: &a [1, 2]\nrules: [{ send: *a }, *a]\nconnection: { port: 9090, framing: "length:2", codePage: shift_jis }\n',
].map((text) => Buffer.from(text));

const CODES = new Set(
  [coreErrors, automationErrors, tcpErrors].flatMap(({ entries }) => Object.keys(entries)),
);
const WORDS = [
  '',
  'a',
  'Handshake',
  'Some instruction',
  '-1500',
  '1e999',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab',
  '\u{1f600}\ud800',
  'A\r',
  ' x ',
];
/** Limit for one file, in milliseconds of processor time. */
const MOST_TIME = 1_000;
const STEPS = 200;

export const rules: Target = async (seed, until) => {
  const random = new Random(seed);
  let [inputs, trees] = [0, 0];
  let warned: string | undefined;
  const warn = ({ message }: Error) => {
    warned ??= `a warning for programmers: ${message}`;
  };
  const report = (what?: string, reproduction: readonly string[] = []): Report => ({
    summary: `${inputs.toLocaleString('en')} files, ${trees.toLocaleString('en')} of them trees`,
    finding: what === undefined ? undefined : { what, reproduction },
  });
  process.on('warning', warn);
  try {
    for (; !until(); inputs++) {
      if (inputs % 64 === 63) await new Promise(setImmediate);
      if (warned !== undefined) return report(warned);
      const bytes = mutated(random, [random.pick(SEEDS)]);
      const role = random.pick([undefined, 'task', 'trigger'] as const);
      const what = judged(bytes.toString('utf8'), role, random, () => trees++);
      if (what !== undefined) return report(what, [`as ${role}: ${bytes.toString('hex')}`]);
    }
    return report();
  } finally {
    process.off('warning', warn);
  }
};

function judged(
  text: string,
  role: 'task' | 'trigger' | undefined,
  random: Random,
  found: () => void,
): string | undefined {
  const begun = process.cpuUsage();
  try {
    const { file, problems = [] } = checkRules(text, role);
    if (file === undefined) return badProblem(problems, text);
    found();
    const wrong = walked(file, role ?? 'task', random);
    if (wrong !== undefined) return wrong;
  } catch (error) {
    return `it threw ${(error as Error).stack}`;
  }
  const { user, system } = process.cpuUsage(begun);
  const ms = (user + system) / 1_000;
  return ms > MOST_TIME ? `it took ${Math.round(ms)} ms` : undefined;
}

function badProblem(problems: readonly { line: number; column: number; reason: string }[], text: string) {
  const lines = text.split(/\r\n|\n|\r/).length;
  if (problems.length === 0) return 'it is no tree, and nobody says why';
  const bad = problems.find(
    ({ line, column, reason }) => !(line >= 1 && line <= lines && column >= 1) || reason.trim() === '',
  );
  return bad === undefined ? undefined : `a mistake without a place or a reason: ${JSON.stringify(bad)}`;
}

/** Plays the peer, and the clock. */
function walked({ tree }: RulesFile, role: 'task' | 'trigger', random: Random): string | undefined {
  const exchange = new Exchange(tree, { role, maxIterations: random.int(1, 5) });
  let event: ExchangeEvent = { type: 'started' };
  for (let step = 0; step < STEPS; step++) {
    const effects = exchange.step(event);
    const asking = effects.filter(({ type }) => ['wait', 'send', 'receive', 'close'].includes(type));
    const last = effects.at(-1);
    if (asking.length !== 1 || asking[0] !== last)
      return `effects ${effects.map(({ type }) => type).join(' ')}`;
    if (last?.type === 'close') {
      const { error } = last.outcome;
      if (error !== undefined && !CODES.has(error.code)) return `it ended with ${error.code}`;
      const more = exchange.step({ type: 'received', message: message(random) });
      return more.length === 0 ? undefined : 'it goes on after its end';
    }
    event = random.chance(0.02) ? late(random) : answer(last as Effect, random);
  }
  const [end] = exchange.step({ type: 'stop', reason: 'enough' }).slice(-1);
  return end?.type === 'close' ? undefined : 'it cannot be stopped';
}

function answer(effect: Effect, random: Random): ExchangeEvent {
  if (effect.type === 'wait') return { type: 'elapsed' };
  if (effect.type === 'receive') {
    if (random.chance(0.05)) return { type: 'timeout', limit: 1 };
    return random.chance(0.05) ? { type: 'left' } : { type: 'received', message: message(random) };
  }
  const { rule, parent } = effect as Extract<Effect, { type: 'send' }>;
  try {
    const pieces = rule.body.render({
      now: random.int(0, 2 ** 40),
      message: parent?.text,
      result: () => random.pick([undefined, 'r']),
      variable: () => random.pick([undefined, 'v']),
      count: () => random.int(1, 100),
      environment: () => random.pick([undefined, 'e']),
    });
    const text = pieces.map((piece) => piece.text ?? '').join('');
    return { type: 'sent', message: { text, bytes: Buffer.from(text), direction: 'sent' } };
  } catch (error) {
    if (!isFairleadError(error)) throw error;
    return { type: 'failed', error };
  }
}

function late(random: Random): ExchangeEvent {
  return random.pick<ExchangeEvent>([
    { type: 'failed', error: coreErrors.error('PEER_RESET', { reason: 'fuzz' }) },
    { type: 'stop', reason: 'fuzz' },
  ]);
}

function message(random: Random) {
  const text = random.chance(0.8) ? random.pick(WORDS) : random.bytes(random.size(200)).toString('utf8');
  return { text, bytes: Buffer.from(text), direction: 'received' as const };
}
