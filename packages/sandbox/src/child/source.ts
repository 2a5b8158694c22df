import { stripTypeScriptTypes } from 'node:module';
import type ivm from 'isolated-vm';
import { splitScriptFiles } from '../script-files.ts';
import { Fault } from './fault.ts';

/** A file beside the importing one; there are no folders. */
const BESIDE = /^\.\/([A-Za-z0-9][A-Za-z0-9_-]{0,30}\.[jt]s)$/;
/** How V8 and the isolate name the place of an error: `script.js:3:5`, and of one of several files `script/frame.ts:3:5`. */
const PLACE = /script(?:\.js|\/([A-Za-z0-9_-]+\.[jt]s)):(\d+)/;
/** Characters of an import that an error shows. */
const SHOWN = 100;

/** A compiled source: a classic script (the ThingsPanel contract) or a module. */
export type Compiled =
  | { readonly kind: 'classic'; readonly script: ivm.Script }
  | {
      readonly kind: 'module';
      readonly module: ivm.Module;
      /** What its files import of Fairlead's. */
      readonly builtins: readonly string[];
      /** The file that another one imports; undefined: it is none of the script. */
      readonly file: (specifier: string, from: ivm.Module) => ivm.Module | undefined;
    };

/**
 * Compiles what people write: first as it stands, as a classic script, then as a module; what is neither may be
 * TypeScript, whose types are blanked out, so that lines stay. Valid JavaScript is thus never touched.
 * A text that is nothing of all this gets the reason of the TypeScript parser, which understands both languages.
 * @param builtins the specifiers that scripts may import besides their own files
 * @param spent is called when that parser broke down: it refuses everything from then on, in this process
 */
export function compile(
  isolate: ivm.Isolate,
  source: string,
  builtins: readonly string[],
  spent: () => void,
): Compiled {
  const files = filesOf(source);
  const [[main, text]] = files as unknown as [[string, string]];
  try {
    return { kind: 'classic', script: isolate.compileScriptSync(text, { filename: placeOf(main) }) };
  } catch {
    // Not a classic script; a module perhaps.
  }
  const linker = new Linker(isolate, files, builtins, spent);
  const module = linker.compile(main, []);
  return {
    kind: 'module',
    module,
    builtins: [...linker.used],
    file: (specifier, from) => linker.file(specifier, from),
  };
}

/** By name, the main file first. The name of a file that is alone is empty. */
function filesOf(source: string): ReadonlyMap<string, string> {
  try {
    return splitScriptFiles(source) ?? new Map([['', source]]);
  } catch (error) {
    throw new Fault('SCRIPT_INVALID', { line: 0, reason: (error as Error).message });
  }
}

/** The files of a script that its main file leads to. */
class Linker {
  readonly #isolate: ivm.Isolate;
  readonly #files: ReadonlyMap<string, string>;
  readonly #builtins: readonly string[];
  readonly #spent: () => void;
  readonly #modules = new Map<string, ivm.Module>();
  readonly #names = new Map<ivm.Module, string>();
  readonly used = new Set<string>();

  constructor(
    isolate: ivm.Isolate,
    files: ReadonlyMap<string, string>,
    builtins: readonly string[],
    spent: () => void,
  ) {
    this.#isolate = isolate;
    this.#files = files;
    this.#builtins = builtins;
    this.#spent = spent;
  }

  /** @param importers the files that lead here, the main one first */
  compile(name: string, importers: readonly string[]): ivm.Module {
    const known = this.#modules.get(name);
    if (known !== undefined) return known;
    const module = compileModule(this.#isolate, this.#files.get(name) as string, name, this.#spent);
    const path = [...importers, name];
    for (const specifier of module.dependencySpecifiers) {
      if (this.#builtins.includes(specifier)) this.used.add(specifier);
      else this.compile(this.#fileOf(specifier, path), path);
    }
    this.#modules.set(name, module);
    this.#names.set(module, name);
    return module;
  }

  file(specifier: string, from: ivm.Module): ivm.Module | undefined {
    const name = this.#names.has(from) ? BESIDE.exec(specifier)?.[1] : undefined;
    return name === undefined ? undefined : this.#modules.get(name);
  }

  #fileOf(specifier: string, path: readonly string[]): string {
    const file = path.at(-1) as string;
    const name = BESIDE.exec(specifier)?.[1];
    const details = { specifier: specifier.slice(0, SHOWN), file };
    if (name === undefined) throw new Fault('SCRIPT_IMPORT_REFUSED', details);
    if (!this.#files.has(name)) throw new Fault('SCRIPT_FILE_MISSING', details);
    if (path.includes(name)) {
      const circle = [...path.slice(path.indexOf(name)), name];
      throw new Fault('SCRIPT_IMPORT_CYCLE', { name: circle.join(', ') });
    }
    return name;
  }
}

function compileModule(isolate: ivm.Isolate, source: string, name: string, spent: () => void): ivm.Module {
  const filename = placeOf(name);
  try {
    return isolate.compileModuleSync(source, { filename });
  } catch {
    // TypeScript perhaps.
  }
  let stripped: string;
  try {
    stripped = stripTypeScriptTypes(source);
  } catch (error) {
    if (isSyntaxError(error)) throw syntaxFault(error, name);
    // It is WebAssembly whose stack is small, and after a trap its memory is in disorder.
    spent();
    const reason = 'it is nested too deeply for the TypeScript parser';
    throw new Fault('SCRIPT_INVALID', { line: 0, file: name, reason });
  }
  try {
    return isolate.compileModuleSync(stripped, { filename });
  } catch (error) {
    throw syntaxFault(error as Error, name);
  }
}

/** What V8 calls a file in errors and stacks. */
function placeOf(name: string): string {
  return name === '' ? 'script.js' : `script/${name}`;
}

/** Where an error arose, by what V8 says of it; the line is 0 if that is unknown. */
export function placeIn(text: string): { readonly line: number; readonly file: string } {
  const [, file = '', line = 0] = PLACE.exec(text) ?? [];
  return { line: Number(line), file };
}

/** Whether the TypeScript parser has something against the text. All else is something against the parser. */
function isSyntaxError(error: unknown): error is Error {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ERR_INVALID_TYPESCRIPT_SYNTAX' || code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX';
}

/** Both compilers give the line only as text: V8 as `[script.js:3:5]` in the message, the other as `:3` atop the stack. */
function syntaxFault(error: Error, file: string): Fault {
  const { line } = placeIn(error.message);
  const [reason = ''] = withoutPlace(error.message).split('\n');
  const found = line || Number(/^:(\d+)/.exec(error.stack ?? '')?.[1] ?? 0);
  return new Fault('SCRIPT_INVALID', { line: found, file, reason: reason.slice(0, 300) });
}

/** The message of a syntax error as V8 and isolated-vm give it, without the place in brackets behind it. */
export function withoutPlace(message: string): string {
  return message.replace(/\s*\[script[^\]]*\]/, '');
}
