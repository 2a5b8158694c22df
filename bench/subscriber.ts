import type { Handlers } from './harness.ts';
import { Counter } from './raw.ts';

/** What is counted: the messages of a broker on this machine. */
export interface Subscription {
  readonly port: number;
  /** In MQTT's syntax. */
  readonly filter: string;
}

/** The role of a process that counts the messages of a broker. */
export function subscriber(): Handlers {
  let counter: Counter | undefined;
  return {
    subscribe: async ({ port, filter }: Subscription) => {
      counter = await Counter.subscribe(port, filter);
    },
    reach: (messages: number) => counter?.reach(messages),
    /** Messages beyond the expected number, counted a moment later. */
    surplus: async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return counter?.count;
    },
    stop: () => counter?.close(),
  };
}
