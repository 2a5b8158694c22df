/** Masks the values of environment variables in output and history: they are secrets kept out of files. */
import type { Result } from '../message.ts';
import type { CodePage } from '../ports.ts';
import type { RuleTree } from '../rules/tree.ts';
import { MASK } from '../secret/mask.ts';
import { cut, HEX_BYTES, shownHex } from './output.ts';
import type { RunRecord } from './record.ts';

/** Shorter values are not masked: they occur in many other texts. */
const SHORTEST = 3;

/** Masks texts and bytes for the output, and cuts them to its limit. */
export class EnvironmentMask {
  readonly #texts: readonly string[];
  readonly #bytes: readonly string[];
  readonly #longest: number;

  /**
   * Masks the environment variables that bodies of the tree use, also in their JSON form.
   * @param page the code page in which they are sent
   */
  constructor({ all }: RuleTree, environment: ReadonlyMap<string, string | undefined>, page: CodePage) {
    const names = new Set(all.flatMap((rule) => (rule.kind === 'send' ? rule.body.environment : [])));
    const values = [...names].map((name) => environment.get(name) ?? '');
    this.#texts = values
      .flatMap((value) => [value, JSON.stringify(value).slice(1, -1)])
      .filter((text) => text.length >= SHORTEST)
      .sort((a, b) => b.length - a.length);
    this.#bytes = this.#texts.flatMap((text) => hexOf(text, page));
    this.#longest = Math.max(0, ...this.#bytes.map(({ length }) => length / 2));
  }

  text(text: string): string {
    return cut(this.words(text));
  }

  /** A text of any length. */
  words(text: string): string {
    return this.#texts.reduce((shown, hidden) => shown.replaceAll(hidden, MASK), text);
  }

  /** Bytes in hexadecimal, `••` for each masked byte. */
  hex(bytes: Uint8Array): string {
    if (this.#bytes.length === 0) return shownHex(bytes);
    // A value that begins before the cut must still be found.
    const hex = shownHex(bytes, HEX_BYTES + this.#longest);
    return this.#bytes.reduce(withoutBytes, hex).slice(0, HEX_BYTES * 2);
  }

  /** Masks the messages of a record. Its output is masked already. */
  record(record: RunRecord): RunRecord {
    if (this.#texts.length === 0) return record;
    const messages = record.messages.map(({ key, text }): Result => ({ key, text: this.words(text) }));
    return { ...record, messages };
  }
}

function hexOf(text: string, page: CodePage): string[] {
  try {
    const hex = Buffer.from(page.encode(text)).toString('hex');
    return hex === '' ? [] : [hex];
  } catch {
    return []; // the code page lacks it: it cannot be sent
  }
}

function withoutBytes(hex: string, hidden: string): string {
  let shown = hex;
  for (let at = shown.indexOf(hidden); at >= 0; at = shown.indexOf(hidden, at + 1))
    if (at % 2 === 0)
      shown = shown.slice(0, at) + '•'.repeat(hidden.length) + shown.slice(at + hidden.length);
  return shown;
}
