import ivm from 'isolated-vm';
import type { Bounds, Entry } from '../isolate/prelude.ts';
import { Fault } from './fault.ts';
import { type Compiled, compile } from './source.ts';

export interface ProgramOptions {
  readonly softTimeout: number;
  readonly firstCall: number;
  readonly memory: number;
  readonly bounds: Bounds;
  /** Sources of the two modules that run inside each isolate. */
  readonly prelude: string;
  readonly helpers: string;
  /** Told before each entry into an isolate. */
  readonly record: (phase: 'prepare' | 'run') => void;
}

type Method<K extends keyof Entry> = ivm.Reference<Entry[K]>;

/** How often a frame is tried whose script was stopped although it had hardly any processor time. */
const starvedTries = 6;

/** One script in its isolate. Frames are run with a limit on processor time; an isolate out of memory is made anew. */
export class Program {
  readonly source: string;
  readonly #options: ProgramOptions;
  readonly #control = new Int32Array(new SharedArrayBuffer(4));
  #isolate!: ivm.Isolate;
  #go!: Method<'go'>;
  #take!: Method<'take'>;
  #downlink!: Method<'downlink'>;
  #budget = 0;
  #crossings = 0;
  /** `{"uplink", "downlink"}`: which calls the script takes; and what it wrote while it was loaded. */
  loaded = { uplink: false, downlink: false, log: '' };

  /** Throws a {@link Fault} when the source does not compile, or its top level fails. */
  constructor(source: string, options: ProgramOptions) {
    this.source = source;
    this.#options = options;
    this.#build();
  }

  dispose(): void {
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
  }

