/**
 * A trigger under attack, on real sockets. Meanwhile well-behaved clients continue. They must not be affected: each message is
 * answered in order, and its fires arrive once and in order. The trigger listens to the end, every run ends with a code of
 * the catalogue or none, memory stays bounded, and no error is unhandled.
 */

import type { Socket } from 'node:net';
import {
  automationErrors,
  parseConnection,
  parseRules,
  startTrigger,
  type Trigger,
} from '@fairlead/automation';
import { coreErrors } from '@fairlead/core';
import { codePage, Deframer, length, line, tcpErrors, text } from '@fairlead/tcp';
import { type Arsenal, attack } from './attacks.ts';
import { type Conduct, dial, perform, pieces } from './conduct.ts';
import { Random } from './random.ts';
import { siege } from './siege.ts';
import type { Target } from './target.ts';

const TREE = parseRules(
  `rules:
  - receive:
    iterations: forever
    rules:
      - check: { startsWith: 'ECHO ' }
        group: 1
        rules: [{ send: '> {{message}}' }]
      - check: { matches: '^TAKE$' }
        group: 1
        rules:
          - send: ready
            rules: [{ receive: 5s, key: TAKEN, fire: true }]
      - check: { larger: 100 }
        group: 1
        exit: success
      - check: otherwise
        group: 1
        exit: failure
`,
  'trigger',
).tree;

/** The framings. Attackers send messages of both. */
const FRAMINGS = {
  line: { codec: () => line(), wrap: (word: string) => Buffer.from(`${word}\r\n`) },
  'length:2': {
    codec: () => text(length({ bytes: 2 })),
    wrap: (word: string) => {
      const bytes = Buffer.from(word);
      return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
    },
  },
} as const;
type Framing = keyof typeof FRAMINGS;

const ATTACKERS = 16;
const DEADLINE = 20_000;
const CODES = new Set(
  [coreErrors, automationErrors, tcpErrors].flatMap(({ entries }) => Object.keys(entries)),
);
/** Codes that say that Fairlead itself is at fault. */
const DEFECTS = new Set(['CODEC_FAILED', 'CODEC_STALLED', 'HANDLER_FAILED', 'ALREADY_RECEIVING']);

export const trigger: Target = async (seed, until) => {
  const random = new Random(seed);
  await using parts = new AsyncDisposableStack();
  const arenas: Arena[] = [];
  for (const framing of Object.keys(FRAMINGS) as Framing[]) arenas.push(parts.use(await Arena.open(framing)));
  return await siege('attacking clients', until, async () => {
    const arena = random.pick(arenas);
    const conducts = Array.from({ length: random.int(1, ATTACKERS) }, () => attack(random, arena.arsenal));
    const wrong = await arena.round(conducts, random);
    return { conducts, wrong: wrong && `${arena.framing}: ${wrong}` };
  });
};

/** A trigger and its well-behaved clients. */
class Arena implements AsyncDisposable {
  readonly framing: Framing;
  readonly arsenal: Arsenal;
  readonly #trigger: Trigger;
  readonly #fired: readonly string[];
  readonly #codes: ReadonlySet<string>;
  readonly #residents: readonly GoodClient[];

  private constructor(
    framing: Framing,
    trigger: Trigger,
    fired: readonly string[],
    codes: ReadonlySet<string>,
  ) {
    const { wrap } = FRAMINGS[framing];
    this.framing = framing;
    this.arsenal = {
      hellos: ['ECHO x', 'TAKE', '101'].map(wrap),
      seeds: ['ECHO x', 'TAKE', '7', '1e5', 'nonsense', `ECHO ${'y'.repeat(900)}`, 'ECHO \u{1f600}'].map(
        wrap,
      ),
    };
    this.#trigger = trigger;
    this.#fired = fired;
    this.#codes = codes;
    this.#residents = [1, 2].map((number) => new GoodClient(number, framing, portOf(trigger)));
  }

