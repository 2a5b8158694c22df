/**
 * The first program of the page, and of the shared worker of all pages of a browser: so both load the client of the service from the same
 * files, once.
 */
if (typeof document === 'undefined') {
  // Pages that come before the program of the worker is loaded wait for it.
  const waiting: MessageEvent[] = [];
  Object.assign(globalThis, { waiting, onconnect: (event: MessageEvent) => waiting.push(event) });
  void import('./data/live/worker.ts');
} else void import('./start.tsx');
