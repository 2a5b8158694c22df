/**
 * The grammar of filters, the same on the page, in the API and on the command line:
 *
 *   filter = term *( space term )                all terms must be true
 *   term   = [ "-" ] ( field ":" value *( "," value ) | value )
 *   value  = [ ">=" | "<=" | ">" | "<" ] ( 1*character | quoted )
 *   quoted = '"' *( character | "\\" | '\"' ) '"'
 *
 * A "-" negates a term; several values of a field are alternatives; "*" in a value that is not quoted stands for any text; a value
 * without a field is looked for in all texts. `state:dead code:IDLE_TIMEOUT -label:test* seen:>1h`
 */
import { apiErrors } from '../catalogue.ts';
import { apiLimits } from '../limits.ts';

export interface FilterTerm {
  readonly negated: boolean;
  /** Absent: all texts. */
  readonly field?: string | undefined;
  readonly values: readonly FilterValue[];
  /** Index of the first character of the term. */
  readonly at: number;
}

export type Comparison = '>' | '>=' | '<' | '<=';

export interface FilterValue {
  readonly comparison: Comparison | undefined;
  readonly text: string;
  readonly quoted: boolean;
  readonly at: number;
}

/** The error of a filter, with the place: the first character is 1. */
export function filterError(filter: string, at: number, reason: string) {
  return apiErrors.error('FILTER_SYNTAX', { filter: filter.slice(0, 200), at: at + 1, reason });
}

/** Throws FILTER_SYNTAX. */
export function parseFilter(filter: string): readonly FilterTerm[] {
  const { filterSize, filterTerms } = apiLimits.values;
  if (filter.length > filterSize)
    throw filterError(filter, filterSize, `it is longer than ${filterSize} characters`);
  const reader = new Reader(filter);
  const terms: FilterTerm[] = [];
  for (reader.skipSpace(); !reader.ended; reader.skipSpace()) {
    if (terms.length === filterTerms)
      throw filterError(filter, reader.at, `it has more than ${filterTerms} terms`);
    terms.push(reader.term());
  }
  return terms;
}

const FIELD = /([A-Za-z][A-Za-z0-9_]*):/y;
const COMPARISON = /[<>]=?/y;
const BARE = /[^\s",]+/y;

class Reader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get ended(): boolean {
    return this.at >= this.#text.length;
  }

  skipSpace(): void {
    while (/\s/.test(this.#text[this.at] ?? '')) this.at++;
  }

  term(): FilterTerm {
    const at = this.at;
    const negated = this.#text[this.at] === '-';
    if (negated) this.at++;
    const field = this.#take(FIELD)?.[1]?.toLowerCase();
    const values = [this.#value(field)];
    while (this.#text[this.at] === ',') {
      this.at++;
      values.push(this.#value(field));
    }
    if (!this.ended && !/\s/.test(this.#text[this.at] as string)) throw this.#fail('a space is missing');
    if (field === undefined && values.length > 1)
      throw filterError(this.#text, at, 'alternatives need a field');
    return { negated, field, values, at };
  }

  #value(field: string | undefined): FilterValue {
    const comparison =
      field === undefined ? undefined : (this.#take(COMPARISON)?.[0] as Comparison | undefined);
    const at = this.at;
    if (this.#text[at] === '"') return { comparison, text: this.#quoted(), quoted: true, at };
    const text = this.#take(BARE)?.[0];
    if (text === undefined) throw this.#fail('a value is missing');
    return { comparison, text, quoted: false, at };
  }

  #quoted(): string {
    const begin = this.at++;
    let text = '';
    for (;;) {
      const character = this.#text[this.at++];
      if (character === undefined) throw filterError(this.#text, begin, 'the quote is not closed');
      if (character === '"') return text;
      if (character !== '\\') text += character;
      else {
        const escaped = this.#text[this.at++];
        if (escaped !== '"' && escaped !== '\\')
          throw filterError(this.#text, this.at - 2, 'after a backslash, write " or \\');
        text += escaped;
      }
    }
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.at = pattern.lastIndex;
    return match;
  }

  #fail(reason: string) {
    return filterError(this.#text, this.at, reason);
  }
}
