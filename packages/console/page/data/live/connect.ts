/** Connects this page to the stream of its browser. */
import { api } from '../api.ts';
import { Keeper } from './keeper.ts';
import { type Connect, LiveClient } from './live-client.ts';
import type { ToPage } from './talk.ts';

/** One stream for all pages of the browser. The worker runs the first program of the page: see `main.ts`. @param failed it cannot */
const sharedBy =
  (program: string, failed: () => void): Connect =>
  (receive) => {
    const worker = new SharedWorker(program, { type: 'module', name: 'fairlead live' });
    worker.onerror = failed;
    const { port } = worker;
    port.onmessage = ({ data }: MessageEvent<ToPage>) => receive(data);
    return { send: (message) => port.postMessage(message), close: () => port.close() };
  };

/** A stream of its own, which ends when the page is hidden for a minute. */
const own: Connect = (receive) => {
  let open = true;
  const take = new Keeper((options) => api.watch(options)).attach((message) => {
    if (open) receive(message);
  });
  return {
    send: take,
    close: () => {
      open = false;
      take({ say: 'bye' });
    },
  };
};

export function connectLive(): LiveClient {
  const program = document.querySelector<HTMLScriptElement>('script[type=module]')?.src;
  let isShared = program !== undefined && 'SharedWorker' in globalThis;
  const shared = sharedBy(program ?? '', () => {
    isShared = false;
  });
  const client = new LiveClient(
    (receive) => (isShared ? shared : own)(receive),
    () => document.visibilityState === 'visible',
  );
  document.addEventListener('visibilitychange', () => client.visibilityChanged());
  addEventListener('pageshow', () => client.visibilityChanged());
  addEventListener('online', () => client.retry());
  addEventListener('pagehide', () => client.leave());
  return client;
}
