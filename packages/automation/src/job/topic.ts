import { LiteralError } from '../body/literal.ts';

/** Throws {@link LiteralError} with the reason, and nothing of the topic in it: a variable may have brought what is secret. */
export function checkTopic(topic: string): void {
  if (topic === '') throw new LiteralError('a topic is expected');
  if (/[+#]/.test(topic)) throw new LiteralError('what is published has a topic without + and #');
}
