import { type BuildOptions, type Built, build } from './build.ts';
import { Fault, isTimeout } from './fault.ts';

export interface ProgramOptions extends BuildOptions {
  /** Milliseconds of processor time for one frame. */
  readonly softTimeout: number;
}

/** How often a frame is tried whose script was stopped although it had hardly any processor time. */
const starvedTries = 6;
/** Share of its time that a script must have had to be told that it used it up, in microseconds a millisecond. */
const usedShare = 800;

/** One script. Its frames are run with a limit on processor time; an isolate out of memory is made anew. */
export class Program {
  readonly #source: string;
  readonly #options: ProgramOptions;
  /** Shared with the isolate, whose end it survives: the next frame to run. */
  readonly #control = new Int32Array(new SharedArrayBuffer(4));
  #built: Built;
  /** Of the next call. The first one in an isolate may take longer. */
  #budget: number;
  #crossings = 0;

  /** Throws a {@link Fault} when the source does not compile, or its top level fails. */
  constructor(source: string, options: ProgramOptions) {
    this.#source = source;
    this.#options = options;
    this.#built = build(source, this.#control, options);
    this.#budget = options.firstCall;
  }

  get built(): Built {
    return this.#built;
  }

  dispose(): void {
    if (!this.#built.isolate.isDisposed) this.#built.isolate.dispose();
  }

  /**
   * Runs all frames of a batch, as few times at once as possible, and says what became of each. A frame is blamed only
   * when it ran alone or first; one that was cut off behind others is run again, alone.
   * @param stopAtFault leave the frames after one that timed out or exhausted the memory to somebody else: `~`
   */
  uplink(packed: Uint8Array, contexts: string, stopAtFault: boolean): string {
    const total = countFrames(packed);
    let report = '';
    let aloneUntil = 0;
    let tries = 0;
    let held: Built | undefined; // The isolate that has the batch.
    for (let from = 0; from < total; ) {
      const to = from < aloneUntil ? from + 1 : total;
      const cpu = process.threadCpuUsage();
      this.#control[0] = from;
      try {
        const { go } = this.#enter();
        const fresh = held !== this.#built;
        // The contexts are as the batch came. What the frames before this one left in a state, the service knows.
        if (fresh && from > 0 && /^[SD]/m.test(report)) return report + deferred(total - from);
        held = this.#built;
        const text = go.applySync(
          undefined,
          [fresh ? packed : undefined, fresh ? contexts : undefined, from, to],
          { arguments: { copy: true }, timeout: this.#budget * 2 ** Math.min(tries, 4) },
        );
        const done = this.#control[0] as number;
        if (done <= from) return report + this.#fault(noProgress()).repeat(total - from);
        report += text;
        from = done;
        tries = 0;
        this.#budget = this.#options.softTimeout;
        if (++this.#crossings % 1_000 === 0) this.#exhausted();
      } catch (error) {
        // It could not even be compiled again.
        if (error instanceof Fault) return report + this.#fault(error).repeat(total - from);
        const starved = this.#starved(cpu) && isTimeout(error);
        const done = this.#control[0] as number;
        const memory = this.#exhausted();
        const left = done >= to; // Its frames are done; what they left behind, promises, ran away.
        // It may have been stopped before it took the batch over, or while it still had its promises.
        if (done <= from) held = undefined;
        if (left) this.dispose();
        if ((memory || left) && to - from > 1) {
          aloneUntil = Math.min(done + 1, total);
          continue;
        }
        if (!memory && !left && done > from) {
          const text = this.#salvage(from);
          if (text !== undefined) {
            report += text;
            from = done;
          }
          aloneUntil = done + 1;
          continue;
        }
        if (!memory && starved && ++tries < starvedTries) {
          aloneUntil = from + 1;
          continue;
        }
        report += this.#fault(memory ? this.#memoryFault() : this.#faultOf(error));
        from += 1;
        tries = 0;
        if (stopAtFault) return report + deferred(total - from);
      }
    }
    return report;
  }

  /** Calls a function other than uplink once. */
  call(name: 'downlink' | 'identify' | 'poll', text: string): string {
    for (let tries = 1; ; tries++) {
      const cpu = process.threadCpuUsage();
      try {
        const method = this.#enter()[name];
        const timeout = this.#budget * 2 ** Math.min(tries - 1, 4);
        const report = method.applySync(undefined, [text], { timeout }) as string;
        this.#budget = this.#options.softTimeout;
        return `${report}\n`;
      } catch (error) {
        if (error instanceof Fault) return this.#fault(error);
        const starved = this.#starved(cpu) && isTimeout(error);
        if (this.#exhausted()) return this.#fault(this.#memoryFault());
        if (starved && tries < starvedTries) continue;
        this.dispose();
        return this.#fault(this.#faultOf(error));
      }
    }
  }

  /** Announces the entry, and makes the isolate anew where it was lost. */
  #enter(): Built {
    if (this.#built.isolate.isDisposed) {
      this.#built = build(this.#source, this.#control, this.#options);
      this.#budget = this.#options.firstCall;
    }
    this.#options.record('run');
    this.#options.host.renew();
    return this.#built;
  }

  /** The reports of the frames before the one that was cut off. */
  #salvage(from: number): string | undefined {
    try {
      return this.#built.take.applySync(undefined, [from], { timeout: this.#options.firstCall }) as string;
    } catch {
      this.dispose();
      return undefined;
    }
  }

  /** The machine was busy with others: the time ran, but not the script. */
  #starved(since: NodeJS.CpuUsage): boolean {
    const { user, system } = process.threadCpuUsage(since);
    return user + system < this.#budget * usedShare;
  }

  /** The limit of the isolate is a soft one: what the script keeps beyond is seen here, after a fault and now and then. */
  #exhausted(): boolean {
    const { isolate } = this.#built;
    if (isolate.isDisposed) return true;
    try {
      const { used_heap_size, externally_allocated_size } = isolate.getHeapStatisticsSync();
      if (used_heap_size + externally_allocated_size <= this.#options.memory) return false;
    } catch {
      // An isolate beyond its limit cannot be asked any more.
    }
    this.dispose();
    return true;
  }

  #fault(fault: Fault): string {
    return `${fault.line()}\n`;
  }

  #memoryFault(): Fault {
    return new Fault('SCRIPT_MEMORY', { limit: this.#options.memory });
  }

  #faultOf(error: unknown): Fault {
    if (isTimeout(error)) return new Fault('SCRIPT_TIMEOUT', { limit: this.#budget });
    return new Fault('SCRIPT_FAILED', {
      line: 0,
      reason: String((error as Error | undefined)?.message).slice(0, 300),
    });
  }
}

/** Frames that somebody else is to run. */
function deferred(count: number): string {
  return '~\n\n'.repeat(count);
}

/** Only a script that tampers with what its caller uses can bring this about. */
function noProgress(): Fault {
  return new Fault('SCRIPT_RESULT_INVALID', { reason: 'it keeps its caller from counting the frames' });
}

/** Frames in the packed jobs of a run. */
export function countFrames(packed: Uint8Array): number {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  let total = 0;
  for (let at = 0; at < packed.length; ) {
    const count = view.getUint32(at, true);
    total += count;
    at += 4;
    for (let i = 0; i < count; i++) at += 4 + view.getUint32(at, true);
  }
  return total;
}
