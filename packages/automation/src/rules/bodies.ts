/** Checks, before connecting, that the connection can send the bodies of the rules. */

import { isFairleadError } from '@fairlead/core';
import { ByteSink, codePage } from '@fairlead/tcp';
import { type Mistake, parsePath } from '@fairlead/yaml';
import { type Connection, codecOf } from '../connection/schema.ts';
import type { RuleTree, SendRule } from './tree.ts';

/** Bodies that the code page or the framing of this connection cannot send, whatever the values of their variables. */
export function bodyMistakes({ all }: RuleTree, connection: Connection): Mistake[] {
  const { codePage: name, onInvalid } = connection;
  const page = codePage(name, { onInvalid });
  const { name: framing, encoder } = codecOf(connection);
  const check = (rule: SendRule) => {
    const { sample, fixed } = rule.body;
    const bytes = Buffer.concat(sample.map((piece) => piece.bytes ?? page.encode(piece.text)));
    // With other framings, the size of the message matters, which depends on the values.
    if (fixed !== undefined || framing === 'line') encoder().encode(bytes, new ByteSink());
  };
  return all.flatMap((rule) => {
    if (rule.kind !== 'send') return [];
    try {
      check(rule);
      return [];
    } catch (error) {
      if (!isFairleadError(error)) throw error;
      const hint = framing === 'line' ? '; the framing "line" adds the line end by itself' : '';
      return [{ path: [...parsePath(rule.path), 'send'], reason: error.message.replace(/\.$/, '') + hint }];
    }
  });
}
