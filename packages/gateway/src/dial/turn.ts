import type { Ask } from './asks.ts';

/** A device and what it is to be asked. */
export class Turn<D> {
  readonly of: D;
  every: number;
  /** Monotonic milliseconds. */
  due: number;
  /** Whether the owner was asked for requests and has not offered them yet. */
  asking = false;
  asks: readonly Ask[] = [];
  next = 0;
  /** When requests that have a period of their own were sent. */
  readonly times = new Map<string, number>();

  constructor(of: D, every: number, due: number) {
    this.of = of;
    this.every = every;
    this.due = due;
  }

  get ask(): Ask | undefined {
    return this.asks[this.next];
  }
}
