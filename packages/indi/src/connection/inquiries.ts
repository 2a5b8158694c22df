import { indiLimits } from '../limits.ts';

/** What is known about an optional command. */
type Known = 'answered' | 'unanswered' | { readonly hangUps: number };

/** After this many links that ended at the same command, it is not sent again. */
const HANG_UPS = 2;

/**
 * Which optional commands a device answers. It outlives a link: a command that the device did not know before a
 * reconnect is not known after it.
 */
export class Inquiries {
  readonly #known = new Map<string, Known>();
  readonly #told: (command: string) => void;

  /** @param told called once for each command that the device does not know */
  constructor(told: (command: string) => void) {
    this.#told = told;
  }

  /** Whether the device has answered it before. If it then gives no answer, the device or the link has failed. */
  answers(command: string): boolean {
    return this.#known.get(command) === 'answered';
  }

  /** Whether the device is known not to answer it. */
  lacks(command: string): boolean {
    return this.#known.get(command) === 'unanswered';
  }

  answered(command: string): void {
    this.#set(command, 'answered');
  }

  unanswered(command: string): void {
    if (this.lacks(command)) return;
    this.#set(command, 'unanswered');
    this.#told(command);
  }

  /** The link ended before another answer: some devices close the link, or hang, on commands that they do not know. */
  hungUp(command: string): void {
    const known = this.#known.get(command);
    if (typeof known === 'string') return;
    const hangUps = (known?.hangUps ?? 0) + 1;
    if (hangUps < HANG_UPS) this.#set(command, { hangUps });
    else this.unanswered(command);
  }

  #set(command: string, known: Known): void {
    this.#known.delete(command);
    this.#known.set(command, known);
    if (this.#known.size <= indiLimits.values.inquiries) return;
    const [oldest] = this.#known.keys();
    this.#known.delete(oldest as string);
  }
}
