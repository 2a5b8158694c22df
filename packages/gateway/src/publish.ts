import { asFairleadError, type FairleadError } from '@fairlead/core';
import type { Bus, BusMessage } from './ports.ts';

/**
 * Publishes the messages in order. If the bus refuses one, because it is too large for instance, the others still go on.
 * Returns what the bus answered: false asks for a pause.
 *
 * @param refused gets the place of each refused message in `messages`
 */
export function publishEach(
  bus: Bus,
  messages: readonly BusMessage[],
  refused: (index: number, error: FairleadError) => void,
): boolean {
  try {
    return bus.publish(messages);
  } catch (error) {
    if (messages.length === 1) refused(0, asFairleadError(error));
    if (messages.length <= 1) return true;
  }
  let more = true;
  for (const [index, message] of messages.entries())
    more = publishEach(bus, [message], (_, error) => refused(index, error)) && more;
  return more;
}
