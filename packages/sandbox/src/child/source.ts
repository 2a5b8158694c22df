import { stripTypeScriptTypes } from 'node:module';
import type ivm from 'isolated-vm';
import { Fault } from './fault.ts';

const fileName = 'script.js';

/** A compiled source: a classic script (the ThingsPanel contract) or a module. */
export type Compiled =
  | { readonly kind: 'classic'; readonly script: ivm.Script }
  | { readonly kind: 'module'; readonly module: ivm.Module };

/**
 * Compiles what people write: first as it stands, as a classic script, then as a module; what is neither may be
 * TypeScript, whose types are blanked out, so that lines stay. Valid JavaScript is thus never touched.
 * A text that is nothing of all this gets the reason of the TypeScript parser, which understands both languages.
 * @param spent is called when that parser broke down: it refuses everything from then on, in this process
 */
export function compile(isolate: ivm.Isolate, source: string, spent: () => void): Compiled {
  const plain = attempt(isolate, source);
  if (plain !== undefined) return plain;
  let stripped: string;
  try {
    stripped = stripTypeScriptTypes(source);
  } catch (error) {
    if (isSyntaxError(error)) throw syntaxFault(error);
    // It is WebAssembly whose stack is small, and after a trap its memory is in disorder.
    spent();
    throw new Fault('SCRIPT_INVALID', {
      line: 0,
      reason: 'it is nested too deeply for the TypeScript parser',
    });
  }
  const typed = attempt(isolate, stripped);
  if (typed !== undefined) return typed;
  try {
    return { kind: 'module', module: isolate.compileModuleSync(stripped, { filename: fileName }) };
  } catch (error) {
    throw syntaxFault(error as Error);
  }
}

function attempt(isolate: ivm.Isolate, source: string): Compiled | undefined {
  try {
    return { kind: 'classic', script: isolate.compileScriptSync(source, { filename: fileName }) };
  } catch {
    // Not a classic script; a module perhaps.
  }
  try {
    return { kind: 'module', module: isolate.compileModuleSync(source, { filename: fileName }) };
  } catch {
    return undefined;
  }
}

/** Whether the TypeScript parser has something against the text. All else is something against the parser. */
function isSyntaxError(error: unknown): error is Error {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ERR_INVALID_TYPESCRIPT_SYNTAX' || code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX';
}

/** Both compilers give the line only as text: V8 as `[script.js:3:5]` in the message, the other as `:3` atop the stack. */
function syntaxFault(error: Error): Fault {
  const line = /\[script\.js:(\d+):\d+\]/.exec(error.message)?.[1] ?? /^:(\d+)/.exec(error.stack ?? '')?.[1];
  const reason = error.message.replace(/\s*\[script\.js:\d+:\d+\]/, '').split('\n')[0] as string;
  return new Fault('SCRIPT_INVALID', { line: Number(line ?? 0), reason: reason.slice(0, 300) });
}
