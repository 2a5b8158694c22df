/** The contexts of texts of steps that depend on more than the field. */
import type { TextContext } from '../body/context.ts';

/** The context of the body of a request, from its content-type header. */
export function bodyContext(headers: Readonly<Record<string, string>>): TextContext {
  const [, type = ''] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type') ?? [];
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) return 'form';
  return /^[\w.+-]+\/([\w.-]+\+)?json\b/i.test(type) ? 'json' : 'body';
}

/** The context of an argument: programs treat no argument after "--" as an option. */
export const argumentContext = (args: readonly string[], at: number): TextContext =>
  args.indexOf('--') >= 0 && args.indexOf('--') < at ? 'text' : 'argument';