  static async open(framing: Framing): Promise<Arena> {
    const fired: string[] = [];
    const codes = new Set<string>();
    const trigger = await startTrigger({
      name: 'door',
      tree: TREE,
      connection: parseConnection({
        port: 0,
        framing,
        maxMessage: '4KiB',
        maxClients: 10,
        timeout: '60s',
        onInvalid: 'strict',
        logSent: true,
        logReceived: true,
      }),
      codePages: codePage,
      fire: ({ textBody }) => {
        if (textBody.startsWith('good ')) fired.push(textBody);
      },
      ended: ({ code }) => {
        if (code !== undefined) codes.add(code);
      },
      refused: ({ code }) => void codes.add(code),
    });
    const arena = new Arena(framing, trigger, fired, codes);
    await Promise.all(arena.#residents.map((client) => client.heard('> ECHO 0')));
    return arena;
  }

  /** One round. Returns what went wrong. */
  async round(conducts: readonly Conduct[], random: Random): Promise<string | undefined> {
    const port = portOf(this.#trigger);
    const sockets = conducts.map(() => dial(port));
    const attacks = conducts.map((conduct, i) => perform(conduct, sockets[i] as Socket));
    const before = this.#fired.length;
    const talks = this.#residents.map((client) => client.talk(random.int(1, 20), random));
    const wrongs = await Promise.all(talks.map(({ done }) => done));
    await Promise.all(attacks);
    for (const socket of sockets) socket.destroy();
    const fires = this.#fired.slice(before);
    for (const { fires: expected, number } of talks) {
      const own = fires.filter((body) => body.startsWith(`good ${number} `));
      if (own.join() !== expected.join())
        return `client ${number} fired ${own.join()}, not ${expected.join()}`;
    }
    return wrongs.find((wrong) => wrong !== undefined) ?? (await this.#alone()) ?? this.#badCode();
  }

  /** Waits until only the good clients are left. */
  async #alone(): Promise<string | undefined> {
    const end = performance.now() + DEADLINE;
    while (this.#trigger.counters().clients !== this.#residents.length) {
      if (performance.now() > end) return `${this.#trigger.counters().clients} clients are left`;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return undefined;
  }

  #badCode(): string | undefined {
    const bad = [...this.#codes].find((code) => !CODES.has(code) || DEFECTS.has(code));
    return bad === undefined ? undefined : `a run ended with ${bad}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#residents) client.destroy();
    await this.#trigger.stop();
  }
}

/** A client that must be answered, whatever other clients do. */
class GoodClient {
  readonly #number: number;
  readonly #wrap: (word: string) => Buffer;
  readonly #socket: Socket;
  readonly #heard: string[] = [];
  #said = 0;
  #wrong: string | undefined;

  constructor(number: number, framing: Framing, port: number) {
    const { codec, wrap } = FRAMINGS[framing];
    this.#number = number;
    this.#wrap = wrap;
    this.#socket = dial(port);
    const deframer = new Deframer(codec().decoder(), framing);
    this.#socket.on('data', (chunk: Buffer) => void this.#heard.push(...(deframer.push(chunk) as string[])));
    this.#socket.on('close', () => {
      this.#wrong ??= `client ${number} has lost its link`;
    });
    this.#socket.write(wrap('ECHO 0'));
  }

  /** Words to be echoed, and words to be taken; what comes of them is checked. */
  talk(count: number, random: Random) {
    const words: string[] = [];
    const answers: string[] = [];
    const fires: string[] = [];
    for (let i = 0; i < count; i++) {
      const n = ++this.#said;
      if (random.chance(0.6)) {
        words.push(`ECHO ${n}`);
        answers.push(`> ECHO ${n}`);
      } else {
        const word = `good ${this.#number} ${n}`;
        words.push('TAKE', word);
        answers.push('ready');
        fires.push(word);
      }
    }
    const bytes = Buffer.concat(words.map(this.#wrap));
    return { number: this.#number, fires, done: this.#answered(pieces(random, bytes), answers) };
  }

  async #answered(steps: ReturnType<typeof pieces>, answers: readonly string[]) {
    for (const step of steps) {
      if ('wait' in step) await new Promise((resolve) => setTimeout(resolve, step.wait));
      else {
        this.#socket.write(step.send);
        await new Promise(setImmediate);
      }
    }
    // One more word, whose answer comes after all the others have been handled.
    const last = `ECHO end ${this.#said}`;
    this.#socket.write(this.#wrap(last));
    const all = [...answers, `> ${last}`];
    const wrong = await this.#waitFor(all.length);
    const got = this.#heard.splice(0);
    if (wrong !== undefined) return wrong;
    return got.join('\n') === all.join('\n') ? undefined : `client ${this.#number} heard ${got.join(' | ')}`;
  }

  async heard(word: string): Promise<void> {
    const wrong = await this.#waitFor(1);
    if (wrong !== undefined || this.#heard.shift() !== word) throw new Error(wrong ?? 'another answer');
  }

  async #waitFor(count: number): Promise<string | undefined> {
    const end = performance.now() + DEADLINE;
    while (this.#heard.length < count) {
      if (this.#wrong !== undefined) return this.#wrong;
      if (performance.now() > end)
        return `client ${this.#number} heard ${this.#heard.length} of ${count} answers`;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return this.#wrong;
  }

  destroy(): void {
    this.#wrong = '';
    this.#socket.destroy();
  }
}

function portOf({ address }: Trigger): number {
  return Number(address.split(':').at(-1));
}
