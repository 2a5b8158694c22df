/** Regular expressions (RE2) with a known maximum cost. */
import { RE2JS } from 're2js';
import { LiteralError } from '../body/literal.ts';
import { automationLimits } from '../limits.ts';

export class Pattern {
  readonly source: string;
  readonly ignoreCase: boolean;
  /** Instructions of the compiled expression. In the worst case, each character of a text takes one step for each instruction. */
  readonly size: number;
  readonly #compiled: RE2JS;

  /** Throws {@link LiteralError}: the expression is not valid, or too large. */
  constructor(source: string, ignoreCase: boolean) {
    this.source = source;
    this.ignoreCase = ignoreCase;
    checkBefore(source);
    this.#compiled = compiled(source, ignoreCase);
    this.size = this.#compiled.programSize();
    checkSize(this.size);
  }

  /** Whether it matches somewhere. Takes at most `size` steps for each character; a step takes about 20 nanoseconds. */
  matches(text: string): boolean {
    return this.#compiled.matcher(text).find();
  }

  /** The same, faster for long texts, with up to 8 MiB of cached states. */
  matchesLong(text: string): boolean {
    return this.#compiled.test(text);
  }
}

function compiled(source: string, ignoreCase: boolean): RE2JS {
  try {
    return RE2JS.compile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (error) {
    throw new LiteralError(`the regular expression is not valid: ${(error as Error).message}`);
  }
}

/** Compiling takes memory in proportion to the instructions, and time with the square of the length. */
function checkBefore(source: string): void {
  const { patternLength } = automationLimits.values;
  if (source.length > patternLength)
    throw new LiteralError(
      `the regular expression is too costly: it has ${source.length} characters, the limit is ${patternLength}; use several checks`,
    );
  checkSize(sizeBefore(source));
}

function checkSize(size: number): void {
  const { patternSize } = automationLimits.values;
  if (size > patternSize)
    throw new LiteralError(
      `the regular expression is too costly: it has ${size} instructions, the limit is ${patternSize}; use smaller counts of repetition`,
    );
}

/** A count of repetition. */
const COUNT = /\{(\d+)(?:,(\d*))?\}/y;

/** Estimates the instructions of an expression from its text: one for each part, times its repetitions. */
function sizeBefore(source: string): number {
  /** Size of each open group. The first is the whole expression. */
  const groups = [0];
  /** Size of the part that a count would repeat. */
  let part = 0;
  const add = (size: number) => {
    groups[groups.length - 1] = (groups.at(-1) ?? 0) + size;
  };
  for (let at = 0; at < source.length; at++) {
    const letter = source[at] as string;
    COUNT.lastIndex = at;
    const [count, least, most] = letter === '{' ? (COUNT.exec(source) ?? []) : [];
    if (source.startsWith('\\Q', at)) {
      const end = source.indexOf('\\E', at);
      part = 1;
      add(end < 0 ? source.length - at : end - at);
      at = end < 0 ? source.length : end + 1;
    } else if (count !== undefined) {
      const times = Math.max(Number(least), Number(most ?? 0), 1);
      add(part * (times - 1));
      part *= times;
      at += count.length - 1;
    } else if (letter === '(') groups.push(0);
    else if (letter === ')' && groups.length > 1) {
      part = (groups.pop() ?? 0) + 1;
      add(part);
    } else if (!'?*+|^$'.includes(letter)) {
      part = 1;
      add(part);
      if (letter === '[') at = endOfClass(source, at);
      if (letter === '\\') at++;
    }
  }
  return groups.reduce((sum, size) => sum + size, 0);
}

/** The end of a character class. It may begin with `]`, and may contain an escaped `]`. */
function endOfClass(source: string, from: number): number {
  let at = from + 1;
  if (source[at] === '^') at++;
  if (source[at] === ']') at++;
  for (; at < source.length && source[at] !== ']'; at++) {
    if (source[at] === '\\') at++;
    else if (source.startsWith('[:', at)) at++;
  }
  return at;
}
