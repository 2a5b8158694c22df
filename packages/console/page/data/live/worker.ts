/** The shared worker of all pages of a browser: it holds their one live stream. */
import { createClient } from '@fairlead/api';
import { Keeper } from './keeper.ts';
import type { ToKeeper } from './talk.ts';

const api = createClient({ url: location.origin });
const keeper = new Keeper((options) => api.watch(options));

// The types of a worker's global and of a page's cannot be loaded together.
interface SharedWorkerGlobal {
  onconnect: ((event: MessageEvent) => void) | null;
  waiting?: MessageEvent[];
}

const connected = ({ ports: [port] }: Pick<MessageEvent, 'ports'>): void => {
  if (port === undefined) return;
  const take = keeper.attach((message) => port.postMessage(message));
  port.onmessage = ({ data }: MessageEvent<ToKeeper>) => take(data);
};

const here = globalThis as unknown as SharedWorkerGlobal;
// Pages that came while this file was loaded.
for (const event of here.waiting?.splice(0) ?? []) connected(event);
here.onconnect = connected;
