import type { SuiteDelivery } from '@fairlead/testkit';
import { topicMatcher } from '../src/topic.ts';
import { payloadOf, type ReceivedMessage } from './webhook/receiver.ts';

type Handler = (topic: string, payload: Buffer, delivery: SuiteDelivery) => void;

/** Calls handlers with messages in the form of `jsonForm`, as a bus that receives would. */
export class Arrivals {
  readonly #entries = new Set<{ readonly matches: (topic: string) => boolean; readonly handler: Handler }>();

  readonly subscribe = async (filter: string, handler: Handler) => {
    const entry = { matches: topicMatcher(filter), handler };
    this.#entries.add(entry);
    return { close: async () => void this.#entries.delete(entry) };
  };

  arrived(message: ReceivedMessage): void {
    const { topic, properties, expiry, correlation } = message;
    const delivery = {
      ...(properties !== undefined && { properties }),
      ...(expiry !== undefined && { expiry }),
      ...(correlation !== undefined && { correlation: Buffer.from(correlation, 'base64') }),
    };
    for (const { matches, handler } of this.#entries)
      if (matches(topic)) handler(topic, payloadOf(message), delivery);
  }
}
