/**
 * The process that the soak of downlinks kills: a store, and a gateway with one listener. Its parent sends `{n, delivery}`, a downlink
 * to keep, and gets `{n}` when it is accepted; `"left"` gets what became of all of them.
 */
import { flushCompileCache } from 'node:module';
import { silentLog } from '@fairlead/core';
import { createGateway, type Script } from '@fairlead/gateway';
import { openStore } from '@fairlead/store';

const [dir = '', port = '0'] = process.argv.slice(2);
const tell = (message: object) => process.send?.(message);
const store = openStore({ dir });

/** A device is sent `N:` and answers `ok N`. */
const script: Script = {
  contract: 'module',
  hasUplink: true,
  hasDownlink: true,
  hasIdentify: false,
  keepsState: false,
  identify: async () => ({}),
  uplink: async (frames) => ({
    results: frames.map((frame) => {
      const id = /^ok (\d+)$/.exec(Buffer.from(frame).toString())?.[1];
      return { messages: [], replies: [], ...(id !== undefined && { answers: [{ id }] }) };
    }),
  }),
  downlink: async ({ values }) => {
    const id = String((values as { n: number }).n);
    const send = Buffer.from(`${id}:`);
    return { bytes: [send], requests: [{ send, id, expect: [], answer: true }] };
  },
};
const gateway = await createGateway({
  directory: store.devices,
  downlinkQueue: store.downlinks,
  bus: {
    publish: () => true,
    drained: async () => {},
    flushed: async () => {},
    subscribe: async () => ({ close: async () => {} }),
  },
  scripts: { load: async () => script },
  log: silentLog,
});
const { address } = await gateway.listen('devices', 'custom', `127.0.0.1:${port}`);
flushCompileCache(); // the next process starts faster; this one will not end by itself
tell({ address });

process.on('message', async (message: 'left' | { n: number; delivery: 'at-most-once' | 'at-least-once' }) => {
  if (message === 'left') {
    const left = [];
    for (let before: string | undefined; ; ) {
      const page = await gateway.ledger.list({ limit: 1_000, before });
      left.push(
        ...page.map(({ json, state, code, finishedAt }) => ({
          json,
          state,
          code,
          finished: finishedAt !== undefined,
        })),
      );
      if (page.length < 1_000) break;
      before = page.at(-1)?.id;
    }
    tell({ left });
    return;
  }
  const { n, delivery } = message;
  try {
    await gateway.send(
      'device',
      { kind: 'command', values: { n } },
      { keep: 86_400_000, delivery, key: `${n}` },
    );
    tell({ n });
  } catch {
    tell({ refused: n });
  }
});
process.on('disconnect', () => process.exit());
