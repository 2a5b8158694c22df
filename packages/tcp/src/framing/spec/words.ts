import { nearest } from '@fairlead/core';
import type { KindWord, RuleKind } from './kind.ts';

/** The framings that can be written as a word: `line`, `fixed:N`. */
export class KindWords {
  readonly #words: ReadonlyMap<string, KindWord>;
  readonly #presets: readonly string[];
  /** How each is written: first those without a number. */
  readonly #forms: readonly string[];

  /** @param presets names of specs, for hints */
  constructor(kinds: ReadonlyMap<string, RuleKind>, presets: readonly string[]) {
    this.#presets = presets;
    const words = [...kinds].flatMap(([name, { word }]) =>
      word === undefined ? [] : [[name, word] as const],
    );
    this.#words = new Map(words);
    this.#forms = [
      ...words.flatMap(([name, { alone }]) => (alone ? [name] : [])),
      ...words.flatMap(([name, { number }]) => (number === undefined ? [] : [`${name}:N`])),
      ...presets,
    ];
  }

  /** The rule that a word specifies, or the problem with the word. */
  rule(text: string): { readonly rule?: object; readonly problem?: string } {
    const [name = '', number, ...rest] = text.split(':');
    const word = this.#words.get(name);
    const key = word?.number;
    if (word?.alone && number === undefined) return { rule: { kind: name } };
    if (key === undefined || number === undefined || rest.length > 0)
      return { problem: this.#unknown(text, name) };
    if (!/^[1-9]\d{0,14}$/.test(number))
      return { problem: `expected a whole number above 0 after "${name}:".` };
    const most = word?.most ?? Number.MAX_SAFE_INTEGER;
    if (Number(number) > most) return { problem: `expected 1 to ${most} after "${name}:".` };
    return { rule: { kind: name, [key]: Number(number) } };
  }

  #unknown(text: string, name: string): string {
    if (this.#words.has(name)) return `write ${this.#formsOf(name)}.`;
    const near = text === '' ? undefined : nearest(name, [...this.#words.keys(), ...this.#presets]);
    if (near !== undefined) return `did you mean ${this.#formsOf(near)}?`;
    return `${text === '' ? 'it is empty; ' : ''}known: ${this.#forms.join(', ')}, {"rules": [...]}.`;
  }

  #formsOf(name: string): string {
    return this.#forms.filter((form) => form.split(':')[0] === name).join(' or ');
  }
}
