import type { Piece } from '../body/literal.ts';
import type { Scope } from '../body/template.ts';
import type { Message } from '../message.ts';
import type { CodePage } from '../ports.ts';
import type { SendRule } from '../rules/tree.ts';
import { shownHex } from '../run/output.ts';

/** Encodes the messages that rules send. All runs of a tree share one: bodies without variables are encoded once. */
export class Outgoing {
  readonly #page: CodePage;
  readonly #fixed = new Map<SendRule, Message>();

  constructor(page: CodePage) {
    this.#page = page;
  }

  /** The message of a body without variables; undefined if the body has variables. Throws TEXT_NOT_ENCODABLE. */
  fixed(rule: SendRule): Message | undefined {
    const { fixed } = rule.body;
    if (fixed === undefined) return undefined;
    let message = this.#fixed.get(rule);
    if (message === undefined) {
      message = this.#message(fixed);
      message = { ...message, hex: shownHex(message.bytes) };
      this.#fixed.set(rule, message);
    }
    return message;
  }

  /** Throws VARIABLE_UNKNOWN, VARIABLE_DENIED or TEXT_NOT_ENCODABLE. */
  render(rule: SendRule, scope: Scope): Message {
    return this.#message(rule.body.render(scope));
  }

  #message(pieces: readonly Piece[]): Message {
    const page = this.#page;
    if (pieces.every((piece) => piece.text !== undefined)) {
      const text = pieces.map((piece) => piece.text).join('');
      return { text, bytes: page.encode(text), direction: 'sent' };
    }
    const parts = pieces.map((piece) => piece.bytes ?? page.encode(piece.text as string));
    // Bytes need not be text: they are shown as Latin-1.
    const text = pieces
      .map((piece) => piece.text ?? Buffer.from(piece.bytes as Uint8Array).toString('latin1'))
      .join('');
    return { text, bytes: Buffer.concat(parts), direction: 'sent' };
  }
}
