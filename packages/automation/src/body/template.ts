/**
 * Bodies with variables, compiled once:
 *
 *     'Hello {{result.NAME | friend}}, it is {{now | HH:mm | Europe/Berlin}}\r\n'
 *
 * `result.KEY` the message with that key · `var.NAME` a variable of the job or of the run · `message` the
 * current message · `now` date and time, with format and zone · `counter.NAME` 1, 2, 3, with a key format ·
 * `env.NAME` the environment, where it is allowed. The text after the first `|` of a result, variable or message is
 * its default. Values are encoded for their context, see context.ts; in three braces they are inserted unchanged.
 */
import { automationErrors } from '../catalogue.ts';
import { keyFormat } from '../key-format.ts';
import { type Around, type Encoding, encodingOf, type TextContext } from './context.ts';
import { dateFormat } from './date-format.ts';
import { hexBytes, LiteralError, type Piece, pieces } from './literal.ts';

/** The source of the variables of a body. */
export interface Scope {
  /** Unix milliseconds. */
  readonly now: number;
  readonly message: string | undefined;
  result(key: string): string | undefined;
  variable(name: string): string | undefined;
  /** The next value of a counter, from 1. */
  count(name: string): number;
  /** Throws VARIABLE_DENIED. */
  environment(name: string): string | undefined;
}

/** A variable of a body. */
interface Hole {
  /** Without its default: `result.KEY`. */
  readonly variable: string;
  /** In three braces: inserted unchanged. */
  readonly asIs: boolean;
  value(scope: Scope): string;
}

type Part = Piece | Hole;
const isHole = (part: Part): part is Hole => 'value' in part;

export interface Template {
  /** The source text. */
  readonly source: string;
  /** Names of the environment variables in it. */
  readonly environment: readonly string[];
  /** The pieces, if the body has no variables. */
  readonly fixed?: readonly Piece[];
  /** The pieces with `x` for each value, for checks before there are values. */
  readonly sample: readonly Piece[];
  /** The pieces to send. Throws VARIABLE_UNKNOWN, VARIABLE_DENIED or VARIABLE_UNFIT. */
  render(scope: Scope): readonly Piece[];
}

/** Compiles a body for its context. Throws {@link LiteralError} with the reason. */
export function template(source: string, place: TextContext = 'text'): Template {
  const parts: Part[] = [];
  const environment: string[] = [];
  let at = 0;
  for (;;) {
    const open = opening(source, at);
    parts.push(...pieces(source.slice(at, open)));
    if (open === source.length) break;
    const braces = source.startsWith('{{{', open) ? 3 : 2;
    const close = source.indexOf('}'.repeat(braces), open);
    if (close < 0)
      throw new LiteralError(
        `${'{'.repeat(braces)} without ${'}'.repeat(braces)}; write \\{ for a literal brace`,
      );
    const inner = source.slice(open + braces, close);
    parts.push({ ...variable(inner), asIs: braces === 3 });
    const named = /^\s*env\.([^|]*)/.exec(inner)?.[1];
    if (named !== undefined) environment.push(named.trim());
    at = close + braces;
  }
  const fixed = parts.filter((part): part is Piece => !isHole(part));
  if (fixed.length === parts.length)
    return { source, environment, fixed, sample: fixed, render: () => fixed };
  const encoding = encodingOf(place, parts.map(around));
  return {
    source,
    environment,
    sample: parts.map((part) => (isHole(part) ? { text: 'x' } : part)),
    render: (scope) => filled(parts, scope, encoding),
  };
}

function filled(parts: readonly Part[], scope: Scope, encoding: Encoding | undefined): Piece[] {
  const done = parts.map((part, at): Piece => {
    if (!isHole(part)) return part;
    const value = part.value(scope);
    return { text: encoding === undefined || part.asIs ? value : encoding.encode(value, at) };
  });
  encoding?.check?.(done.map(textOf));
  return done;
}

