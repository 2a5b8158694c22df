import type { FairleadError, Log } from '@fairlead/core';
import type {
  BusAdapter,
  BusHandler,
  BusMessage,
  BusState,
  BusStateChange,
  BusStats,
  BusSubscription,
} from '../port.ts';
import { Branch, type BranchStats, type BusBranch } from './branch.ts';

export interface BusFanout extends BusAdapter {
  branches(): BranchStats[];
}

/** From the best to the worst. */
const WORSE: readonly BusState[] = ['connected', 'connecting', 'down', 'closed'];

/**
 * Several buses as one. A batch goes to every bus that takes its topics. The required ones decide together: `publish` throws
 * what one of them would throw, and then none has accepted anything; it returns false when one is slow or away, and `drained`,
 * `flushed`, `ready` and `state` wait for all of them. Best-effort buses never hold anything back.
 * @param branches the first is the main one, whose `kind` and counters the whole shows; it is required
 */
export function busFanout(branches: readonly [BusBranch, ...BusBranch[]], log: Log): BusFanout {
  return new Fanout(
    branches.map((branch) => new Branch(branch, log)),
    branches[0].bus,
  );
}

class Fanout implements BusFanout {
  readonly kind: BusAdapter['kind'];
  readonly carriesProperties: boolean;
  readonly #main: BusAdapter;
  readonly #branches: readonly Branch[];
  readonly #required: readonly BusAdapter[];
  /** Required buses that answered false. */
  readonly #behind = new Set<BusAdapter>();
  readonly #listeners = new Set<(change: BusStateChange) => void>();
  #state: BusState;

  constructor(branches: readonly Branch[], main: BusAdapter) {
    this.#branches = branches;
    this.#main = main;
    this.#required = branches.filter(({ required }) => required).map(({ bus }) => bus);
    this.kind = main.kind;
    this.carriesProperties = branches.some(({ usesProperties }) => usesProperties);
    this.#state = this.#worst().state;
    for (const bus of this.#required) bus.on('state', () => this.#changed());
  }

  get state(): BusState {
    return this.#worst().state;
  }

  get cause(): FairleadError | undefined {
    return this.#worst().cause;
  }

  on(_event: 'state', listener: (change: BusStateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async ready(signal?: AbortSignal): Promise<void> {
    await Promise.all(this.#required.map((bus) => bus.ready(signal)));
  }

  check(batch: readonly BusMessage[]): void {
    for (const branch of this.#branches) if (branch.required) branch.bus.check(branch.partOf(batch));
  }

  publish(batch: readonly BusMessage[]): boolean {
    const parts = this.#branches.map((branch) => branch.partOf(batch));
    if (this.#required.length > 1)
      for (const [i, branch] of this.#branches.entries())
        if (branch.required) branch.bus.check(parts[i] as readonly BusMessage[]);
    let more = true;
    for (const [i, branch] of this.#branches.entries()) {
      const part = parts[i] as readonly BusMessage[];
      if (part.length === 0) continue;
      if (!branch.required) branch.offer(part);
      else if (!branch.bus.publish(part)) {
        this.#behind.add(branch.bus);
        more = false;
      }
    }
    return more;
  }

  get behind(): boolean {
    return this.#required.some(({ behind }) => behind === true);
  }

  async caughtUp(signal?: AbortSignal): Promise<void> {
    await Promise.all(this.#required.map((bus) => bus.caughtUp?.(signal)));
  }

  async drained(signal?: AbortSignal): Promise<void> {
    await Promise.all(
      [...new Set([this.#main, ...this.#behind])].map(async (bus) => {
        await bus.drained(signal);
        this.#behind.delete(bus);
      }),
    );
  }

  async flushed(signal?: AbortSignal): Promise<void> {
    await Promise.all(this.#required.map((bus) => bus.flushed(signal)));
  }

  async subscribe(filter: string, handler: BusHandler): Promise<BusSubscription> {
    const receiving = this.#branches.filter(({ receives }) => receives);
    const results = await Promise.allSettled(receiving.map(({ bus }) => bus.subscribe(filter, handler)));
    const made = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const close = async () => {
      await Promise.all(made.map((subscription) => subscription.close()));
    };
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) return { close };
    await close();
    throw failed.reason;
  }

  /** Those of the main bus, and what waits at all required ones. */
  stats(): BusStats {
    const all = this.#required.map((bus) => bus.stats());
    const sum = (of: (stats: BusStats) => number) => all.reduce((total, stats) => total + of(stats), 0);
    return {
      ...this.#main.stats(),
      queuedMessages: sum(({ queuedMessages }) => queuedMessages),
      queuedBytes: sum(({ queuedBytes }) => queuedBytes),
    };
  }

  branches(): BranchStats[] {
    return this.#branches.map((branch) => branch.stats());
  }

  async close(): Promise<void> {
    await Promise.all(this.#branches.map(({ bus }) => bus.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #worst(): BusAdapter {
    return this.#required.reduce((worst, bus) =>
      WORSE.indexOf(bus.state) > WORSE.indexOf(worst.state) ? bus : worst,
    );
  }

  #changed(): void {
    const from = this.#state;
    const { state: to, cause } = this.#worst();
    if (from === to) return;
    this.#state = to;
    for (const listener of this.#listeners) listener({ from, to, cause });
  }
}
