import type { RawElement } from '../wire/index.ts';

/** Servers on a way beyond which nothing is passed on. */
const LONGEST = 32;
const STEP = /^[0-9a-f]{8}\.\d{1,6}$/;

/**
 * The way that a `getProperties` has come from server to server, in an attribute that INDI does not have and that drivers
 * and other servers pass over or pass on. Servers that are chained in a ring tell by it what they have asked themselves.
 *
 *     client --get--> A --get via="a.1"--> B --get via="a.1 b.1"--> A    A finds itself: to its drivers, to no other server
 *
 * A step is the hub's own number, made at its start, and the number of the chain that it asked over.
 */
export class Way {
  readonly #hub: string;
  readonly #steps: readonly string[];

  private constructor(hub: string, steps: readonly string[]) {
    this.#hub = hub;
    this.#steps = steps;
  }

  /** Where a way of `hub` begins. @param random 0 (included) to 1 (excluded) */
  static origin(random: () => number): Way {
    const hub = Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
    return new Way(hub, []);
  }

  /** The ways that elements have come to this hub, each once. */
  of(elements: readonly RawElement[]): Way[] {
    const ways = new Set(elements.map((element) => element.attributes.via ?? ''));
    return [...ways].map(
      (via) =>
        new Way(
          this.#hub,
          via.split(' ').filter((step) => STEP.test(step)),
        ),
    );
  }

  /** Whether it has led through this hub already, or is too long to be one. */
  get returns(): boolean {
    return this.#steps.length >= LONGEST || this.#steps.some((step) => this.#isOurs(step));
  }

  /** The number of the chain over which it left this hub last. */
  get left(): number | undefined {
    const step = this.#steps.findLast((one) => this.#isOurs(one));
    return step === undefined ? undefined : Number(step.split('.')[1]);
  }

  /** Whether it came back from the very server that it went to, or from this hub itself. */
  get direct(): boolean {
    return this.#steps.slice(-2).some((step) => this.#isOurs(step));
  }

  /** Whether no other hub lies between: this one asked itself, perhaps over servers that add no step. */
  get own(): boolean {
    const last = this.#steps.at(-1);
    return last !== undefined && this.#isOurs(last);
  }

  /** The attribute of what goes on over a chain. */
  over(chain: number): string {
    return [...this.#steps, `${this.#hub}.${chain}`].join(' ');
  }

  #isOurs(step: string): boolean {
    return step.startsWith(`${this.#hub}.`);
  }
}
