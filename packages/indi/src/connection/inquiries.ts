import { indiLimits } from '../limits.ts';

/** What is known of a command that not every device of its kind has. */
type Known = 'answered' | 'unanswered' | { readonly hangUps: number };

/** Links that ended over the same question, after which it is not asked again. */
const HANG_UPS = 2;

/**
 * Which optional commands a device answers. It outlives a link: what a device does not know before its connection was
 * lost it does not know after it was made again.
 */
export class Inquiries {
  readonly #known = new Map<string, Known>();
  readonly #told: (command: string) => void;

  /** @param told called once for each command that the device turns out not to know */
  constructor(told: (command: string) => void) {
    this.#told = told;
  }

  /** Whether the device has answered it. No answer then means that something is wrong with the device or the link. */
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

  /** The link ended before anything else was answered: some devices hang up, or hang, on commands that they do not know. */
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
