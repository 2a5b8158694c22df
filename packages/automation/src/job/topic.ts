import { LiteralError } from '../body/literal.ts';

/** Throws {@link LiteralError}. The reason does not contain the topic: the value of a variable may be secret. */
export function checkTopic(topic: string): void {
  if (topic === '') throw new LiteralError('a topic is expected');
  if (/[+#]/.test(topic)) throw new LiteralError('a topic for publishing must not contain + or #');
}
