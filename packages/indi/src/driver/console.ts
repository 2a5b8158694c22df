import { Console } from 'node:console';

/**
 * Redirects the output of `console` to stderr, because stdout carries INDI, and a stray `<` there could hide what
 * follows. Returns a function that restores it.
 */
export function consoleOnStderr(): () => void {
  const before = globalThis.console;
  globalThis.console = new Console(process.stderr);
  return () => {
    globalThis.console = before;
  };
}
