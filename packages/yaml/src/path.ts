/** Where things stand in what people write: by their path in the value, and by line and column in the text. */

export type Path = readonly (string | number)[];

export interface Mistake {
  readonly path: Path;
  readonly reason: string;
}

/** Mistakes that are looked at; of these the first in the text are told. */
export const MAX_MISTAKES = 100;

/** Both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A mistake with its place in the text. */
export interface Problem extends Position {
  /** `rules[0].rules[1].check`, or empty for the text as a whole. */
  readonly path: string;
  readonly reason: string;
}

/** `rules[0].rules[1].check` */
export function formatPath(path: Path): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${part}`))
    .join('');
}

/** The path of a rule, from how {@link formatPath} wrote it. */
export const parsePath = (place: string): Path =>
  [...place.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([word, index]) =>
    index === undefined ? word : Number(index),
  );

/** A path as one text that can be read back, whatever its keys are: a JSON pointer (RFC 6901). */
export const formatPointer = (path: Path): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** The path that a JSON pointer stands for; of lists it has the numbers as text. */
export const parsePointer = (pointer: string): Path =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
