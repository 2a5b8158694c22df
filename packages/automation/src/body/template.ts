/**
 * Bodies with variables, compiled once:
 *
 *     'Hello {{result.NAME | friend}}, it is {{now | HH:mm | Europe/Berlin}}\r\n'
 *
 * `result.KEY` what an earlier rule put under that key · `var.NAME` a variable of the job or of the run · `message` the
 * message that is being handled · `now` date and time, with format and zone · `counter.NAME` 1, 2, 3, with a key format ·
 * `env.NAME` the environment, where it is allowed. What follows the first `|` of a result, variable or message is taken
 * when there is none.
 */
import { automationErrors } from '../catalogue.ts';
import { keyFormat } from '../key-format.ts';
import { dateFormat } from './date-format.ts';
import { hexBytes, LiteralError, type Piece, pieces } from './literal.ts';

/** Where the variables of a body come from. */
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

type Part = Piece | ((scope: Scope) => Piece);

export interface Template {
  /** As it was written. */
  readonly source: string;
  /** Names of the variables of the environment in it. */
  readonly environment: readonly string[];
  /** The pieces, where they are the same each time. */
  readonly fixed?: readonly Piece[];
  /** The pieces to send. Throws VARIABLE_UNKNOWN or VARIABLE_DENIED. */
  render(scope: Scope): readonly Piece[];
}

/** Compiles a body. Throws {@link LiteralError} with the reason. */
export function template(source: string): Template {
  const parts: Part[] = [];
  const environment: string[] = [];
  let at = 0;
  for (;;) {
    const open = opening(source, at);
    parts.push(...pieces(source.slice(at, open)));
    if (open === source.length) break;
    const close = source.indexOf('}}', open);
    if (close < 0) throw new LiteralError('{{ without }}; write \\{ for a brace that means itself');
    const inner = source.slice(open + 2, close);
    parts.push(variable(inner));
    const named = /^\s*env\.([^|]*)/.exec(inner)?.[1];
    if (named !== undefined) environment.push(named.trim());
    at = close + 2;
  }
  const fixed = parts.filter((part): part is Piece => typeof part !== 'function');
  if (fixed.length === parts.length) return { source, environment, fixed, render: () => fixed };
  return {
    source,
    environment,
    render: (scope) => parts.map((part) => (typeof part === 'function' ? part(scope) : part)),
  };
}

/** Bytes written in hexadecimal as a body. Throws {@link LiteralError}. */
export function hexTemplate(source: string): Template {
  const bytes = hexBytes(source);
  const fixed = [{ bytes }];
  return { source, environment: [], fixed, render: () => fixed };
}

/** Text of a template where the code page plays no part: URLs, headers, arguments. Bytes become Latin-1. */
export function renderText(body: Template, scope: Scope): string {
  return body
    .render(scope)
    .map((piece) => piece.text ?? Buffer.from(piece.bytes ?? []).toString('latin1'))
    .join('');
}

/** The next `{{` whose first brace is not escaped. */
function opening(source: string, from: number): number {
  for (let at = from; at < source.length; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === '{' && source[at + 1] === '{') return at;
  }
  return source.length;
}

function variable(text: string): (scope: Scope) => Piece {
  const [head = '', ...rest] = text.split('|').map((part) => part.trim());
  const dot = head.indexOf('.');
  const [root, name] = dot < 0 ? [head, ''] : [head.slice(0, dot), head.slice(dot + 1)];
  const needsName = root === 'result' || root === 'var' || root === 'counter' || root === 'env';
  if (needsName && name === '') throw new LiteralError(`{{${text}}}: a name is missing, as in ${root}.NAME`);
  if (!needsName && dot >= 0) throw unknown(text);
  const fallback = rest[0];
  switch (root) {
    case 'result':
      return (scope) => ({ text: or(scope.result(name), fallback, head, 'no rule has set it') });
    case 'var':
      return (scope) => ({ text: or(scope.variable(name), fallback, head, 'this run has no such variable') });
    case 'message':
      return (scope) => ({ text: or(scope.message, fallback, head, 'no message stands above this rule') });
    case 'env':
      return (scope) => ({ text: or(scope.environment(name), fallback, head, 'it is not set') });
    case 'counter':
      return counter(name, fallback);
    case 'now':
      return now(fallback, rest[1]);
    default:
      throw unknown(text);
  }
}

function now(pattern: string | undefined, zone: string | undefined): (scope: Scope) => Piece {
  try {
    const format = dateFormat(pattern || undefined, zone);
    return (scope) => ({ text: format(scope.now) });
  } catch {
    throw new LiteralError(`the time zone "${zone}" is not known; write one such as Europe/Berlin or UTC`);
  }
}

function counter(name: string, format: string | undefined): (scope: Scope) => Piece {
  const show = format === undefined ? String : keyFormat(format);
  if (show === undefined)
    throw new LiteralError(`"${format}" is no format of numbers; write D4, X2 or a pattern of 0 and #`);
  return (scope) => ({ text: show(scope.count(name)) });
}

function or(value: string | undefined, fallback: string | undefined, name: string, reason: string): string {
  const text = value ?? fallback;
  if (text === undefined) throw automationErrors.error('VARIABLE_UNKNOWN', { variable: name, reason });
  return text;
}

function unknown(text: string): LiteralError {
  const known = 'result.KEY, var.NAME, message, now, counter.NAME, env.NAME';
  return new LiteralError(`{{${text}}} is no variable; known are ${known}`);
}