const around = (part: Part): Around =>
  isHole(part) ? { variable: part.variable, asIs: part.asIs } : { text: textOf(part) };

/** Bytes as Latin-1. */
const textOf = (piece: Piece): string => piece.text ?? Buffer.from(piece.bytes).toString('latin1');

/** Bytes written in hexadecimal as a body. Throws {@link LiteralError}. */
export function hexTemplate(source: string): Template {
  const bytes = hexBytes(source);
  const fixed = [{ bytes }];
  return { source, environment: [], fixed, sample: fixed, render: () => fixed };
}

/** Renders a template without a code page, for URLs, headers and arguments. Bytes become Latin-1. */
export function renderText(body: Template, scope: Scope): string {
  return body.render(scope).map(textOf).join('');
}

/** The index of the next unescaped `{{`, or the length of the text. */
export function opening(source: string, from: number): number {
  for (let at = from; at < source.length; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === '{' && source[at + 1] === '{') return at;
  }
  return source.length;
}

function variable(text: string): Omit<Hole, 'asIs'> {
  const [head = '', ...rest] = text.split('|').map((part) => part.trim());
  const dot = head.indexOf('.');
  const [root, name] = dot < 0 ? [head, ''] : [head.slice(0, dot), head.slice(dot + 1)];
  const needsName = root === 'result' || root === 'var' || root === 'counter' || root === 'env';
  if (needsName && name === '') throw new LiteralError(`{{${text}}}: a name is missing, as in ${root}.NAME`);
  if (!needsName && dot >= 0) throw unknown(text);
  return { variable: head, value: reading({ root, name, head }, rest, text) };
}

function reading(
  { root, name, head }: { readonly root: string; readonly name: string; readonly head: string },
  [fallback, zone]: readonly string[],
  text: string,
): Hole['value'] {
  switch (root) {
    case 'result':
      return (scope) => or(scope.result(name), fallback, head, 'no rule has set it');
    case 'var':
      return (scope) => or(scope.variable(name), fallback, head, 'this run has no such variable');
    case 'message':
      return (scope) => or(scope.message, fallback, head, 'no rule above this one has a message');
    case 'env':
      return (scope) => or(scope.environment(name), fallback, head, 'it is not set');
    case 'counter':
      return counter(name, fallback);
    case 'now':
      return now(fallback, zone);
    default:
      throw unknown(text);
  }
}

function now(pattern: string | undefined, zone: string | undefined): Hole['value'] {
  try {
    const format = dateFormat(pattern || undefined, zone);
    return (scope) => format(scope.now);
  } catch {
    throw new LiteralError(`the time zone "${zone}" is not known; write one such as Europe/Berlin or UTC`);
  }
}

function counter(name: string, format: string | undefined): Hole['value'] {
  const show = format === undefined ? String : keyFormat(format);
  if (show === undefined)
    throw new LiteralError(`"${format}" is not a number format; write D4, X2 or a pattern of 0 and #`);
  return (scope) => show(scope.count(name));
}

function or(value: string | undefined, fallback: string | undefined, name: string, reason: string): string {
  const text = value ?? fallback;
  if (text === undefined) throw automationErrors.error('VARIABLE_UNKNOWN', { variable: name, reason });
  return text;
}

function unknown(text: string): LiteralError {
  const known = 'result.KEY, var.NAME, message, now, counter.NAME, env.NAME';
  return new LiteralError(`{{${text}}} is not a variable; the variables are ${known}`);
}

/**
 * Throws {@link LiteralError} if a text in which variables do not work contains one.
 */
export function checkFixed(text: string): void {
  const found = /\{\{\s*(?:result\.|var\.|env\.|counter\.|message\b|now\b)[^}]*\}\}/.exec(text)?.[0];
  if (found !== undefined)
    throw new LiteralError(`${found} is not replaced here: this text is used unchanged`);
}
