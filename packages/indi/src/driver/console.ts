import { Console } from 'node:console';

/**
 * What a driver prints with `console` goes to stderr from now on: its stdout is INDI's, and a stray `<` there could swallow
 * what follows. Returns what makes that undone.
 */
export function consoleOnStderr(): () => void {
  const before = globalThis.console;
  globalThis.console = new Console(process.stderr);
  return () => {
    globalThis.console = before;
  };
}
