import type { RawElement } from '../wire/index.ts';

/** Servers on a path beyond which a request is not passed on. */
const LONGEST = 32;
const STEP = /^[0-9a-f]{8}\.\d{1,6}$/;

/**
 * The servers that a `getProperties` passed, in an attribute `via` that INDI does not define. Drivers and other servers
 * ignore it or pass it on. Servers that are chained in a ring recognise their own requests by it.
 *
 *     client --get--> A --get via="a.1"--> B --get via="a.1 b.1"--> A    A finds itself: to its drivers, to no other server
 *
 * A step is the hub's own number, made at its start, and the number of the chain that it sent the request to.
 */
export class ViaPath {
  readonly #hub: string;
  readonly #steps: readonly string[];

  private constructor(hub: string, steps: readonly string[]) {
    this.#hub = hub;
    this.#steps = steps;
  }

  /** The empty path of a new hub. @param random 0 (included) to 1 (excluded) */
  static origin(random: () => number): ViaPath {
    const hub = Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
    return new ViaPath(hub, []);
  }

  /** The distinct paths of elements that arrived at this hub. */
  of(elements: readonly RawElement[]): ViaPath[] {
    const paths = new Set(elements.map((element) => element.attributes.via ?? ''));
    return [...paths].map(
      (via) =>
        new ViaPath(
          this.#hub,
          via.split(' ').filter((step) => STEP.test(step)),
        ),
    );
  }

  /** Whether it already passed this hub, or is too long to be a real path. */
  get returns(): boolean {
    return this.#steps.length >= LONGEST || this.#steps.some((step) => this.#isOurs(step));
  }

  /** The number of the chain over which it last left this hub. */
  get lastChain(): number | undefined {
    const step = this.#steps.findLast((one) => this.#isOurs(one));
    return step === undefined ? undefined : Number(step.split('.')[1]);
  }

  /** Whether it came back from the very server that it was sent to, or from this hub itself. */
  get isDirect(): boolean {
    return this.#steps.slice(-2).some((step) => this.#isOurs(step));
  }

  /** Whether this hub made the last step: it asked itself, perhaps over servers that add no step. */
  get lastIsOurs(): boolean {
    const last = this.#steps.at(-1);
    return last !== undefined && this.#isOurs(last);
  }

  /** The attribute of a request that goes on over a chain. */
  extended(chain: number): string {
    return [...this.#steps, `${this.#hub}.${chain}`].join(' ');
  }

  #isOurs(step: string): boolean {
    return step.startsWith(`${this.#hub}.`);
  }
}
