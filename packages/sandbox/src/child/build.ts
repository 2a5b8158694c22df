import ivm from 'isolated-vm';
import type { Entry, PreludeBounds } from '../isolate/prelude.ts';
import type { ScriptFunctions } from '../types.ts';
import { Fault, isTimeout } from './fault.ts';
import { type Compiled, compile } from './source.ts';

export const isolateModules = ['intrinsics', 'failure', 'render', 'prelude', 'helpers'] as const;
type IsolateModule = (typeof isolateModules)[number];

export interface BuildOptions {
  /** Milliseconds for the top level of the script. */
  readonly firstCall: number;
  readonly memory: number;
  readonly bounds: PreludeBounds;
  /** Sources of the modules that run inside each isolate, by name. */
  readonly modules: Readonly<Record<IsolateModule, string>>;
  /** Told before each entry into an isolate. */
  readonly record: (phase: 'prepare' | 'run') => void;
  /** Called when this process can compile no further scripts. */
  readonly spent: () => void;
}

type Method<K extends keyof Entry> = ivm.Reference<Entry[K]>;

/** A script in its isolate, ready to be called. */
export interface Built {
  readonly isolate: ivm.Isolate;
  readonly go: Method<'go'>;
  readonly take: Method<'take'>;
  readonly downlink: Method<'downlink'>;
  /** Which calls the script takes. */
  readonly calls: ScriptFunctions;
  /** What it wrote with `console` while it was loaded, as lines of a report. */
  readonly log: string;
}

/** Throws a {@link Fault} when the source does not compile, or its top level fails. */
export function build(source: string, control: Int32Array, options: BuildOptions): Built {
  const { memory, record, firstCall } = options;
  record('prepare');
  const isolate = new ivm.Isolate({ memoryLimit: Math.max(8, Math.ceil(memory / 2 ** 20)) });
  try {
    const context = isolate.createContextSync();
    const entry = installPrelude(isolate, context, control, options);
    const compiled = compile(isolate, source, options.spent);
    record('run');
    const functions = evaluate(isolate, context, compiled, options);
    const list = [functions.uplink, functions.downlink, functions.encodeInp];
    const log = entry.adopt.applySync(
      undefined,
      list.map((f) => f?.derefInto()),
    ) as string;
    const platform = functions.encodeInp !== undefined;
    const calls: ScriptFunctions = {
      contract: platform ? 'encodeInp' : 'module',
      uplink: platform || functions.uplink !== undefined,
      downlink: platform || functions.downlink !== undefined,
    };
    return { isolate, go: entry.go, take: entry.take, downlink: entry.downlink, calls, log };
  } catch (error) {
    const lost = isolate.isDisposed;
    if (!lost) isolate.dispose();
    if (error instanceof Fault) throw error;
    if (lost) throw new Fault('SCRIPT_MEMORY', { limit: memory });
    if (isTimeout(error)) throw new Fault('SCRIPT_TIMEOUT', { limit: firstCall });
    throw topLevelFault(error);
  }
}

function installPrelude(
  isolate: ivm.Isolate,
  context: ivm.Context,
  control: Int32Array,
  options: BuildOptions,
) {
  const compiled = new Map<string, ivm.Module>();
  const own = (name: string): ivm.Module => {
    let module = compiled.get(name);
    if (module === undefined) {
      const source = options.modules[name as IsolateModule];
      module = isolate.compileModuleSync(source, { filename: `fairlead:${name}` });
      compiled.set(name, module);
    }
    return module;
  };
  const module = own('prelude');
  // They import each other as './name.ts', or '.js' once built.
  module.instantiateSync(context, (specifier) => own(specifier.slice('./'.length, -'.ts'.length)));
  module.evaluateSync();
  const install = module.namespace.getSync('install', { reference: true }) as ivm.Reference;
  const arguments_ = [
    new ivm.ExternalCopy(control).copyInto(),
    new ivm.ExternalCopy(options.bounds).copyInto(),
  ];
  const entry = install.applySync(undefined, arguments_, {
    result: { reference: true },
  }) as unknown as ivm.Reference<Entry>;
  const method = (name: keyof Entry): unknown => entry.getSync(name, { reference: true });
  return {
    go: method('go') as Method<'go'>,
    take: method('take') as Method<'take'>,
    downlink: method('downlink') as Method<'downlink'>,
    adopt: method('adopt') as ivm.Reference,
  };
}

type Functions = Partial<Record<'uplink' | 'downlink' | 'encodeInp', ivm.Reference>>;

function evaluate(
  isolate: ivm.Isolate,
  context: ivm.Context,
  compiled: Compiled,
  options: BuildOptions,
): Functions {
  const timeout = options.firstCall;
  const functions: Functions = {};
  const keep = (name: keyof Functions, value: unknown): void => {
    const reference = value as ivm.Reference;
    if (reference.typeof === 'function') functions[name] = reference;
  };
  if (compiled.kind === 'classic') {
    compiled.script.runSync(context, { timeout });
    // Not a look at the global object: const and let do not show there.
    const look = 'typeof encodeInp === "function" ? encodeInp : undefined';
    keep('encodeInp', context.evalSync(look, { reference: true, timeout }));
  } else {
    const { module } = compiled;
    const foreign = module.dependencySpecifiers.find((specifier) => specifier !== 'fairlead:helpers');
    if (foreign !== undefined) throw new Fault('SCRIPT_IMPORT_REFUSED', { specifier: foreign.slice(0, 100) });
    const library = isolate.compileModuleSync(options.modules.helpers, { filename: 'fairlead:helpers' });
    module.instantiateSync(context, () => library);
    module.evaluateSync({ timeout });
    for (const name of ['uplink', 'downlink', 'encodeInp'] as const) {
      keep(name, module.namespace.getSync(name, { reference: true }));
    }
  }
  if (Object.keys(functions).length === 0) {
    throw new Fault('SCRIPT_FUNCTION_MISSING', { name: 'uplink, downlink or encodeInp' });
  }
  return functions;
}

/** A name that the helpers do not have is a syntax error too, found when modules are linked. */
function topLevelFault(error: unknown): Fault {
  const { name, message, stack } = (error ?? {}) as Error;
  const line = Number(/script\.js:(\d+)/.exec(String(stack))?.[1] ?? 0);
  const reason = String(message).slice(0, 300);
  if (name === 'SyntaxError') {
    return new Fault('SCRIPT_INVALID', { line, reason: reason.replace(/\s*\[[^\]]*\]$/, '') });
  }
  return new Fault('SCRIPT_FAILED', { line, reason: `${String(name)}: ${reason}` });
}
