import { dirname, join } from 'node:path/posix';
import ivm from 'isolated-vm';
import type { Entry, PreludeBounds } from '../isolate/prelude.ts';
import type { ScriptFunctions } from '../types.ts';
import { Fault, isTimeout } from './fault.ts';
import type { Host } from './host.ts';
import { type Compiled, compile, placeIn, withoutPlace } from './source.ts';

const SCHEME = 'fairlead:';
/** The modules that scripts may import as `fairlead:NAME`: `isolate/NAME.ts`. */
const builtins = ['helpers', 'modbus'] as const;
const importable: readonly string[] = builtins.map((name) => SCHEME + name);
/** The modules that run inside each isolate, by their path in the folder `isolate`. */
export const isolateModules = [
  ...builtins,
  'context',
  'failure',
  'helpers/bits',
  'helpers/bytes',
  'helpers/checks',
  'helpers/checksum',
  'helpers/crypto',
  'helpers/decimal',
  'helpers/exact',
  'helpers/host',
  'helpers/numbers',
  'helpers/position',
  'helpers/protobuf',
  'helpers/reader',
  'helpers/text',
  'helpers/time',
  'identity',
  'intrinsics',
  'modbus/device',
  'modbus/map',
  'modbus/pdu',
  'modbus/plan',
  'modbus/write',
  'prelude',
  'render',
  'requests',
] as const;
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
  /** The JSON text of parameters by their number, which contexts name. */
  readonly parameters: (number: number) => string;
  /** What scripts call in this process. */
  readonly host: Host;
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
  readonly identify: Method<'identify'>;
  readonly poll: Method<'poll'>;
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
    const library = new Library(isolate, options);
    const entry = installPrelude(library, context, control, options);
    const compiled = compile(isolate, source, importable, options.spent);
    record('run');
    options.host.renew();
    const functions = evaluate(library, context, compiled, options);
    const log = entry.adopt.applySync(
      undefined,
      functionNames.map((name) => functions[name]?.derefInto()),
    ) as string;
    const platform = functions.encodeInp !== undefined;
    const calls: ScriptFunctions = {
      contract: platform ? 'encodeInp' : 'module',
      uplink: platform || functions.uplink !== undefined,
      downlink: platform || functions.downlink !== undefined,
      identify: functions.identify !== undefined,
      poll: functions.poll !== undefined,
    };
    const { go, take, downlink, identify, poll } = entry;
    return { isolate, go, take, downlink, identify, poll, calls, log };
  } catch (error) {
    const lost = isolate.isDisposed;
    if (!lost) isolate.dispose();
    if (error instanceof Fault) throw error;
    if (lost) throw new Fault('SCRIPT_MEMORY', { limit: memory });
    if (isTimeout(error)) throw new Fault('SCRIPT_TIMEOUT', { limit: firstCall });
    throw topLevelFault(error);
  }
}

/** The modules of the folder `isolate` in one isolate, each compiled when it is first asked for. */
class Library {
  readonly #isolate: ivm.Isolate;
  readonly #options: BuildOptions;
  readonly #compiled = new Map<string, ivm.Module>();
  readonly #paths = new Map<ivm.Module, string>();

  constructor(isolate: ivm.Isolate, options: BuildOptions) {
    this.#isolate = isolate;
    this.#options = options;
  }

  module(path: string): ivm.Module {
    let module = this.#compiled.get(path);
    if (module === undefined) {
      const source = this.#options.modules[path as IsolateModule];
      module = this.#isolate.compileModuleSync(source, { filename: `fairlead:${path}` });
      this.#compiled.set(path, module);
      this.#paths.set(module, path);
    }
    return module;
  }

  /** Runs the modules that a script imports, the only ones that see the functions of the host. */
  evaluate(context: ivm.Context, specifiers: readonly string[]): void {
    context.global.setSync('fairleadHost', new ivm.Callback(this.#options.host.call, { sync: true }));
    for (const specifier of specifiers) {
      const module = this.module(specifier.slice(SCHEME.length));
      module.instantiateSync(context, this.resolve);
      module.evaluateSync();
    }
    context.global.deleteSync('fairleadHost');
  }

  /** What the script imports, or a module of the library. */
  readonly resolve = (specifier: string, from: ivm.Module): ivm.Module => {
    if (specifier.startsWith(SCHEME)) return this.module(specifier.slice(SCHEME.length));
    const path = this.#paths.get(from) as string;
    // They import each other as './name.ts', or '.js' once built.
    return this.module(join(dirname(path), specifier).slice(0, -'.ts'.length));
  };
}

function installPrelude(library: Library, context: ivm.Context, control: Int32Array, options: BuildOptions) {
  const module = library.module('prelude');
  module.instantiateSync(context, library.resolve);
  module.evaluateSync();
  const install = module.namespace.getSync('install', { reference: true }) as ivm.Reference;
  const arguments_ = [
    new ivm.ExternalCopy(control).copyInto(),
    new ivm.ExternalCopy(options.bounds).copyInto(),
    new ivm.Callback(options.parameters, { sync: true }),
  ];
  const entry = install.applySync(undefined, arguments_, {
    result: { reference: true },
  }) as unknown as ivm.Reference<Entry>;
  const method = (name: keyof Entry): unknown => entry.getSync(name, { reference: true });
  return {
    go: method('go') as Method<'go'>,
    take: method('take') as Method<'take'>,
    downlink: method('downlink') as Method<'downlink'>,
    identify: method('identify') as Method<'identify'>,
    poll: method('poll') as Method<'poll'>,
    adopt: method('adopt') as ivm.Reference,
  };
}

/** What a script may define, in the order in which the prelude adopts it. */
const functionNames = ['uplink', 'downlink', 'identify', 'poll', 'encodeInp'] as const;
type Functions = Partial<Record<(typeof functionNames)[number], ivm.Reference>>;

function evaluate(
  library: Library,
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
    const { module, builtins: used, file } = compiled;
    if (used.length > 0) library.evaluate(context, used);
    module.instantiateSync(
      context,
      (specifier, from) => file(specifier, from) ?? library.resolve(specifier, from),
    );
    module.evaluateSync({ timeout });
    for (const name of functionNames) {
      keep(name, module.namespace.getSync(name, { reference: true }));
    }
  }
  if (Object.keys(functions).length === 0) {
    throw new Fault('SCRIPT_FUNCTION_MISSING', { name: 'uplink, downlink, identify, poll or encodeInp' });
  }
  return functions;
}

/** A name that the imported file does not have is a syntax error too, found when modules are linked. */
function topLevelFault(error: unknown): Fault {
  const { name, message, stack } = (error ?? {}) as Error;
  const reason = String(message).slice(0, 300);
  if (name === 'SyntaxError') {
    const place = placeIn(`${reason}\n${String(stack)}`);
    return new Fault('SCRIPT_INVALID', { ...place, reason: withoutPlace(reason) });
  }
  return new Fault('SCRIPT_FAILED', { ...placeIn(String(stack)), reason: `${String(name)}: ${reason}` });
}
