/** Positions of values: their path in the value, and their line and column in the text. */

export type Path = readonly (string | number)[];

export interface Mistake {
  readonly path: Path;
  readonly reason: string;
}

/** Most mistakes that are processed. The first ones in the text are reported. */
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

/** Parses the path of a rule that {@link formatPath} formatted. */
export const parsePath = (place: string): Path =>
  [...place.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([word, index]) =>
    index === undefined ? word : Number(index),
  );

/** A path as a JSON pointer (RFC 6901), which can be parsed whatever its keys are. */
export const formatPointer = (path: Path): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Parses a JSON pointer. Indexes of lists remain text. */
export const parsePointer = (pointer: string): Path =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
