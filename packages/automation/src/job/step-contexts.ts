/** What the texts of steps are, as far as their fields do not say it. */
import type { TextContext } from '../body/context.ts';

/** Of the body of a request: what its header says. */
export function bodyContext(headers: Readonly<Record<string, string>>): TextContext {
  const [, type = ''] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type') ?? [];
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) return 'form';
  return /^[\w.+-]+\/([\w.-]+\+)?json\b/i.test(type) ? 'json' : 'body';
}

/** Of an argument: after a "--" nothing is an option any more. */
export const argumentContext = (args: readonly string[], at: number): TextContext =>
  args.indexOf('--') >= 0 && args.indexOf('--') < at ? 'text' : 'argument';
