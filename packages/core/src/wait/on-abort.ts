/**
 * Calls `run` once when the signal is aborted, at once if it is aborted already. Dispose of it (`using`) to stop listening.
 *
 * For work that an abort must end in a special way. If the wait only has to reject, use `timeLimit`.
 */
export function onAbort(signal: AbortSignal, run: () => void): Disposable {
  if (signal.aborted) run();
  else signal.addEventListener('abort', run, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', run) };
}
