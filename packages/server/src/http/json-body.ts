/** JSON that a client sends, with a bound on its nesting: checks and answers walk through it level by level. */
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';
import type { Api } from './context.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENS: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSES: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Throws REQUEST_INVALID where lists and objects stand in each other more than `serverLimits.bodyDepth` deep. */
export function checkDepth(text: string, where: string): void {
  const limit = serverLimits.values.bodyDepth;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (OPENS.has(code)) {
      if (++depth > limit)
        throw serverErrors.error('REQUEST_INVALID', {
          where,
          reason: `it is nested more than ${limit} levels deep`,
        });
    } else if (CLOSES.has(code)) depth--;
  }
}

/** Where the string that begins at `start` ends. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

/** Bodies of the type application/json, within the bound. */
export function parseJson(api: Api): void {
  const parse = api.getDefaultJsonParser('error', 'error');
  api.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    try {
      checkDepth(body, 'body');
    } catch (error) {
      done(error as Error);
      return;
    }
    parse(request, body, done);
  });
}