  /** @param stopAtFault leave the frames after one that timed out or exhausted the memory to somebody else: `~` */
  uplink(packed: Uint8Array, contexts: string, stopAtFault: boolean): string {
    const total = countFrames(packed);
    let report = '';
    let next = 0;
    let enter = true; // The batch must be handed over, at first and to a new isolate.
    let tries = 0;
    while (next < total) {
      const from = next;
      const cpu = process.threadCpuUsage();
      this.#control[0] = from;
      try {
        this.#enter();
        const timeout = this.#budget * 2 ** Math.min(tries, 4);
        const options = { arguments: { copy: true }, timeout } as const;
        report += this.#go.applySync(
          undefined,
          [enter ? packed : undefined, enter ? contexts : undefined, from],
          options,
        );
        enter = false;
        next = this.#control[0] as number;
        tries = 0;
        this.#budget = this.#options.softTimeout;
        this.#watchHeap();
      } catch (error) {
        // It could not even be compiled again.
        if (error instanceof Fault) return report + this.#fault(error).repeat(total - from);
        const used = process.threadCpuUsage(cpu);
        next = this.#control[0] as number;
        const alone = next === from;
        if (this.#outOfMemory()) {
          // What the frames before it gave is lost with the isolate: they run again.
          const rerun = next > from ? this.#rerun(packed, contexts, from, next) : '';
          report += rerun + this.#fault(new Fault('SCRIPT_MEMORY', { limit: this.#options.memory }));
          next += 1;
          enter = true;
        } else {
          enter = false;
          if (!alone) report += this.#take.applySync(undefined, [], { timeout: this.#options.firstCall });
          const starved = used.user + used.system < this.#budget * 800;
          tries = alone ? tries + 1 : 0;
          // It may have been stopped innocently: it was not first, or the machine was busy with others.
          if (!alone || (starved && tries < starvedTries && isTimeout(error))) continue;
          report += this.#fault(this.#faultOf(error));
          next += 1;
        }
        tries = 0;
        if (stopAtFault) return report + '~\n\n'.repeat(total - next);
      }
    }
    return report;
  }

  downlink(text: string): string {
    for (let tries = 0; ; tries++) {
      const cpu = process.threadCpuUsage();
      try {
        this.#enter();
        const report = this.#downlink.applySync(undefined, [text], {
          timeout: this.#budget * 2 ** Math.min(tries, 4),
        }) as string;
        this.#budget = this.#options.softTimeout;
        return `${report}\n`;
      } catch (error) {
        if (error instanceof Fault) return this.#fault(error);
        if (this.#outOfMemory())
          return this.#fault(new Fault('SCRIPT_MEMORY', { limit: this.#options.memory }));
        const used = process.threadCpuUsage(cpu);
        const starved = used.user + used.system < this.#budget * 800;
        if (starved && tries < starvedTries && isTimeout(error)) continue;
        return this.#fault(this.#faultOf(error));
      }
    }
  }

  #rerun(packed: Uint8Array, contexts: string, from: number, to: number): string {
    // Only a prefix is asked for; the slice may end it early, and the rest of the loop would be lost, so go on.
    const report = '';
    for (let next = from, first = true; next < to; first = false) {
      try {
        this.#enter();
        this.#control[0] = next;
        this.#go.applySync(undefined, [first ? packed : undefined, first ? contexts : undefined, next], {
          arguments: { copy: true },
          timeout: this.#options.firstCall,
        });
      } catch {
        // It ends where it ended before.
      }
      const done = Math.min(this.#control[0] as number, to);
      if (done <= next || this.#outOfMemory()) {
        return (
          report + this.#fault(new Fault('SCRIPT_MEMORY', { limit: this.#options.memory })).repeat(to - next)
        );
      }
      next = done;
    }
    return report;
  }

  #fault(fault: Fault): string {
    return `${fault.line()}\n`;
  }

  #faultOf(error: unknown): Fault {
    if (isTimeout(error)) return new Fault('SCRIPT_TIMEOUT', { limit: this.#budget });
    return new Fault('SCRIPT_FAILED', { line: 0, reason: String((error as Error).message).slice(0, 300) });
  }

  /** Announces the entry, and makes the isolate anew where it was lost. */
  #enter(): void {
    if (this.#isolate.isDisposed) this.#build();
    this.#options.record('run');
  }

  /** The limit of the isolate is a soft one: what it kept beyond is seen here, after a fault and now and then. */
  #outOfMemory(): boolean {
    if (this.#isolate.isDisposed) return true;
    try {
      const { used_heap_size, externally_allocated_size } = this.#isolate.getHeapStatisticsSync();
      if (used_heap_size + externally_allocated_size <= this.#options.memory) return false;
    } catch {
      // An isolate beyond its limit cannot be asked any more.
    }
    this.dispose();
    return true;
  }

  #watchHeap(): void {
    if (++this.#crossings % 1_000 === 0) this.#outOfMemory();
  }

  #build(): void {
    const { memory, prelude, helpers, bounds, record, firstCall } = this.#options;
    record('prepare');
    this.#isolate = new ivm.Isolate({ memoryLimit: Math.max(8, Math.ceil(memory / 2 ** 20)) });
    try {
      const context = this.#isolate.createContextSync();
      const entry = this.#installPrelude(context, prelude, bounds);
      const compiled = compile(this.#isolate, this.source);
      record('run');
      const functions = evaluate(this.#isolate, context, compiled, helpers, firstCall);
      const log = entry.adopt(functions.uplink, functions.downlink, functions.encodeInp);
      this.#go = entry.go;
      this.#take = entry.take;
      this.#downlink = entry.downlink;
      const platform = functions.encodeInp !== undefined;
      this.loaded = {
        uplink: platform || functions.uplink !== undefined,
        downlink: platform || functions.downlink !== undefined,
        log,
      };
      this.#budget = firstCall;
    } catch (error) {
      const lost = this.#isolate.isDisposed;
      this.dispose();
      if (error instanceof Fault) throw error;
      if (lost) throw new Fault('SCRIPT_MEMORY', { limit: memory });
      if (isTimeout(error)) throw new Fault('SCRIPT_TIMEOUT', { limit: firstCall });
      throw topLevelFault(error);
    }
  }

  #installPrelude(context: ivm.Context, prelude: string, bounds: Bounds) {
    const module = this.#isolate.compileModuleSync(prelude, { filename: 'fairlead:prelude' });
    module.instantiateSync(context, () => module);
    module.evaluateSync();
    const install = module.namespace.getSync('install', { reference: true }) as ivm.Reference;
    const control = new ivm.ExternalCopy(this.#control);
    const entry = install.applySync(
      undefined,
      [control.copyInto(), new ivm.ExternalCopy(bounds).copyInto()],
      { result: { reference: true } },
    ) as unknown as ivm.Reference<Entry>;
    const method = <K extends keyof Entry>(name: K) =>
      entry.getSync(name, { reference: true }) as unknown as Method<K>;
    const adopt = method('adopt') as unknown as ivm.Reference;
    return {
      go: method('go'),
      take: method('take'),
      downlink: method('downlink'),
      adopt: (...functions: (ivm.Reference | undefined)[]) =>
        adopt.applySync(
          undefined,
          functions.map((f) => f?.derefInto()),
        ) as string,
    };
  }
}

interface Functions {
  readonly uplink?: ivm.Reference | undefined;
  readonly downlink?: ivm.Reference | undefined;
  readonly encodeInp?: ivm.Reference | undefined;
}

function evaluate(
  isolate: ivm.Isolate,
  context: ivm.Context,
  compiled: Compiled,
  helpers: string,
  timeout: number,
): Functions {
  const functions: Record<string, ivm.Reference | undefined> = {};
  if (compiled.kind === 'classic') {
    compiled.script.runSync(context, { timeout });
    functions.encodeInp = functionOr(
      context.evalSync('typeof encodeInp === "function" ? encodeInp : undefined', {
        reference: true,
        timeout,
      }) as ivm.Reference,
    );
  } else {
    const { module } = compiled;
    const foreign = module.dependencySpecifiers.find((specifier) => specifier !== 'fairlead:helpers');
    if (foreign !== undefined) throw new Fault('SCRIPT_IMPORT_REFUSED', { specifier: foreign.slice(0, 100) });
    const library = isolate.compileModuleSync(helpers, { filename: 'fairlead:helpers' });
    module.instantiateSync(context, () => library);
    module.evaluateSync({ timeout });
    for (const name of ['uplink', 'downlink', 'encodeInp']) {
      functions[name] = functionOr(module.namespace.getSync(name, { reference: true }) as ivm.Reference);
    }
  }
  if (Object.values(functions).every((f) => f === undefined)) {
    throw new Fault('SCRIPT_FUNCTION_MISSING', { name: 'uplink, downlink or encodeInp' });
  }
  return functions;
}

function functionOr(reference: ivm.Reference): ivm.Reference | undefined {
  return reference.typeof === 'function' ? reference : undefined;
}

/** A name that a helper does not have is a syntax error too, found when modules are linked. */
function topLevelFault(error: unknown): Fault {
  const { name, message, stack } = error as Error;
  const line = Number(/script\.js:(\d+)/.exec(String(stack))?.[1] ?? 0);
  const reason = String(message).slice(0, 300);
  if (name === 'SyntaxError')
    return new Fault('SCRIPT_INVALID', { line, reason: reason.replace(/\s*\[[^\]]*\]$/, '') });
  return new Fault('SCRIPT_FAILED', { line, reason: `${String(name)}: ${reason}` });
}

/** isolated-vm tells by text alone. */
function isTimeout(error: unknown): boolean {
  return (error as Error).message === 'Script execution timed out.';
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
