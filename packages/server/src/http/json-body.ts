/** JSON that a client sends, with a bound on its nesting: checks and answers recurse through it. */
import { nestsDeeper } from '@fairlead/core';
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';
import type { Api } from './context.ts';

/** Throws REQUEST_INVALID if lists and objects are nested more than `serverLimits.bodyDepth` levels deep. */
export function checkDepth(text: string, where: string): void {
  const limit = serverLimits.values.bodyDepth;
  if (nestsDeeper(text, limit))
    throw serverErrors.error('REQUEST_INVALID', {
      where,
      reason: `it is nested more than ${limit} levels deep`,
    });
}

/** Parses bodies of the type application/json within the bound. */
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
